//! `cargo xtask crash`: kill -9 under a write load, and the count of what is missing afterwards.
//!
//! A process of ours writes ledger entries, two rows and an outbox row in one transaction each, and tells of each
//! commit. It is killed and started again; then the database's server is killed and started again under it, while it
//! goes on. After each kill every entry that was told must be there, whole, with its outbox row. Each kind prints a
//! line:
//!
//! ```text
//! {"killed":"process","database":"sqlite","times":50,"committed":21734,"lost":0,"half":0,"outbox_lost":0}
//! ```

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nuages::db::DatabaseUrl;
use serde_json::json;

use crate::leashed::Leashed;
use crate::servers::{MariaDb, Postgres};
use ledger::Damage;

mod ledger;
pub(crate) mod writer;

/// Commits before each kill, at least; which one it meets is left to chance.
const COMMITS: usize = 20;

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Kills of each kind
    #[arg(long, default_value_t = 50)]
    times: usize,
}

/// The server that is killed, where it is not the process.
enum Server {
    Postgres(Postgres),
    MariaDb(MariaDb),
}

/// Kills, prints, and says whether nothing was missing.
pub(crate) fn run(options: &Options) -> ExitCode {
    match kinds(options.times) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn kinds(times: usize) -> Result<bool, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = format!("sqlite:///{}", folder.path().join("crash.sqlite3").display());
    let mut whole = kill(times, "process", "sqlite", &file, None)?;
    let mut postgres = Server::Postgres(Postgres::start()?);
    let mut mariadb = Server::MariaDb(MariaDb::start()?);
    for (database, server) in [("postgres", &mut postgres), ("mariadb", &mut mariadb)] {
        let url = server.url();
        whole &= kill(times, "process", database, &url, None)?;
        whole &= kill(times, "server", database, &url, Some(server))?;
    }
    Ok(whole)
}

/// One kind of kill, so many times; whether nothing was missing.
fn kill(
    times: usize,
    killed: &str,
    database: &str,
    url: &str,
    mut server: Option<&mut Server>,
) -> Result<bool, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let place: DatabaseUrl = url.parse().map_err(|error| format!("{error}"))?;
    let failed = |error: nuages::db::DbError| format!("{database}: {error}");
    let is_new = runtime.block_on(ledger::check(&place, &HashSet::new())).is_err();
    if is_new {
        runtime.block_on(ledger::create(&place)).map_err(failed)?;
    }
    let mut told = HashSet::new();
    let mut worst = Damage::default();
    let mut writer = Writer::start(url)?;
    for round in 0..times {
        writer.listen(COMMITS, &mut told)?;
        // Not always at the same point of a transaction.
        std::thread::sleep(Duration::from_micros((round as u64 * 7919) % 40_000));
        match server.as_deref_mut() {
            Some(server) => server.crash()?,
            None => writer.kill(&mut told),
        }
        let damage = runtime.block_on(ledger::check(&place, &told)).map_err(failed)?;
        worst.lost = worst.lost.max(damage.lost);
        // A writer that lives may be in the middle of an entry only in its own eyes: a transaction is seen whole.
        worst.half = worst.half.max(damage.half);
        worst.outbox_lost = worst.outbox_lost.max(damage.outbox_lost);
        if server.is_none() {
            writer = Writer::start(url)?;
        }
    }
    // It found its server again after the last kill too.
    writer.listen(COMMITS, &mut told)?;
    writer.kill(&mut told);
    let Damage { lost, half, outbox_lost } = worst;
    let line = json!({
        "killed": killed, "database": database, "times": times, "committed": told.len(),
        "lost": lost, "half": half, "outbox_lost": outbox_lost,
    });
    println!("{line}");
    Ok(worst == Damage::default())
}

impl Server {
    fn url(&self) -> String {
        match self {
            Self::Postgres(server) => server.url(),
            Self::MariaDb(server) => server.url(),
        }
    }

    fn crash(&mut self) -> Result<(), String> {
        match self {
            Self::Postgres(server) => server.crash(),
            Self::MariaDb(server) => server.crash(),
        }
    }
}

/// The writing process, and what it tells.
struct Writer {
    child: Leashed,
    commits: Receiver<i64>,
}

impl Writer {
    fn start(url: &str) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.args(["crash-writer", url]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = Leashed::spawn(&mut command).map_err(|error| error.to_string())?;
        let output = child.stdout.take().ok_or("no output of the writer")?;
        let (sender, commits) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let entry = line.strip_prefix("committed ").and_then(|entry| entry.parse().ok());
                if entry.is_some_and(|entry| sender.send(entry).is_err()) {
                    return;
                }
            }
        });
        Ok(Self { child, commits })
    }

    /// Waits for commits from now on.
    fn listen(&mut self, commits: usize, told: &mut HashSet<i64>) -> Result<(), String> {
        told.extend(self.commits.try_iter());
        let patience = Instant::now() + Duration::from_secs(60);
        for _ in 0..commits {
            let left = patience.saturating_duration_since(Instant::now());
            let commit = self.commits.recv_timeout(left);
            told.insert(commit.map_err(|_| "the writer commits nothing any more".to_owned())?);
        }
        Ok(())
    }

    fn kill(&mut self, told: &mut HashSet<i64>) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // The reading thread ends with the pipe.
        told.extend(self.commits.iter());
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
