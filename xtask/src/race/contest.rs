//! One contest: many clients on one session, and the reckoning of what they were told against what is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;

use super::connection::{Answer, Connection};

/// A contest that lasts longer tells nothing any more.
const LONGEST: Duration = Duration::from_secs(600);

/// What is sent, and where.
#[derive(Clone, Debug)]
pub(crate) struct Contest {
    /// The racing servers; the clients are dealt out to them in turn.
    pub(crate) servers: Vec<SocketAddr>,
    /// A Django that writes notes into the same session all the while.
    pub(crate) writer: Option<SocketAddr>,
    pub(crate) clients: usize,
    /// Additions of different goods, and as many updates of the counter.
    pub(crate) additions: usize,
}

/// How it ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) sent: usize,
    pub(crate) ok: usize,
    pub(crate) refused: usize,
    /// Changes that were answered with 200 and are not stored.
    pub(crate) lost: usize,
    /// Changes that are stored twice, or although they were refused.
    pub(crate) doubled: usize,
    /// Answers of the counter that another request got as well.
    pub(crate) repeated: usize,
    /// Requests a second.
    pub(crate) rate: f64,
    /// How often each kind of refusal came; 0 is a connection that broke.
    pub(crate) refusals: BTreeMap<u16, usize>,
    pub(crate) notes: Notes,
}

/// What became of the writer's notes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    pub(crate) ok: usize,
    pub(crate) lost: usize,
    /// The mean time from the writer's load to its save.
    pub(crate) window: Duration,
}

/// The one visitor whose requests these are: a cookie jar.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visitor {
    cookie: Arc<Mutex<String>>,
}

/// A request and what was answered: 0 when nothing was.
type Told = (usize, u16, String);

impl Contest {
    /// Starts a session, sends everything, and reckons.
    ///
    /// # Errors
    /// When the session cannot be started or read: nothing can be said then.
    pub(crate) async fn run(&self) -> Result<Outcome, String> {
        let mut connection = Connection::to(self.servers[0]);
        let visitor = Visitor::default();
        expect_ok(&visitor.send(&mut connection, "POST", "/race/start").await)?;
        let over = Arc::new(AtomicBool::new(false));
        let writer =
            self.writer.map(|address| tokio::spawn(write_notes(address, visitor.clone(), over.clone())));

        let started = Instant::now();
        let next = Arc::new(AtomicUsize::new(0));
        let mut clients = JoinSet::new();
        for client in 0..self.clients {
            let connection = Connection::to(self.servers[client % self.servers.len()]);
            clients.spawn(race(connection, visitor.clone(), next.clone(), 2 * self.additions));
        }
        let told = tokio::time::timeout(LONGEST, clients.join_all()).await;
        let told: Vec<Told> = told.map_err(|_| format!("not over after {} s", LONGEST.as_secs()))?.concat();
        let took = started.elapsed();

        over.store(true, Ordering::Relaxed);
        let written = match writer {
            Some(task) => task.await.map_err(|error| error.to_string())?,
            None => Written::default(),
        };
        let shown = expect_ok(&visitor.send(&mut connection, "GET", "/race/show").await)?;
        let stored: Value = serde_json::from_str(&shown).map_err(|error| format!("{error}: {shown}"))?;
        let mut outcome = reckon(&told, &stored);
        outcome.rate = told.len() as f64 / took.as_secs_f64();
        outcome.notes = written.reckon(&stored);
        Ok(outcome)
    }
}

