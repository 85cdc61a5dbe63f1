//! SQLite through `rusqlite`: one writer thread, N reader threads, a whole query in one hop.
//!
//! A file that we create is in WAL mode, so readers never wait for the writer; a file that was there (Django's) keeps
//! its journal mode, and `busy_timeout` covers the waits. `:memory:` has one connection that everything shares.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags, ToSql, ffi};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::sql::is_read;
use super::stream::{BATCH, Batches};
use super::value::sqlite_timestamp;
use super::{Answer, DbError, DbErrorKind, DbOptions, Row, Value};
use lane::Lane;

mod lane;

/// How long a statement waits for another process's lock, as `sqlite3.connect(timeout=5.0)` under Django.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const CACHED_STATEMENTS: usize = 256;

pub(super) struct Sqlite {
    writer: Arc<Lane>,
    /// None for `:memory:`.
    readers: Option<Lane>,
    /// Held by whoever has the writer: one statement, or a transaction from BEGIN to COMMIT.
    gate: Arc<Semaphore>,
    /// As many streams as readers.
    streams: Arc<Semaphore>,
    path: Option<PathBuf>,
    acquire_timeout: Duration,
}

/// The writer, held for a transaction.
pub(super) struct SqliteTx {
    writer: Arc<Lane>,
    _gate: OwnedSemaphorePermit,
}

impl Sqlite {
    pub(super) async fn open(path: Option<PathBuf>, options: &DbOptions) -> Result<Self, DbError> {
        let writer = Lane::start("nuages-db-writer", 1, {
            let path = path.clone();
            move || open_writer(path.as_ref())
        });
        let writer = writer.await?;
        let threads = options.connections.max(1);
        let readers = match path.clone() {
            Some(path) => Some(Lane::start("nuages-db-reader", threads, move || open_reader(&path)).await?),
            None => None,
        };
        Ok(Self {
            writer: Arc::new(writer),
            readers,
            gate: Arc::new(Semaphore::new(1)),
            streams: Arc::new(Semaphore::new(threads)),
            path,
            acquire_timeout: options.acquire_timeout,
        })
    }

    pub(super) async fn run(&self, sql: &str, params: Vec<Value>) -> Result<Answer, DbError> {
        let sql = sql.to_owned();
        match &self.readers {
            Some(readers) if is_read(&sql) => {
                readers.call(move |connection| run(connection, &sql, params)).await?
            }
            _ => {
                let gate = self.acquire_gate().await?;
                let statement = move |connection: &mut rusqlite::Connection| {
                    let _gate = gate;
                    run(connection, &sql, params)
                };
                self.writer.call(statement).await?
            }
        }
    }

    /// Reads a statement on a thread and a connection that it has to itself; `:memory:` has one connection, so there
    /// the rows are in memory twice.
    pub(super) async fn stream(
        &self,
        sql: &str,
        params: Vec<Value>,
        batches: Batches,
    ) -> Result<(), DbError> {
        let Some(path) = self.path.clone() else {
            let rows = self.run(sql, params).await?.rows;
            drop(batches.try_send(Ok(rows)));
            return Ok(());
        };
        let permit =
            acquire(&self.streams, self.acquire_timeout, "no stream of SQLite was free in time").await?;
        let sql = sql.to_owned();
        let read = move || {
            let _permit = permit;
            let outcome =
                open_reader(&path).and_then(|connection| stream(&connection, &sql, params, &batches));
            if let Err(error) = outcome {
                drop(batches.blocking_send(Err(error)));
            }
        };
        lane::thread("nuages-db-stream", read)
    }

    /// Waits for the writer; nothing has begun yet.
    pub(super) async fn acquire(&self) -> Result<SqliteTx, DbError> {
        Ok(SqliteTx { writer: Arc::clone(&self.writer), _gate: self.acquire_gate().await? })
    }

    async fn acquire_gate(&self) -> Result<OwnedSemaphorePermit, DbError> {
        acquire(&self.gate, self.acquire_timeout, "SQLite's one writer was not free in time").await
    }
}

async fn acquire(
    gate: &Arc<Semaphore>,
    timeout: Duration,
    late: &'static str,
) -> Result<OwnedSemaphorePermit, DbError> {
    match tokio::time::timeout(timeout, Arc::clone(gate).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        Ok(Err(_)) => Err(DbError::unavailable("the database is closed")),
        Err(_) => Err(DbError::new(DbErrorKind::Busy, late)),
    }
}

impl SqliteTx {
    pub(super) async fn begin(&self) -> Result<(), DbError> {
        self.run("BEGIN IMMEDIATE", Vec::new()).await.map(drop)
    }

    pub(super) async fn run(&self, sql: &str, params: Vec<Value>) -> Result<Answer, DbError> {
        let sql = sql.to_owned();
        self.writer.call(move |connection| run(connection, &sql, params)).await?
    }

    /// Commits; what cannot be committed is rolled back, so that the writer is free again either way.
    pub(super) async fn commit(self) -> Result<(), DbError> {
        let commit = |connection: &mut rusqlite::Connection| {
            let outcome = run(connection, "COMMIT", Vec::new());
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK").map_err(|error| typed(&error))?;
            }
            outcome.map(drop)
        };
        self.writer.call(commit).await?
    }

    pub(super) async fn rollback(self) -> Result<(), DbError> {
        let rollback = |connection: &mut rusqlite::Connection| {
            if connection.is_autocommit() {
                return Ok(());
            }
            connection.execute_batch("ROLLBACK").map_err(|error| typed(&error))
        };
        self.writer.call(rollback).await?
    }
}

