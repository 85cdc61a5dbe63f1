//! `cargo xtask bench sessions`: what a session in Redis costs a request, ours beside others.
//!
//! Servers run on the first processor; Redis, wrk and this program on the second. Every answer is checked first, and the
//! commands counted that reach Redis. Then the peers are loaded in turn, five rounds long, so that whatever else the
//! machine does meets all of them; figures are medians, ratios are made within a round. Last, callgrind counts
//! instructions.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::callgrind;
use super::commands::Monitor;
use super::connection::Connection;
use super::load::{self, Sample};
use super::peer::{self, PEERS, Peer, Running};
use crate::servers::Redis;
use crate::tools;

const ROUNDS: usize = 5;
const RUN: Duration = Duration::from_secs(3);
const CHECKS: u64 = 20;

/// What every peer is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    /// How many sessions the requests use in turn.
    pub(super) sessions: usize,
}

const WORKS: [Work; 4] = [
    Work { name: "W0  /plain", path: "/plain", sessions: 0 },
    Work { name: "W1  read", path: "/session", sessions: 256 },
    Work { name: "W2  change", path: "/counter", sessions: 256 },
    Work { name: "W2' change, all in one session", path: "/counter", sessions: 1 },
];

/// A peer that runs, and the cookies of sessions in it.
struct Started<'a> {
    peer: &'a Peer,
    running: Running,
    cookies: Vec<String>,
}

/// What was measured of a peer at one work.
struct Row<'a> {
    work: &'a Work,
    peer: &'a Peer,
    commands: String,
    samples: Vec<Sample>,
}

/// Measures and prints.
///
/// # Errors
/// When something is missing, or a peer answers wrongly.
pub(super) fn run() -> Result<(), String> {
    tools::debian_packages_of_bench()?;
    let programs = peer::build()?;
    stay_on_the_second_processor()?;
    let redis = Redis::start()?;
    let started: Vec<_> =
        PEERS.iter().map(|peer| Started::new(peer, &programs, &redis.url())).collect::<Result<_, _>>()?;

    let mut rows = Vec::new();
    for work in &WORKS {
        for started in started.iter().filter(|started| started.does(work)) {
            let commands = started.check(work, &redis.url())?;
            rows.push(Row { work, peer: started.peer, commands, samples: Vec::new() });
        }
    }
    let script = tools::workspace_root().join("bench/sessions/cookies.lua");
    for round in 0..ROUNDS {
        println!("round {} of {ROUNDS}", round + 1);
        for row in &mut rows {
            let Some(started) = started.iter().find(|started| started.peer.name == row.peer.name) else {
                continue;
            };
            let cookies = &started.cookies[..row.work.sessions];
            row.samples.push(load::run(&started.running, row.work, cookies, RUN, &script)?);
        }
    }
    println!("\n| work | peer | requests/s | CPU µs | × limit's CPU | instructions | sent to Redis |");
    println!("|---|---|--:|--:|--:|--:|---|");
    for row in &rows {
        let limit =
            rows.iter().find(|other| other.work.name == row.work.name && other.peer.name == PEERS[0].name);
        let limit = limit.ok_or("the first peer does all works")?;
        let ratios = row.samples.iter().zip(&limit.samples).map(|(own, limit)| own.cpu / limit.cpu);
        println!(
            "| {} | {} | {:.0} | {:.1} | {:.2} | {:.0} | {} |",
            row.work.name,
            row.peer.name,
            median(row.samples.iter().map(|sample| sample.per_second)),
            median(row.samples.iter().map(|sample| sample.cpu)),
            median(ratios),
            callgrind::instructions(row.peer, row.work, &programs, &redis.url())?,
            row.commands
        );
    }
    println!();
    for started in started {
        println!("memory of {}: {:.1} MiB", started.peer.name, started.running.memory()? as f64 / 1024.0);
    }
    Ok(())
}

impl<'a> Started<'a> {
    fn new(peer: &'a Peer, programs: &Path, redis: &str) -> Result<Self, String> {
        let running = peer.start(programs, redis, &[])?;
        let mut connection = Connection::open(running.port)?;
        let count = WORKS.iter().map(|work| work.sessions).max().filter(|_| peer.sessions).unwrap_or(0);
        let login = |_| {
            let cookie = connection.get("/login", None)?.cookie;
            cookie.ok_or_else(|| format!("{} sets no cookie", peer.name))
        };
        let cookies = (0..count).map(login).collect::<Result<_, _>>()?;
        Ok(Self { peer, running, cookies })
    }

    fn does(&self, work: &Work) -> bool {
        work.sessions <= self.cookies.len()
    }

    /// Asks the same a few times, looks whether every answer is right, and says what one request sends to Redis.
    fn check(&self, work: &Work, redis: &str) -> Result<String, String> {
        let mut connection = Connection::open(self.running.port)?;
        let cookie = self.cookies.first().map(String::as_str).filter(|_| work.sessions > 0);
        let mut ask = |cookie| match connection.get(work.path, cookie)? {
            answer if answer.status == 200 => Ok(answer.body),
            answer => Err(format!("{} answers {} to {}", self.peer.name, answer.status, work.path)),
        };
        let first = ask(cookie)?;
        if work.path == "/session" {
            same(self.peer, work, &ask(None)?, "nobody")?;
        }
        let monitor = Monitor::open(redis)?;
        for request in 1..=CHECKS {
            let expected = match work.path {
                "/plain" => "ok".to_owned(),
                "/session" => "alice".to_owned(),
                _ => (first.parse::<u64>().map_err(|error| error.to_string())? + request).to_string(),
            };
            same(self.peer, work, &ask(cookie)?, &expected)?;
        }
        let commands = monitor.close()?.into_iter().map(|(name, count)| match count as f64 / CHECKS as f64 {
            1.0 => name,
            each => format!("{each} {name}"),
        });
        Ok(commands.collect::<Vec<_>>().join(" + "))
    }
}

fn same(peer: &Peer, work: &Work, answer: &str, expected: &str) -> Result<(), String> {
    if answer == expected {
        return Ok(());
    }
    Err(format!("{} answers {answer:?} to {}, not {expected:?}", peer.name, work.path))
}

/// What a process starts runs where the process itself may.
fn stay_on_the_second_processor() -> Result<(), String> {
    let mut taskset = Command::new("taskset");
    taskset.args(["-cp", "1", &std::process::id().to_string()]).stdout(Stdio::null());
    tools::run(&mut taskset).map_err(|error| format!("the measurement wants two processors: {error}"))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
