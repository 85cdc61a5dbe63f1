//! PostgreSQL through `tokio-postgres`: reads outside transactions share pipelined connections, least loaded first;
//! writes and transactions own one from a pool.
//!
//! Statements are prepared once per connection. One whose plan a migration changed is prepared again, outside a
//! transaction; inside, the transaction has lost a race ([`DbErrorKind::Busy`]).

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use tokio::sync::Mutex;

use super::sql::is_read;
use super::stream::{BATCH, Batches, cursor_statements};
use super::url::ServerTarget;
use super::{Answer, DbError, DbErrorKind, DbOptions, Value};
use config::Session;
use error::Refusal;
use statement::run;

mod config;
mod error;
mod statement;
mod tls;
mod value;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Postgres {
    shared: Arc<Shared>,
    pool: Pool,
}

/// The connections that reads share.
struct Shared {
    session: Session,
    slots: Vec<Slot>,
}

#[derive(Default)]
struct Slot {
    client: Mutex<Option<Arc<ClientWrapper>>>,
    in_flight: AtomicUsize,
}

/// A connection that a transaction owns.
pub(super) struct PostgresTx {
    /// None once it is given back.
    client: Option<Object>,
    shared: Arc<Shared>,
}

impl Postgres {
    pub(super) async fn connect(target: &ServerTarget, options: &DbOptions) -> Result<Self, DbError> {
        let session = config::of(target, options)?;
        let slots = (0..options.shared_connections.max(1)).map(|_| Slot::default()).collect();
        let shared = Arc::new(Shared { session: session.clone(), slots });
        shared.client(&shared.slots[0]).await?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(session.config, session.tls, recycling))
            .post_create(Hook::async_fn(move |client, _| {
                Box::pin(async move { session.first.batch(client).await.map_err(HookError::Backend) })
            }))
            .max_size(options.connections.max(1))
            .wait_timeout(Some(options.acquire_timeout))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| {
                DbError::unavailable("cannot build the pool of connections").with_source(error)
            })?;
        Ok(Self { shared, pool })
    }

    pub(super) async fn run(&self, sql: &str, params: Vec<Value>) -> Result<Answer, DbError> {
        let outcome = if is_read(sql) {
            self.shared.run(sql, &params).await
        } else {
            let client = self.owned().await?;
            run(&client, self.shared.session.style, sql, &params, true).await
        };
        match outcome {
            Ok(answer) => Ok(answer),
            Err(refusal) => Err(self.shared.typed(refusal).await),
        }
    }

    /// Waits for a connection; nothing has begun yet.
    pub(super) async fn acquire(&self) -> Result<PostgresTx, DbError> {
        Ok(PostgresTx { client: Some(self.owned().await?), shared: Arc::clone(&self.shared) })
    }

    /// What reads a statement through a cursor, on a connection that it has to itself.
    pub(super) async fn stream(
        &self,
        sql: String,
        params: Vec<Value>,
        batches: Batches,
    ) -> Result<impl Future<Output = ()> + Send + use<>, DbError> {
        let tx = self.acquire().await?;
        Ok(async move {
            // A reader that is gone, and a refusal, leave the transaction open: dropped, it takes its connection along.
            match tx.fetch(&sql, params, &batches).await {
                Ok(()) => drop(tx.commit().await),
                Err(error) => drop(batches.send(Err(error)).await),
            }
        })
    }

    async fn owned(&self) -> Result<Object, DbError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(_) => DbError::unavailable("no connection to PostgreSQL was free in time"),
            PoolError::Backend(error) => unreachable_server(error),
            error => DbError::unavailable("no connection to PostgreSQL").with_source(error),
        })
    }
}

impl Shared {
    async fn run(&self, sql: &str, params: &[Value]) -> Result<Answer, Refusal> {
        let slot = self.slots.iter().min_by_key(|slot| slot.in_flight.load(Ordering::Relaxed));
        let Some(slot) = slot else { return Err(DbError::unavailable("the database is closed").into()) };
        let _in_flight = InFlight::on(slot);
        let client = self.client(slot).await?;
        run(&client, self.session.style, sql, params, true).await
    }

