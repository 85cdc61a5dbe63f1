//! The connections that reads share, and the pool of those that are owned.
//!
//! A connection answers its statements one after the other, so a long one holds up those sent behind it. A read takes
//! the connection with the fewest statements under way, never one that has not answered for a while; a read that finds
//! itself behind a long one is asked again on a connection of the pool, and the first answer counts.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use tokio::sync::Mutex;

use super::super::{Answer, Columns, DbError, DbOptions, Value};
use super::config::Session;
use super::error::Refusal;
use super::statement::run;
use super::{CONNECT_TIMEOUT, unreachable_server};

/// A connection that has not answered for so long is held up by a long statement.
const PATIENCE: Duration = Duration::from_millis(4);

pub(super) struct Shared {
    pub(super) session: Session,
    pool: Pool,
    slots: Vec<Slot>,
    opened: Instant,
}

/// A connection that reads share.
#[derive(Default)]
struct Slot {
    client: Mutex<Option<Arc<ClientWrapper>>>,
    /// Statements that someone waits for.
    waiting: AtomicU64,
    /// Statements sent so far, and of these how many are behind the connection: it answers them in their order.
    sent: AtomicU64,
    answered: AtomicU64,
    /// When it last answered, or got its first statement, in nanoseconds after `opened`.
    moved: AtomicU64,
}

impl Shared {
    pub(super) async fn open(session: Session, options: &DbOptions) -> Result<Self, DbError> {
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(session.config.clone(), session.tls.clone(), recycling);
        let first = session.first;
        let pool = Pool::builder(manager)
            .post_create(Hook::async_fn(move |client, _| {
                Box::pin(async move { first.batch(client).await.map_err(HookError::Backend) })
            }))
            .max_size(options.connections.max(1))
            .wait_timeout(Some(options.acquire_timeout))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| {
                DbError::unavailable("cannot build the pool of connections").with_source(error)
            })?;
        let slots = (0..options.shared_connections.max(1)).map(|_| Slot::default()).collect();
        let shared = Self { session, pool, slots, opened: Instant::now() };
        shared.client(&shared.slots[0]).await?;
        Ok(shared)
    }

    /// A read, where it is not held up.
    pub(super) async fn run(&self, sql: &str, params: &[Value], columns: Columns) -> Result<Answer, Refusal> {
        let Some(slot) = self.moving() else { return Box::pin(self.run_apart(sql, params, columns)).await };
        let place = Place::in_line(slot, self);
        let mut statement = pin!(async {
            let client = self.client(slot).await?;
            let outcome = run(&client, self.session.style, sql, params, columns, true).await;
            place.answered();
            outcome
        });
        while !place.is_first() {
            match tokio::time::timeout(PATIENCE, &mut statement).await {
                Ok(outcome) => return outcome,
                Err(_) if place.is_first() || !self.is_held_up(slot) => {}
                Err(_) => {
                    return tokio::select! {
                        outcome = &mut statement => outcome,
                        outcome = Box::pin(self.run_apart(sql, params, columns)) => outcome,
                    };
                }
            }
        }
        statement.await
    }

    /// A statement on a connection of its own.
    pub(super) async fn run_apart(
        &self,
        sql: &str,
        params: &[Value],
        columns: Columns,
    ) -> Result<Answer, Refusal> {
        let client = self.owned().await?;
        run(&client, self.session.style, sql, params, columns, true).await
    }

    pub(super) async fn owned(&self) -> Result<Object, DbError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(_) => DbError::unavailable("no connection to PostgreSQL was free in time"),
            PoolError::Backend(error) => unreachable_server(error),
            error => DbError::unavailable("no connection to PostgreSQL").with_source(error),
        })
    }

    /// The connection with the fewest statements under way, of those that are not held up.
    fn moving(&self) -> Option<&Slot> {
        let slots = self.slots.iter().filter(|slot| slot.is_idle() || !self.is_held_up(slot));
        slots.min_by_key(|slot| slot.waiting.load(Ordering::Relaxed))
    }

    fn is_held_up(&self, slot: &Slot) -> bool {
        let quiet = self.now().saturating_sub(slot.moved.load(Ordering::Relaxed));
        u128::from(quiet) > PATIENCE.as_nanos()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// The slot's connection, opened again when the server has closed it.
    async fn client(&self, slot: &Slot) -> Result<Arc<ClientWrapper>, DbError> {
        let mut current = slot.client.lock().await;
        if let Some(client) = current.as_ref().filter(|client| !client.is_closed()) {
            return Ok(Arc::clone(client));
        }
        Box::pin(self.open_again(&mut current)).await
    }

    async fn open_again(
        &self,
        current: &mut Option<Arc<ClientWrapper>>,
    ) -> Result<Arc<ClientWrapper>, DbError> {
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
    pub(super) async fn typed(&self, refusal: Refusal) -> DbError {
        let columns = match refusal.unique_constraint() {
            None => Vec::new(),
            Some((schema, constraint)) => {
                let rows =
                    self.run(UNIQUE_COLUMNS, &[schema.into(), constraint.into()], Columns::Named).await;
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

impl Slot {
    fn is_idle(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == 0
    }
}

/// A statement's place among those of its connection, until it is answered or dropped.
struct Place<'a> {
    slot: &'a Slot,
    shared: &'a Shared,
    number: u64,
}

impl<'a> Place<'a> {
    fn in_line(slot: &'a Slot, shared: &'a Shared) -> Self {
        if slot.waiting.fetch_add(1, Ordering::Relaxed) == 0 {
            slot.moved.store(shared.now(), Ordering::Relaxed);
        }
        Self { slot, shared, number: slot.sent.fetch_add(1, Ordering::Relaxed) }
    }

    /// Whether all that were sent before it are answered: what takes long now is this one.
    fn is_first(&self) -> bool {
        self.slot.answered.load(Ordering::Relaxed) >= self.number
    }

    fn answered(&self) {
        self.slot.answered.fetch_max(self.number + 1, Ordering::Relaxed);
        self.slot.moved.store(self.shared.now(), Ordering::Relaxed);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.slot.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
