//! What sessions do while their Redis is away: killed and started again, and frozen, under load.
//!
//! Each visitor counts in a session of its own and looks at it now and then. Redis has every write on its disk before it
//! answers, so what was answered with 200 must be there in the end; what was answered with 503 may be, once. Nobody may
//! ever see a session that is not its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nuages::settings::SessionEngine;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::connection::Connection;
use super::contest::{Visitor, expect_ok};
use super::place::Place;
use crate::servers::Redis;

const VISITORS: usize = 8;

/// Between two requests of a visitor.
const REST: Duration = Duration::from_millis(5);

const CALM: Duration = Duration::from_millis(1500);
const KILLED: Duration = Duration::from_secs(1);

/// How soon after Redis is back everybody is served again.
const RECOVERY: Duration = Duration::from_secs(1);

/// An answer: when it came, and its status; 0 for none.
type Heard = (Instant, u16);

/// What a visitor went through.
#[derive(Debug, Default)]
struct Visit {
    heard: Vec<Heard>,
    /// Counts that were answered with 200, and those of which nobody knows.
    counted: u64,
    unknown: u64,
    /// Answers that were not this visitor's, or went back.
    wrong: usize,
    /// The counter in the end.
    stored: u64,
}

/// Goes through both outages, the second one for as long as `pause`, prints a line for each, and returns what did not hold.
///
/// # Errors
/// When the servers do not come up.
pub(crate) async fn run(place: &Place, redis: &mut Redis, pause: Duration) -> Result<Vec<String>, String> {
    let processes = [place.nuages()?, place.nuages()?];
    let over = Arc::new(AtomicBool::new(false));
    let mut visits = JoinSet::new();
    for number in 0..VISITORS {
        let connection = Connection::to(processes[number % processes.len()].address);
        visits.spawn(visit(connection, number, over.clone()));
    }
    sleep(CALM).await;
    let killed = Instant::now();
    redis.kill();
    sleep(KILLED).await;
    redis.restart()?;
    let restarted = Instant::now();
    sleep(CALM).await;
    let frozen = Instant::now();
    redis.freeze()?;
    sleep(pause).await;
    redis.thaw()?;
    let thawed = Instant::now();
    sleep(CALM).await;
    over.store(true, Ordering::Relaxed);
    let visits: Vec<Visit> = visits.join_all().await.into_iter().collect::<Result<_, _>>()?;

    let mut broken = Vec::new();
    for (what, from, back, until) in
        [("killed", killed, restarted, frozen), ("frozen", frozen, thawed, Instant::now())]
    {
        let answers = kinds(&visits, from, until);
        let recovery = visits.iter().map(|visit| visit.served_again(back).unwrap_or(Duration::MAX)).max();
        let recovery = recovery.unwrap_or_default();
        println!(
            r#"{{"engine":{},"on":{},"redis":"{what}","answers":{},"recovery_ms":{}}}"#,
            json!(place.engine.name()),
            json!(place.backing.name()),
            json!(answers),
            recovery.as_millis()
        );
        let engine = place.engine.name();
        // With a database behind it nobody notices anything.
        let refuses = place.engine != SessionEngine::CachedDb;
        if let Some(kind) = answers.keys().find(|kind| **kind != 200 && !(refuses && **kind == 503)) {
            broken.push(format!("{engine}, Redis {what}: answers of kind {kind}"));
        }
        if recovery > RECOVERY {
            broken.push(format!("{engine}, Redis {what}: served again after {} ms", recovery.as_millis()));
        }
    }
    let sum = |of: fn(&Visit) -> u64| visits.iter().map(of).sum::<u64>();
    let wrong = visits.iter().map(|visit| visit.wrong).sum::<usize>();
    let lost = sum(|visit| visit.counted.saturating_sub(visit.stored));
    let doubled = sum(|visit| visit.stored.saturating_sub(visit.counted + visit.unknown));
    println!(
        r#"{{"engine":{},"on":{},"counted":{},"unknown":{},"wrong":{wrong},"lost":{lost},"doubled":{doubled}}}"#,
        json!(place.engine.name()),
        json!(place.backing.name()),
        sum(|visit| visit.counted),
        sum(|visit| visit.unknown)
    );
    for (number, what) in [(wrong as u64, "wrong"), (lost, "lost"), (doubled, "doubled")] {
        if number > 0 {
            broken.push(format!("{}, Redis away: {number} {what}", place.engine.name()));
        }
    }
    Ok(broken)
}

/// Counts, and looks at every fourth step whether the session is still its own, until it is over.
async fn visit(mut connection: Connection, number: usize, over: Arc<AtomicBool>) -> Result<Visit, String> {
    let visitor = Visitor::default();
    expect_ok(&visitor.send(&mut connection, "POST", "/race/start").await)?;
    expect_ok(&visitor.send(&mut connection, "POST", &format!("/race/note/{number}")).await)?;
    let mut visit = Visit::default();
    let mut last = 0;
    for step in 1_u64.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        if step % 4 == 0 {
            let answer = visitor.send(&mut connection, "GET", "/race/show").await;
            visit.heard.push((Instant::now(), answer.status));
            visit.wrong += usize::from(answer.status == 200 && !is_own(&answer.body, number, last));
        } else {
            let answer = visitor.send(&mut connection, "POST", "/race/count").await;
            visit.heard.push((Instant::now(), answer.status));
            match (answer.status, answer.body.parse()) {
                (200, Ok(count)) => {
                    visit.counted += 1;
                    visit.wrong += usize::from(count <= last);
                    last = count;
                }
                (200, Err(_)) => visit.wrong += 1,
                (0 | 500.., _) => visit.unknown += 1,
                _ => {}
            }
        }
        sleep(REST).await;
    }
    let shown = expect_ok(&visitor.send(&mut connection, "GET", "/race/show").await)?;
    visit.stored = serde_json::from_str::<Value>(&shown).map_or(0, |it| it["count"].as_u64().unwrap_or(0));
    Ok(visit)
}

/// Whether a session has this visitor's note and no other's, and a counter that has not gone back.
fn is_own(body: &str, number: usize, last: u64) -> bool {
    let Ok(Value::Object(session)) = serde_json::from_str(body) else { return false };
    let own = format!("note_{number}");
    session.contains_key(&own)
        && session.keys().all(|key| *key == own || !key.starts_with("note_"))
        && session.get("count").and_then(Value::as_u64).is_some_and(|count| count >= last)
}

/// How many answers of each kind came in a time; a request without an answer is a 0.
fn kinds(visits: &[Visit], from: Instant, until: Instant) -> BTreeMap<u16, usize> {
    let mut kinds = BTreeMap::new();
    let heard = visits.iter().flat_map(|visit| &visit.heard);
    for (_, status) in heard.filter(|(at, _)| (from..until).contains(at)) {
        *kinds.entry(*status).or_default() += 1;
    }
    kinds
}

impl Visit {
    /// How long after `back` this visitor had its first 200.
    fn served_again(&self, back: Instant) -> Option<Duration> {
        let served = self.heard.iter().find(|(at, status)| *at >= back && *status == 200);
        served.map(|(at, _)| *at - back)
    }
}