fn open_writer(path: Option<&PathBuf>) -> Result<rusqlite::Connection, DbError> {
    let Some(path) = path else {
        let connection = rusqlite::Connection::open_in_memory().map_err(|error| typed(&error))?;
        return prepare(connection);
    };
    let ours = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open_file(path, flags)?;
    if ours {
        connection.pragma_update(None, "journal_mode", "wal").map_err(|error| typed(&error))?;
    }
    prepare(connection)
}

fn open_reader(path: &PathBuf) -> Result<rusqlite::Connection, DbError> {
    let connection = open_file(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.pragma_update(None, "query_only", true).map_err(|error| typed(&error))?;
    prepare(connection)
}

fn open_file(path: &PathBuf, flags: OpenFlags) -> Result<rusqlite::Connection, DbError> {
    rusqlite::Connection::open_with_flags(path, flags).map_err(|error| {
        DbError::unavailable(format!("cannot open the database {}", path.display())).with_source(error)
    })
}

fn prepare(connection: rusqlite::Connection) -> Result<rusqlite::Connection, DbError> {
    connection.busy_timeout(BUSY_TIMEOUT).map_err(|error| typed(&error))?;
    connection.pragma_update(None, "foreign_keys", true).map_err(|error| typed(&error))?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(connection)
}

fn run(connection: &rusqlite::Connection, sql: &str, params: Vec<Value>) -> Result<Answer, DbError> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| typed(&error))?;
    let mut rows = Vec::new();
    each_row(&mut statement, params, |row| {
        rows.push(row);
        true
    })?;
    let affected = if statement.readonly() { 0 } else { connection.changes() };
    Ok(Answer { rows, affected })
}

fn stream(
    connection: &rusqlite::Connection,
    sql: &str,
    params: Vec<Value>,
    batches: &Batches,
) -> Result<(), DbError> {
    let mut statement = connection.prepare(sql).map_err(|error| typed(&error))?;
    let mut batch = Vec::with_capacity(BATCH);
    each_row(&mut statement, params, |row| {
        batch.push(row);
        batch.len() < BATCH
            || batches.blocking_send(Ok(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))).is_ok()
    })?;
    drop(batches.blocking_send(Ok(batch)));
    Ok(())
}

/// Gives each row to `take`, until it wants no more.
fn each_row(
    statement: &mut rusqlite::Statement<'_>,
    params: Vec<Value>,
    mut take: impl FnMut(Row) -> bool,
) -> Result<(), DbError> {
    let mut cursor = statement.query(rusqlite::params_from_iter(params)).map_err(|error| typed(&error))?;
    // Asked for after the first step, which prepares a cached statement again if its table has changed.
    let mut names: Option<Arc<[String]>> = None;
    while let Some(row) = cursor.next().map_err(|error| typed(&error))? {
        let names =
            names.get_or_insert_with(|| row.as_ref().column_names().into_iter().map(str::to_owned).collect());
        let values =
            (0..names.len()).map(|place| row.get_ref(place).map(read).map_err(|error| typed(&error))?);
        if !take(Row::new(Arc::clone(names), values.collect::<Result<_, _>>()?)) {
            break;
        }
    }
    Ok(())
}

fn read(value: ValueRef<'_>) -> Result<Value, DbError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Real(value) => Value::Float(value),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => return Err(DbError::conversion("text that is not UTF-8")),
        },
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use rusqlite::types::Value as Owned;
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Owned::Null),
            Self::Bool(value) => ToSqlOutput::Owned(Owned::Integer((*value).into())),
            Self::Int(value) => ToSqlOutput::Owned(Owned::Integer(*value)),
            Self::Float(value) => ToSqlOutput::Owned(Owned::Real(*value)),
            Self::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
            Self::Bytes(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value)),
            Self::Decimal(value) => ToSqlOutput::Owned(Owned::Text(value.to_string())),
            Self::Timestamp(value) => ToSqlOutput::Owned(Owned::Text(sqlite_timestamp(*value))),
            Self::Date(value) => ToSqlOutput::Owned(Owned::Text(value.to_string())),
            Self::Uuid(value) => ToSqlOutput::Owned(Owned::Text(value.simple().to_string())),
        })
    }
}

/// The error in the framework's kinds. SQLite's own message names tables and columns, never values.
fn typed(error: &rusqlite::Error) -> DbError {
    let (code, message) = match error {
        rusqlite::Error::SqliteFailure(code, message) => (code, message.clone()),
        rusqlite::Error::SqlInputError { error: code, msg, .. } => (code, Some(msg.clone())),
        other => return DbError::misuse(other.to_string()),
    };
    let message = message.unwrap_or_else(|| code.to_string());
    let kind = match (code.extended_code, code.code) {
        (
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID,
            _,
        ) => DbErrorKind::UniqueViolation { columns: unique_columns(&message), constraint: None },
        (ffi::SQLITE_CONSTRAINT_FOREIGNKEY, _) => DbErrorKind::ForeignKeyViolation,
        (ffi::SQLITE_CONSTRAINT_NOTNULL, _) => DbErrorKind::NotNullViolation,
        (ffi::SQLITE_CONSTRAINT_CHECK, _) => DbErrorKind::CheckViolation,
        (_, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DbErrorKind::Busy,
        (_, ErrorCode::CannotOpen | ErrorCode::NotADatabase) => DbErrorKind::Unavailable,
        (_, ErrorCode::OperationInterrupted) => DbErrorKind::Timeout,
        _ => DbErrorKind::Other,
    };
    DbError::new(kind, message)
}

/// `UNIQUE constraint failed: auth_permission.content_type_id, auth_permission.codename` → the two columns.
fn unique_columns(message: &str) -> Vec<String> {
    let Some((_, list)) = message.split_once(": ") else { return Vec::new() };
    list.split(", ").map(|name| name.rsplit_once('.').map_or(name, |(_, column)| column).to_owned()).collect()
}
