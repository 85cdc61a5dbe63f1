//! The process that is killed: it writes ledger entries of two rows and an outbox row each, and tells of each commit.
//!
//! ```text
//! committed 4611686018427387904
//! ```

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use nuages::db::{Db, DbOptions, Executor, Tx};
use nuages::task::{TaskOptions, Tasks};
use nuages::time::Random;

use super::ledger;

/// Transactions at once.
const WRITERS: usize = 4;

/// Writes until it is killed; a server that is away is asked again.
pub(crate) fn run(url: &str) -> ExitCode {
    let written = tokio::runtime::Runtime::new().map_err(|error| error.to_string());
    match written.and_then(|runtime| runtime.block_on(write(url))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

async fn write(url: &str) -> Result<(), String> {
    let url = url.parse().map_err(|error| format!("{error}"))?;
    let db = Db::connect(&url, DbOptions::default()).await.map_err(|error| error.to_string())?;
    let tasks = Tasks::new(db.clone(), TaskOptions::default());
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let (db, tasks) = (db.clone(), tasks.clone());
        writers.spawn(async move {
            loop {
                if entry(&db, &tasks).await.is_err() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        });
    }
    writers.join_all().await;
    Ok(())
}

async fn entry(db: &Db, tasks: &Tasks) -> nuages::Result<()> {
    let mut bytes = [0; 8];
    Random::os().fill(&mut bytes)?;
    let id = i64::from_le_bytes(bytes) >> 2;
    let tasks = tasks.clone();
    db.transaction(move |tx: Tx| async move {
        for side in ["debit", "credit"] {
            tx.execute(ledger::INSERT, vec![id.into(), side.into()]).await?;
        }
        tasks.enqueue(&tx, ledger::TASK, &id).await?;
        tx.on_commit(move || async move {
            // One write of the whole line: it is told whole or not at all.
            drop(std::io::stdout().write_all(format!("committed {id}\n").as_bytes()));
        });
        Ok(())
    })
    .await
}