impl Visitor {
    /// Sends a request with the cookie of now and keeps the one that comes back. A request without an answer is a 0.
    pub(crate) async fn send(&self, connection: &mut Connection, method: &str, path: &str) -> Answer {
        let cookie = self.jar().clone();
        let mut answer = connection.send(method, path, &cookie).await.unwrap_or_default();
        if let Some(cookie) = answer.cookie.take() {
            *self.jar() = cookie;
        }
        answer
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, String> {
        self.cookie.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of a 200.
///
/// # Errors
/// For every other answer, with what it says.
pub(crate) fn expect_ok(answer: &Answer) -> Result<String, String> {
    if answer.status == 200 {
        return Ok(answer.body.clone());
    }
    Err(format!("a racing server answered {}: {}", answer.status, answer.body))
}

/// A client takes the next request until there is none left: the even ones add goods, the odd ones count.
async fn race(
    mut connection: Connection,
    visitor: Visitor,
    next: Arc<AtomicUsize>,
    total: usize,
) -> Vec<Told> {
    let mut told = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= total {
            return told;
        }
        let path = match number % 2 {
            0 => format!("/race/add/{}", number / 2),
            _ => "/race/count".to_owned(),
        };
        let answer = visitor.send(&mut connection, "POST", &path).await;
        told.push((number, answer.status, answer.body));
    }
}

/// What a Django wrote meanwhile: the numbers of the notes that it answered 200 for, and its windows.
#[derive(Debug, Default)]
struct Written {
    numbers: Vec<usize>,
    windows: Vec<u64>,
}

async fn write_notes(address: SocketAddr, visitor: Visitor, over: Arc<AtomicBool>) -> Written {
    let mut connection = Connection::to(address);
    let mut written = Written::default();
    let mut number = 0;
    while !over.load(Ordering::Relaxed) {
        let answer = visitor.send(&mut connection, "POST", &format!("/race/note/{number}")).await;
        if answer.status == 200 {
            written.numbers.push(number);
            written.windows.extend(answer.window);
        }
        number += 1;
        // A visitor whose every second request goes to Django would be another race.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    written
}

impl Written {
    fn reckon(&self, stored: &Value) -> Notes {
        let is_lost = |number: &&usize| stored.get(format!("note_{number}")).is_none();
        let mean = self.windows.iter().sum::<u64>().checked_div(self.windows.len() as u64);
        Notes {
            ok: self.numbers.len(),
            lost: self.numbers.iter().filter(is_lost).count(),
            window: Duration::from_micros(mean.unwrap_or_default()),
        }
    }
}

/// Holds what the clients were told against what is stored. A refusal of the client's doing (409, 400) says that nothing
/// was stored; after a 503 or a broken connection either is right, but not twice.
fn reckon(told: &[Told], stored: &Value) -> Outcome {
    let mut outcome = Outcome { sent: told.len(), ..Outcome::default() };
    let (mut counted, mut unknown) = (0_usize, 0);
    let mut answers = BTreeSet::new();
    for (number, status, body) in told {
        match status {
            200 => outcome.ok += 1,
            _ => *outcome.refusals.entry(*status).or_default() += 1,
        }
        let is_unknown = matches!(status, 0 | 500..);
        if number % 2 == 0 {
            let there = stored["cart"][(number / 2).to_string()].as_u64().unwrap_or_default() as usize;
            outcome.lost += usize::from(*status == 200 && there == 0);
            outcome.doubled += there.saturating_sub(usize::from(*status == 200 || is_unknown));
        } else if *status == 200 {
            counted += 1;
            outcome.repeated += usize::from(!answers.insert(body));
        } else if is_unknown {
            unknown += 1;
        }
    }
    let count = stored["count"].as_u64().unwrap_or_default() as usize;
    outcome.lost += counted.saturating_sub(count);
    outcome.doubled += count.saturating_sub(counted + unknown);
    outcome.refused = outcome.sent - outcome.ok;
    outcome
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(number: usize, status: u16, body: &str) -> Told {
        (number, status, body.to_owned())
    }

    #[test]
    fn what_was_told_is_held_against_what_is_stored() {
        let stored = json!({"cart": {"0": 1, "1": 2, "3": 1, "4": 1}, "count": 2});
        let outcome = reckon(
            &[
                told(0, 200, "1"),
                told(2, 200, "1"), // stored twice
                told(4, 200, "1"), // lost
                told(6, 409, ""),  // refused, and stored all the same
                told(8, 503, ""),  // unknown, and stored
                told(10, 0, ""),   // unknown, and not stored
                told(1, 200, "1"),
                told(3, 200, "1"), // two were told the same
                told(5, 200, "2"), // one more than the counter has
            ],
            &stored,
        );
        assert_eq!((outcome.sent, outcome.ok, outcome.refused), (9, 6, 3));
        assert_eq!((outcome.lost, outcome.doubled, outcome.repeated), (2, 2, 1));
        assert_eq!(outcome.refusals, BTreeMap::from([(0, 1), (409, 1), (503, 1)]));
    }
}
