//! The tables under load, and what must hold of them after a crash.

use std::collections::{HashMap, HashSet};

use nuages::db::{DatabaseUrl, Db, DbError, DbOptions, Executor};

pub(super) const INSERT: &str = "INSERT INTO crash_ledger (entry, side) VALUES (?, ?)";
/// The outbox row of each entry.
pub(super) const TASK: &str = "crash.receipt";

/// What is missing.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damage {
    /// Entries that were told as committed and are not there.
    pub(super) lost: usize,
    /// Entries with one of their two rows, or an outbox row without an entry.
    pub(super) half: usize,
    /// Entries without their outbox row.
    pub(super) outbox_lost: usize,
}

pub(super) async fn create(url: &DatabaseUrl) -> Result<(), DbError> {
    let db = Db::connect(url, DbOptions::default()).await?;
    nuages::migrate::migrate(&db, &[nuages::task::schema()]).await?;
    let sql = "CREATE TABLE crash_ledger (entry bigint NOT NULL, side varchar(8) NOT NULL, PRIMARY KEY (entry, side))";
    db.execute(sql, vec![]).await.map(drop)
}

/// Holds the tables against what the writer told.
pub(super) async fn check(url: &DatabaseUrl, told: &HashSet<i64>) -> Result<Damage, DbError> {
    let db = Db::connect(url, DbOptions::default()).await?;
    // A writer may go on meanwhile: what was in the outbox before has its entry, what was an entry is in it after.
    let outbox_before = outbox(&db).await?;
    let mut entries: HashMap<i64, i64> = HashMap::new();
    for row in db.query("SELECT entry, count(*) AS sides FROM crash_ledger GROUP BY entry", vec![]).await? {
        entries.insert(row.get("entry")?, row.get("sides")?);
    }
    let outbox_after = outbox(&db).await?;
    let halves = entries.values().filter(|sides| **sides != 2).count();
    Ok(Damage {
        lost: told.iter().filter(|entry| !entries.contains_key(entry)).count(),
        half: halves + outbox_before.iter().filter(|entry| !entries.contains_key(entry)).count(),
        outbox_lost: entries.keys().filter(|entry| !outbox_after.contains(entry)).count(),
    })
}

async fn outbox(db: &Db) -> Result<HashSet<i64>, DbError> {
    let rows = db.query("SELECT args FROM nuages_task WHERE name = ?", vec![TASK.into()]).await?;
    let mut entries = HashSet::new();
    for row in rows {
        entries.extend(row.get::<String>("args")?.parse::<i64>().ok());
    }
    Ok(entries)
}
