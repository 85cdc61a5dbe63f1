//! The database: one handle over the native drivers, and the values bound exactly as Django binds them.
//!
//! Raw SQL is one call away. Placeholders are `?` on every database:
//!
//! ```
//! use nuages::db::{Db, DbError, DbOptions, Executor, Tx};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let db = Db::connect(&"sqlite://:memory:".parse()?, DbOptions::default()).await?;
//! db.execute("CREATE TABLE stock (sku integer PRIMARY KEY, left_over integer)", vec![]).await?;
//! db.transaction(|tx: Tx| async move {
//!     tx.execute("INSERT INTO stock VALUES (?, ?)", vec![7.into(), 100.into()]).await?;
//!     tx.on_commit(|| async { println!("stored for good") });
//!     Ok::<_, DbError>(())
//! })
//! .await?;
//! let rows = db.query("SELECT left_over FROM stock WHERE sku = ?", vec![7.into()]).await?;
//! assert_eq!(rows[0].get::<i64>("left_over")?, 100);
//! # Ok::<(), DbError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::schema::Table;
use crate::time::Clock;

mod batches;
mod error;
mod executor;
mod json;
mod log;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
mod row;
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stream;
mod transaction;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod unfit;
mod url;
mod value;

pub use error::{DbError, DbErrorKind};
pub use executor::{Connection, Executor};
pub use json::Json;
pub use row::{Row, RowIndex};
pub use stream::RowStream;
pub use transaction::Tx;
pub use url::DatabaseUrl;
pub use value::{FromValue, Value};

/// The database: a cheap handle, clones share its connections.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Backend,
    vendor: Vendor,
    options: DbOptions,
    /// What the layer above keeps as long as the database is open.
    kept: OnceLock<Arc<dyn Any + Send + Sync>>,
}

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    /// SQLite, in this process.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MariaDB, with the feature `mysql`.
    Mysql,
}

/// How a [`Db`] is used.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// Connections that writes and transactions own (PostgreSQL), reader threads (SQLite), all
    /// connections (MariaDB).
    pub connections: usize,
    /// Pipelined connections that reads outside transactions share (PostgreSQL).
    pub shared_connections: usize,
    /// How long to wait for a free connection, or for SQLite's one writer.
    pub acquire_timeout: Duration,
    /// How long one statement may run: PostgreSQL's `statement_timeout`, MariaDB's `max_statement_time`; on SQLite the
    /// statement is interrupted. Streams and migrations run as long as they need.
    pub statement_timeout: Duration,
    /// How long a read may take on the thread that asks for it, before one of SQLite's reader threads begins it again; zero
    /// sends each read there at once.
    pub short_read: Duration,
    /// How long a transaction may stay open before it is rolled back with an error that names its place.
    pub transaction_limit: Duration,
    /// From when on a statement is logged at `warn`.
    pub slow_query: Duration,
    /// Where `auto_now` and [`Executor::now`] take the time from.
    pub clock: Clock,
    /// In which the queries take the parts of instants (Django's `TIME_ZONE`): `create_time.date()`.
    pub time_zone: TimeZone,
    /// The tables in which `delete` looks for rows that refer to those that it deletes.
    pub tables: Vec<&'static Table>,
}

impl Default for DbOptions {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            connections: (processors * 2).clamp(4, 16),
            shared_connections: processors.clamp(2, 4),
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            short_read: Duration::from_micros(200),
            transaction_limit: Duration::from_secs(5),
            slow_query: Duration::from_millis(200),
            clock: Clock::system(),
            time_zone: TimeZone::UTC,
            tables: Vec::new(),
        }
    }
}

enum Backend {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Postgres),
    #[cfg(feature = "mysql")]
    Mysql(mysql::Mysql),
}

/// Whether the columns of an answer are asked for by name; who reads them in their order spares the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Columns {
    Named,
    Unnamed,
}

/// What a statement answered: its rows, and how many rows it changed.
#[derive(Debug, Default)]
struct Answer {
    rows: Vec<Row>,
    affected: u64,
}

impl Db {
    /// Opens the database; a file that is not there is created, a server that does not answer is
    /// [`DbErrorKind::Unavailable`].
    pub async fn connect(url: &DatabaseUrl, options: DbOptions) -> Result<Self, DbError> {
        let backend = match &url.0 {
            #[cfg(feature = "sqlite")]
            url::Target::Sqlite(path) => Backend::Sqlite(sqlite::Sqlite::open(path.clone(), &options).await?),
            #[cfg(feature = "postgres")]
            url::Target::Postgres(target) => {
                Backend::Postgres(postgres::Postgres::connect(target, &options).await?)
            }
            #[cfg(feature = "mysql")]
            url::Target::Mysql(target) => Backend::Mysql(mysql::Mysql::connect(target, &options).await?),
            #[allow(unreachable_patterns)]
            _ => {
                return Err(DbError::unsupported(format!(
                    "{url} needs a feature of nuages that is switched off"
                )));
            }
        };
        Ok(Self { inner: Arc::new(Inner { backend, vendor: url.vendor(), options, kept: OnceLock::new() }) })
    }

    /// Which database it is.
    pub fn vendor(&self) -> Vendor {
        self.inner.vendor
    }

    /// The instant of the database's clock, in whole microseconds.
    pub fn now(&self) -> Timestamp {
        self.inner.options.clock.now()
    }

    /// The tables that it was told of.
    pub(crate) fn tables(&self) -> Vec<&'static Table> {
        self.inner.options.tables.clone()
    }

    /// The time zone of queries.
    pub(crate) fn time_zone(&self) -> &TimeZone {
        &self.inner.options.time_zone
    }

    /// A statement as the driver takes it: one that is kept is not rewritten each time that it runs.
    pub(crate) fn text(&self, sql: &str) -> String {
        match self.vendor() {
            Vendor::Postgres => sql::number_placeholders(sql).into_owned(),
            Vendor::Sqlite | Vendor::Mysql => sql.to_owned(),
        }
    }

    /// What the layer above keeps with the database, made when it is first asked for; there is one such thing.
    pub(crate) fn kept<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let kept = self.inner.kept.get_or_init(|| Arc::new(T::default()));
        Arc::clone(kept).downcast().unwrap_or_default()
    }

    /// Whether it answers: `SELECT 1`.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.run("SELECT 1", Vec::new(), Columns::Unnamed).await.map(drop)
    }

    async fn run(&self, sql: &str, params: Vec<Value>, columns: Columns) -> Result<Answer, DbError> {
        transaction::refuse_inside(self)?;
        let begin = Instant::now();
        // A future is moved as often as it is passed on: what a server's needs is large, and boxed.
        let answer = match &self.inner.backend {
            #[cfg(feature = "sqlite")]
            Backend::Sqlite(sqlite) => sqlite.run(sql, params, columns).await,
            #[cfg(feature = "postgres")]
            Backend::Postgres(postgres) => Box::pin(postgres.run(sql, params, columns)).await,
            #[cfg(feature = "mysql")]
            Backend::Mysql(mysql) => Box::pin(mysql.run(sql, params, columns)).await,
        };
        log::written(&self.inner.options, sql, begin, &answer);
        answer
    }

    /// What tells this database from another one in the same process.
    fn id(&self) -> usize {
        Arc::as_ptr(&self.inner) as usize
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").field("vendor", &self.inner.vendor).finish_non_exhaustive()
    }
}
