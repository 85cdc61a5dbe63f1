//! A connection to SQLite: how it is opened, and how a statement runs on it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::OpenFlags;
use rusqlite::config::DbConfig;

use super::super::batches::{BATCH, Batches};
use super::super::{Answer, Columns, DbError, Row, Value};
use super::error::typed;
use super::functions;
use super::value::read;

/// How long a statement waits for another process's lock, as `sqlite3.connect(timeout=5.0)` under Django.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const CACHED_STATEMENTS: usize = 256;
/// How much of a file in WAL mode is read where the system has it in memory, instead of being copied page by page: a table
/// of a million sessions does not fit into a connection's own cache.
const MAPPED: i64 = 1 << 30;
/// Steps of SQLite's machine between two looks at the clock: some tenths of a millisecond, and some hundredths.
const STEPS: i32 = 20_000;
const FEW_STEPS: i32 = 1_000;

/// A connection whose statements are interrupted when they take too long.
pub(super) struct Connection {
    pub(super) sqlite: rusqlite::Connection,
    opened: Instant,
    /// Nanoseconds after `opened` at which the statement under way is interrupted.
    deadline: Arc<AtomicU64>,
}

impl Connection {
    pub(super) fn writer(path: Option<&Path>) -> Result<Self, DbError> {
        let Some(path) = path else {
            let connection = rusqlite::Connection::open_in_memory().map_err(|error| typed(&error))?;
            return Self::prepared(connection);
        };
        let ours = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = open_file(path, flags)?;
        if ours {
            connection.pragma_update(None, "journal_mode", "wal").map_err(|error| typed(&error))?;
        }
        Self::prepared(connection)
    }

    pub(super) fn reader(path: &Path) -> Result<Self, DbError> {
        let connection =
            open_file(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.pragma_update(None, "query_only", true).map_err(|error| typed(&error))?;
        let reader = Self::prepared(connection)?;
        // A file in WAL mode is on a file system where processes share memory; with another journal it may be on a network.
        let mode = reader.sqlite.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
        if mode.is_ok_and(|mode| mode == "wal") {
            reader.sqlite.pragma_update(None, "mmap_size", MAPPED).map_err(|error| typed(&error))?;
        }
        Ok(reader)
    }

    /// A reader that waits for no lock, and stops soon after the end of its time.
    pub(super) fn impatient_reader(path: &Path) -> Result<Self, DbError> {
        let reader = Self::reader(path)?;
        reader.look_every(FEW_STEPS)?;
        reader.sqlite.busy_timeout(Duration::ZERO).map_err(|error| typed(&error))?;
        Ok(reader)
    }

    fn prepared(sqlite: rusqlite::Connection) -> Result<Self, DbError> {
        sqlite.busy_timeout(BUSY_TIMEOUT).map_err(|error| typed(&error))?;
        sqlite.pragma_update(None, "foreign_keys", true).map_err(|error| typed(&error))?;
        functions::register(&sqlite).map_err(|error| typed(&error))?;
        // Plans that do not depend on the values: else SQLite prepares a statement again for each LIMIT and LIKE pattern.
        sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(|error| typed(&error))?;
        sqlite.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        let connection =
            Self { sqlite, opened: Instant::now(), deadline: Arc::new(AtomicU64::new(u64::MAX)) };
        connection.look_every(STEPS)?;
        Ok(connection)
    }

    /// Looks at the clock each time that SQLite's machine has made so many steps.
    fn look_every(&self, steps: i32) -> Result<(), DbError> {
        let (opened, deadline) = (self.opened, Arc::clone(&self.deadline));
        let is_late = move || nanos(opened.elapsed()) > deadline.load(Ordering::Relaxed);
        self.sqlite.progress_handler(steps, Some(is_late)).map_err(|error| typed(&error))
    }

    /// Runs a statement, for no longer than `limit`.
    pub(super) fn run(
        &self,
        sql: &str,
        params: &[Value],
        columns: Columns,
        limit: Option<Duration>,
    ) -> Result<Answer, DbError> {
        let end = limit.map_or(u64::MAX, |limit| nanos(self.opened.elapsed().saturating_add(limit)));
        self.deadline.store(end, Ordering::Relaxed);
        let mut statement = self.sqlite.prepare_cached(sql).map_err(|error| typed(&error))?;
        let mut rows = Vec::new();
        each_row(&mut statement, params, columns, |row| {
            rows.push(row);
            true
        })?;
        let affected = if statement.readonly() { 0 } else { self.sqlite.changes() };
        Ok(Answer { rows, affected })
    }

    /// Gives the rows to `batches`, until all are read or nobody wants them.
    pub(super) fn stream(&self, sql: &str, params: Vec<Value>, batches: &Batches) -> Result<(), DbError> {
        let mut statement = self.sqlite.prepare(sql).map_err(|error| typed(&error))?;
        let mut batch = Vec::with_capacity(BATCH);
        each_row(&mut statement, &params, Columns::Named, |row| {
            batch.push(row);
            batch.len() < BATCH
                || batches.blocking_send(Ok(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))).is_ok()
        })?;
        drop(batches.blocking_send(Ok(batch)));
        Ok(())
    }
}

fn open_file(path: &Path, flags: OpenFlags) -> Result<rusqlite::Connection, DbError> {
    rusqlite::Connection::open_with_flags(path, flags).map_err(|error| {
        DbError::unavailable(format!("cannot open the database {}", path.display())).with_source(error)
    })
}

/// Gives each row to `take`, until it wants no more.
fn each_row(
    statement: &mut rusqlite::Statement<'_>,
    params: &[Value],
    columns: Columns,
    mut take: impl FnMut(Row) -> bool,
) -> Result<(), DbError> {
    let mut cursor = statement.query(rusqlite::params_from_iter(params)).map_err(|error| typed(&error))?;
    // Asked for after the first step, which prepares a cached statement again if its table has changed.
    let mut names: Option<Arc<[String]>> = None;
    while let Some(row) = cursor.next().map_err(|error| typed(&error))? {
        if columns == Columns::Named && names.is_none() {
            names = Some(row.as_ref().column_names().into_iter().map(str::to_owned).collect());
        }
        let width = row.as_ref().column_count();
        let mut values = Vec::with_capacity(width);
        for place in 0..width {
            values.push(read(row.get_ref(place).map_err(|error| typed(&error))?)?);
        }
        if !take(Row::new(names.clone(), values)) {
            break;
        }
    }
    Ok(())
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
