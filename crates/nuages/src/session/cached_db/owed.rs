//! The entries that must go and could not be reached, in the table `nuages_session_stale`.
//!
//! `session_key` `i3vr09339ru910s5rx8frs5h483bpri1`, `mark` `-3915623341078261712`: the cache did not answer when this session was
//! changed or deleted. The row stands in the transaction of that change, so it outlives a process that is killed, and
//! any process of the site may do what it says.

use std::collections::BTreeMap;

use nuages_wire::session::SessionKey;

use crate::cache::Cache;
use crate::db::{Db, Executor, Value, Vendor};
use crate::error::Result;
use crate::schema::{App, Field, Kind, Migration, Operation, Table};
use crate::time::Random;

/// Entries that are deleted with one command.
const BATCH: i64 = 500;

static STALE: Table = Table {
    fields: &[
        Field { primary_key: true, ..Field::new("session_key", Kind::Char(40)) },
        Field::new("mark", Kind::BigInteger),
    ],
    ..Table::new("nuages_session", "Stale", "nuages_session_stale")
};

/// The table that the engine `cached_db` needs besides [`schema`](crate::session::schema)'s.
pub fn cached_db_schema() -> App {
    let operations = vec![Operation::CreateTable(&STALE)];
    App {
        label: "nuages_session",
        depends: &[],
        migrations: vec![Migration::new("0001_initial", operations)],
    }
}

#[derive(Clone, Debug)]
pub(super) struct Owed {
    pub(super) db: Db,
    random: Random,
}

impl Owed {
    pub(super) fn new(db: Db, random: Random) -> Self {
        Self { db, random }
    }

    /// Notes that this session's entry must go. Whoever is about to take an older note for done finds another mark.
    pub(super) async fn note(&self, executor: &impl Executor, key: &SessionKey) -> Result<()> {
        let mut mark = [0; 8];
        self.random.fill(&mut mark)?;
        let again = match self.db.vendor() {
            Vendor::Mysql => "ON DUPLICATE KEY UPDATE mark = VALUES(mark)",
            Vendor::Sqlite | Vendor::Postgres => {
                "ON CONFLICT (session_key) DO UPDATE SET mark = excluded.mark"
            }
        };
        let sql = format!("INSERT INTO nuages_session_stale (session_key, mark) VALUES (?, ?) {again}");
        executor.execute(&sql, vec![key.as_str().into(), i64::from_be_bytes(mark).into()]).await?;
        Ok(())
    }

    /// Deletes the entries that are noted, whoever noted them, and the notes; the cache is one of entries alone, and is
    /// asked even if there are none.
    pub(super) async fn settle(&self, cache: &Cache) -> Result<()> {
        cache.has_key("").await?;
        let mut last = String::new();
        loop {
            let sql = "SELECT session_key, mark FROM nuages_session_stale WHERE session_key > ? \
                       ORDER BY session_key LIMIT ?";
            let rows = self.db.query(sql, vec![last.clone().into(), BATCH.into()]).await?;
            let notes = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?)));
            let notes = notes.collect::<Result<BTreeMap<String, i64>>>()?;
            let Some(greatest) = notes.keys().next_back() else { return Ok(()) };
            last.clone_from(greatest);
            cache.delete_many(&notes.keys().map(String::as_str).collect::<Vec<_>>()).await?;
            self.forget(notes).await?;
        }
    }

    async fn forget(&self, notes: BTreeMap<String, i64>) -> Result<()> {
        let some = vec!["?"; notes.len()].join(", ");
        let sql =
            format!("DELETE FROM nuages_session_stale WHERE session_key IN ({some}) AND mark IN ({some})");
        let (keys, marks): (Vec<Value>, Vec<Value>) =
            notes.into_iter().map(|(key, mark)| (key.into(), mark.into())).unzip();
        self.db.execute(&sql, [keys, marks].concat()).await?;
        Ok(())
    }
}
