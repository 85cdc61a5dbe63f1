//! SQLite through `rusqlite`: short reads on the thread of whoever asks, longer ones on reader threads, one writer thread; a
//! whole query in one hop.
//!
//! A file that we create is in WAL mode, so readers never wait for the writer; a file that was there (Django's) keeps
//! its journal mode, and `busy_timeout` covers the waits. `:memory:` has one connection that everything shares.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::coop::consume_budget;

use super::batches::Batches;
use super::sql::is_read;
use super::{Answer, Columns, DbError, DbErrorKind, DbOptions, Value};
use connection::Connection;
use inline::Inline;
use lane::Lane;

mod connection;
mod error;
mod functions;
mod inline;
mod lane;
mod value;

/// Reader threads under long statements, of each that is there anyway.
const MORE: usize = 4;

pub(super) struct Sqlite {
    writer: Arc<Lane>,
    /// None for `:memory:`.
    readers: Option<Box<Readers>>,
    /// Held by whoever has the writer: one statement, or a transaction from BEGIN to COMMIT.
    gate: Arc<Semaphore>,
    /// As many streams as readers.
    streams: Arc<Semaphore>,
    path: Option<PathBuf>,
    acquire_timeout: Duration,
    /// How long a statement may run.
    limit: Duration,
}

struct Readers {
    inline: Inline,
    lane: Lane,
}

/// The writer, held for a transaction.
pub(super) struct SqliteTx {
    writer: Arc<Lane>,
    limit: Duration,
    is_unlimited: AtomicBool,
    _gate: OwnedSemaphorePermit,
}

impl Sqlite {
    pub(super) async fn open(path: Option<PathBuf>, options: &DbOptions) -> Result<Self, DbError> {
        let writer = Lane::start("nuages-db-writer", 1, 1, {
            let path = path.clone();
            move || Connection::writer(path.as_deref())
        });
        let writer = writer.await?;
        let threads = options.connections.max(1);
        let readers = match path.clone() {
            Some(path) => Some(Box::new(Readers::open(path, threads, options.short_read).await?)),
            None => None,
        };
        Ok(Self {
            writer: Arc::new(writer),
            readers,
            gate: Arc::new(Semaphore::new(1)),
            streams: Arc::new(Semaphore::new(threads)),
            path,
            acquire_timeout: options.acquire_timeout,
            limit: options.statement_timeout,
        })
    }

    pub(super) async fn run(
        &self,
        sql: &str,
        params: Vec<Value>,
        columns: Columns,
    ) -> Result<Answer, DbError> {
        if let Some(readers) = self.readers.as_ref().filter(|_| is_read(sql)) {
            return readers.run(sql, params, columns, self.limit).await;
        }
        let gate = self.acquire_gate().await?;
        let (sql, limit) = (sql.to_owned(), Some(self.limit));
        let statement = move |connection: &mut Connection| {
            let _gate = gate;
            connection.run(&sql, &params, columns, limit)
        };
        self.writer.call(statement).await?
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
            let rows = self.run(sql, params, Columns::Named).await?.rows;
            drop(batches.try_send(Ok(rows)));
            return Ok(());
        };
        let permit =
            acquire(&self.streams, self.acquire_timeout, "no stream of SQLite was free in time").await?;
        let sql = sql.to_owned();
        let read = move || {
            let _permit = permit;
            let outcome =
                Connection::reader(&path).and_then(|connection| connection.stream(&sql, params, &batches));
            if let Err(error) = outcome {
                drop(batches.blocking_send(Err(error)));
            }
        };
        lane::thread("nuages-db-stream", read)
    }

    /// Waits for the writer; nothing has begun yet.
    pub(super) async fn acquire(&self) -> Result<SqliteTx, DbError> {
        let gate = self.acquire_gate().await?;
        Ok(SqliteTx {
            writer: Arc::clone(&self.writer),
            limit: self.limit,
            is_unlimited: AtomicBool::new(false),
            _gate: gate,
        })
    }

    async fn acquire_gate(&self) -> Result<OwnedSemaphorePermit, DbError> {
        acquire(&self.gate, self.acquire_timeout, "SQLite's one writer was not free in time").await
    }
}

impl Readers {
    async fn open(path: PathBuf, threads: usize, short: Duration) -> Result<Self, DbError> {
        let inline = {
            let path = path.clone();
            let most = std::thread::available_parallelism().map_or(threads, |most| threads.min(most.get()));
            tokio::task::spawn_blocking(move || Inline::open(&path, most, short)).await
        };
        let inline = inline.map_err(|_| DbError::unavailable("the database was not opened"))??;
        let open = move || Connection::reader(&path);
        let lane = Lane::start("nuages-db-reader", threads, threads * MORE, open).await?;
        Ok(Self { inline, lane })
    }

    async fn run(
        &self,
        sql: &str,
        params: Vec<Value>,
        columns: Columns,
        limit: Duration,
    ) -> Result<Answer, DbError> {
        // Who reads without end gives way to others now and then.
        consume_budget().await;
        if let Some(answer) = self.inline.run(sql, &params, columns) {
            return answer;
        }
        let sql = sql.to_owned();
        self.lane.call(move |connection| connection.run(&sql, &params, columns, Some(limit))).await?
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
        self.run("BEGIN IMMEDIATE", Vec::new(), Columns::Unnamed).await.map(drop)
    }

    pub(super) async fn run(
        &self,
        sql: &str,
        params: Vec<Value>,
        columns: Columns,
    ) -> Result<Answer, DbError> {
        let sql = sql.to_owned();
        let limit = (!self.is_unlimited.load(Ordering::Relaxed)).then_some(self.limit);
        self.writer.call(move |connection| connection.run(&sql, &params, columns, limit)).await?
    }

    /// Lets statements run as long as they need.
    pub(super) async fn unlimited(&self) -> Result<(), DbError> {
        self.is_unlimited.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Commits; what cannot be committed is rolled back, so that the writer is free again either way.
    pub(super) async fn commit(self) -> Result<(), DbError> {
        let commit = |connection: &mut Connection| {
            let outcome = connection.run("COMMIT", &[], Columns::Unnamed, None);
            if !connection.sqlite.is_autocommit() {
                connection.run("ROLLBACK", &[], Columns::Unnamed, None)?;
            }
            outcome.map(drop)
        };
        self.writer.call(commit).await?
    }

    pub(super) async fn rollback(self) -> Result<(), DbError> {
        let rollback = |connection: &mut Connection| {
            if connection.sqlite.is_autocommit() {
                return Ok(());
            }
            connection.run("ROLLBACK", &[], Columns::Unnamed, None).map(drop)
        };
        self.writer.call(rollback).await?
    }
}
