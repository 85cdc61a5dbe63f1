//! Keyed reads: one row of five columns by its id, from 32 tasks at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nuages::db::Db;
use rusqlite::OpenFlags;

use crate::table::READ;
use crate::{Failure, ROWS, TASKS, driver, ours, sea, sqlx_peer};

const ROUND: Duration = Duration::from_millis(1500);
const ROUNDS: usize = 3;

/// Reads a second of each, the median of three rounds in turn.
pub(crate) async fn all(url: &str, db: &Db) -> Result<Vec<(&'static str, f64)>, Failure> {
    let pool = sqlx_peer::Pool::of(url).await?;
    let orm = sea::connect(url).await?;
    let mut rates: Vec<(&'static str, Vec<f64>)> =
        ["driver", "nuages", "nuages_raw", "sqlx", "sea-orm"].map(|who| (who, Vec::new())).into();
    for _ in 0..ROUNDS {
        for (who, rates) in &mut rates {
            let rate = match *who {
                "driver" if url.starts_with("sqlite") => sqlite(driver::path(url)).await?,
                "driver" => {
                    let client = Arc::new(driver::postgres(url).await?);
                    let sql = "SELECT id, name, stock, ratio, active FROM bench_sku WHERE id = $1";
                    let statement = client.prepare(sql).await?;
                    tasks(move |id| {
                        let (client, statement) = (Arc::clone(&client), statement.clone());
                        async move {
                            let row = client.query_one(&statement, &[&id]).await?;
                            assert_eq!(row.get::<_, i64>(0), id);
                            assert!(!row.get::<_, String>(1).is_empty());
                            Ok(())
                        }
                    })
                    .await?
                }
                "nuages" => with(db, |db, id| async move { ours::read(&db, id).await }).await?,
                "nuages_raw" => with(db, |db, id| async move { ours::read_raw(&db, id).await }).await?,
                "sqlx" => with(&pool, |pool, id| async move { pool.read(id).await }).await?,
                _ => with(&orm, |orm, id| async move { sea::read(&orm, id).await }).await?,
            };
            rates.push(rate);
        }
    }
    let median = |mut rates: Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    Ok(rates.into_iter().map(|(who, rates)| (who, median(rates))).collect())
}

async fn with<H, F>(handle: &H, read: impl Fn(H, i64) -> F + Clone + Send + 'static) -> Result<f64, Failure>
where
    H: Clone + Send + Sync + 'static,
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let handle = handle.clone();
    tasks(move |id| read(handle.clone(), id)).await
}

async fn tasks<F>(read: impl Fn(i64) -> F + Clone + Send + 'static) -> Result<f64, Failure>
where
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let count = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let mut set = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let (count, read) = (Arc::clone(&count), read.clone());
        set.spawn(async move {
            let mut id = task as i64;
            while begin.elapsed() < ROUND {
                id = (id * 31 + 17) % ROWS;
                read(id + 1).await?;
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, Failure>(())
        });
    }
    for outcome in set.join_all().await {
        outcome?;
    }
    Ok(count.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64())
}

/// A thread a processor, each with a connection: no task, no queue, nothing to wait for.
async fn sqlite(path: &str) -> Result<f64, Failure> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let stop = Arc::new(AtomicBool::new(false));
    let begin = Instant::now();
    let readers: Vec<_> = (0..threads)
        .map(|thread| {
            let (path, stop) = (path.to_owned(), Arc::clone(&stop));
            tokio::task::spawn_blocking(move || {
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let connection = rusqlite::Connection::open_with_flags(path, flags)?;
                let mut statement = connection.prepare(READ)?;
                let (mut id, mut count) = (thread as i64, 0u64);
                while !stop.load(Ordering::Relaxed) {
                    id = (id * 31 + 17) % ROWS;
                    let name: String = statement.query_row([id + 1], |row| row.get(1))?;
                    assert!(!name.is_empty());
                    count += 1;
                }
                Ok::<_, rusqlite::Error>(count)
            })
        })
        .collect();
    tokio::time::sleep(ROUND).await;
    stop.store(true, Ordering::Relaxed);
    let mut total = 0;
    for reader in readers {
        total += reader.await??;
    }
    Ok(total as f64 / begin.elapsed().as_secs_f64())
}
