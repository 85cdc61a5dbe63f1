//! Loads of two kinds at once: writers beside readers, long statements beside short ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nuages::db::{Db, DbError, DbOptions, Executor, Tx};

use crate::{Failure, ROWS, TASKS, ours};

const LOAD: Duration = Duration::from_secs(3);

/// Eight of each on one file: writes, reads, and what was refused.
pub(crate) async fn writers_and_readers(db: &Db) -> (u64, u64, u64) {
    let counts: Arc<[AtomicU64; 3]> = Arc::default();
    let begin = Instant::now();
    let mut set = tokio::task::JoinSet::new();
    for task in 0..16usize {
        let (db, counts) = (db.clone(), Arc::clone(&counts));
        set.spawn(async move {
            let mut id = task as i64;
            while begin.elapsed() < LOAD {
                id = (id * 31 + 17) % ROWS;
                let is_writer = task % 2 == 0;
                let outcome = if is_writer {
                    let sql = "UPDATE bench_sku SET stock = stock + 1 WHERE id = ?";
                    let row = id + 1;
                    let write = move |tx: Tx| async move { tx.execute(sql, vec![row.into()]).await };
                    db.transaction(write).await.map(drop).map_err(Failure::from)
                } else {
                    ours::read(&db, id + 1).await
                };
                let place = if outcome.is_err() { 2 } else { usize::from(!is_writer) };
                counts[place].fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    set.join_all().await;
    let count = |place: usize| counts[place].load(Ordering::Relaxed);
    (count(0), count(1), count(2))
}

/// The 99th percentile of keyed reads in milliseconds: alone, and beside as many 2-second statements as there are
/// shared connections (reader threads).
pub(crate) async fn behind_long_statements(url: &str) -> Result<(f64, f64), Failure> {
    let options = DbOptions::default();
    let is_sqlite = url.starts_with("sqlite");
    let long = if is_sqlite { options.connections } else { options.shared_connections };
    let db = Db::connect(&url.parse()?, options).await?;
    let quiet = p99(&db).await?;
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..long {
        let db = db.clone();
        set.spawn(async move { two_seconds(&db, is_sqlite).await });
    }
    let held = p99(&db).await?;
    set.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok((quiet, held))
}

async fn two_seconds(db: &Db, is_sqlite: bool) -> Result<(), DbError> {
    if !is_sqlite {
        return db.query("SELECT count(pg_sleep(2))", vec![]).await.map(drop);
    }
    let begin = Instant::now();
    let sql = "WITH RECURSIVE n (a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < 3000000)
               SELECT max(a) FROM n";
    while begin.elapsed() < Duration::from_secs(2) {
        db.query(sql, vec![]).await?;
    }
    Ok(())
}

/// Eight readers, each with a pause: a rate that the machine bears.
async fn p99(db: &Db) -> Result<f64, Failure> {
    let begin = Instant::now();
    let mut set = tokio::task::JoinSet::new();
    for task in 0..TASKS / 4 {
        let db = db.clone();
        set.spawn(async move {
            let (mut id, mut times) = (task as i64, Vec::new());
            while begin.elapsed() < Duration::from_millis(1800) {
                id = (id * 31 + 17) % ROWS;
                let asked = Instant::now();
                ours::read(&db, id + 1).await?;
                times.push(asked.elapsed().as_secs_f64() * 1000.0);
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Ok::<_, Failure>(times)
        });
    }
    let mut times = Vec::new();
    for outcome in set.join_all().await {
        times.extend(outcome?);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() * 99 / 100])
}