    /// The slot's connection, opened again when the server has closed it.
    async fn client(&self, slot: &Slot) -> Result<Arc<ClientWrapper>, DbError> {
        let mut current = slot.client.lock().await;
        if let Some(client) = current.as_ref().filter(|client| !client.is_closed()) {
            return Ok(Arc::clone(client));
        }
        let (client, connection) =
            self.session.config.connect(self.session.tls.clone()).await.map_err(unreachable_server)?;
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(target: "nuages::db", %error, "a shared connection to PostgreSQL ended");
            }
        });
        let client = ClientWrapper::new(client, task);
        self.session.first.batch(&client).await.map_err(unreachable_server)?;
        let client = Arc::new(client);
        *current = Some(Arc::clone(&client));
        Ok(client)
    }

    /// The refusal in the framework's kinds, with the columns of a unique constraint looked up by its name.
    async fn typed(&self, refusal: Refusal) -> DbError {
        let columns = match refusal.unique_constraint() {
            None => Vec::new(),
            Some((schema, constraint)) => {
                let rows = self.run(UNIQUE_COLUMNS, &[schema.into(), constraint.into()]).await;
                let rows = rows.map(|answer| answer.rows).unwrap_or_default();
                rows.iter().filter_map(|row| row.get(0).ok()).collect()
            }
        };
        refusal.into_error(columns)
    }
}

/// A constraint's index has its name, and tells the columns in their order.
const UNIQUE_COLUMNS: &str = "SELECT a.attname::text FROM pg_index i \
     JOIN pg_class c ON c.oid = i.indexrelid \
     JOIN pg_namespace n ON n.oid = c.relnamespace \
     JOIN unnest(i.indkey) WITH ORDINALITY k(attnum, place) ON k.place <= i.indnkeyatts \
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum \
     WHERE n.nspname = ? AND c.relname = ? ORDER BY k.place";

impl PostgresTx {
    pub(super) async fn begin(&self) -> Result<(), DbError> {
        self.control("BEGIN").await
    }

    pub(super) async fn run(&self, sql: &str, params: Vec<Value>) -> Result<Answer, DbError> {
        match run(self.client()?, self.shared.session.style, sql, &params, false).await {
            Ok(answer) => Ok(answer),
            Err(refusal) => Err(self.shared.typed(refusal).await),
        }
    }

    pub(super) async fn commit(mut self) -> Result<(), DbError> {
        self.control("COMMIT").await?;
        drop(self.client.take());
        Ok(())
    }

    pub(super) async fn rollback(mut self) -> Result<(), DbError> {
        self.control("ROLLBACK").await?;
        drop(self.client.take());
        Ok(())
    }

    /// Lets statements run as long as they need, until the transaction ends.
    pub(super) async fn unlimited(&self) -> Result<(), DbError> {
        self.control("SET LOCAL statement_timeout = 0").await
    }

    async fn fetch(&self, sql: &str, params: Vec<Value>, batches: &Batches) -> Result<(), DbError> {
        self.control("BEGIN READ ONLY").await?;
        let (declare, fetch) = cursor_statements(sql);
        self.run(&declare, params).await?;
        loop {
            let rows = self.run(&fetch, Vec::new()).await?.rows;
            let is_last = rows.len() < BATCH;
            if batches.send(Ok(rows)).await.is_err() || is_last {
                return Ok(());
            }
        }
    }

    async fn control(&self, sql: &str) -> Result<(), DbError> {
        match self.client()?.batch_execute(sql).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.shared.typed(error.into()).await),
        }
    }

    fn client(&self) -> Result<&Object, DbError> {
        self.client.as_ref().ok_or_else(|| DbError::misuse("the transaction has ended"))
    }
}

impl Drop for PostgresTx {
    /// What was not ended leaves the pool, so that no one inherits an open transaction.
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

/// Counts a statement on its slot until it is answered or dropped.
struct InFlight<'a>(&'a Slot);

impl<'a> InFlight<'a> {
    fn on(slot: &'a Slot) -> Self {
        slot.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(slot)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// No connection could be made; the server's reason (a wrong password, no such database) is in the source.
fn unreachable_server(error: tokio_postgres::Error) -> DbError {
    // The driver's own words are "error connecting to server"; what happened (connection refused) is its source.
    let reason = match (error.as_db_error(), error.source()) {
        (Some(refused), _) => refused.message().to_owned(),
        (None, Some(source)) => source.to_string(),
        (None, None) => error.to_string(),
    };
    DbError::new(DbErrorKind::Unavailable, format!("cannot connect to PostgreSQL: {reason}"))
        .with_source(error)
}
