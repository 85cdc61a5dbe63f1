//! Transactions: what began is finished, what is misused is an error with its place.
//!
//! A transaction runs in a task of its own from BEGIN on, so a client that leaves cannot leave half of it; until then
//! a dropped caller has done nothing. `Err` and a panic roll back. Inside it only the [`Tx`] may be used: the pool
//! would wait for itself. After a statement has failed only its savepoint, or the whole transaction, can be rolled
//! back, as in PostgreSQL; SQLite behaves the same here.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use tracing::Instrument;

use super::{Answer, Backend, Columns, Db, DbError, DbErrorKind, Value};
use state::{Link, State, Unfinished};

mod state;

tokio::task_local! {
    /// The database of the transaction that this task is inside of, and where that began.
    static OPEN: (usize, &'static Location<'static>);
}

/// How long a migration may take.
const LONG: Duration = Duration::from_secs(3600);

/// How often [`Db::retrying_transaction`] runs a transaction at most.
const ATTEMPTS: u32 = 5;

/// An open transaction: a cheap handle for its statements.
#[derive(Clone)]
pub struct Tx {
    state: Arc<State>,
}

/// How a transaction ended without a result.
struct Failure<E> {
    error: E,
    contended: bool,
}

impl Db {
    /// Runs `body` in a transaction: `Ok` commits, `Err` and a panic roll back.
    ///
    /// Hooks given to [`Tx::on_commit`] have run when this returns. A transaction that is open for longer than
    /// [`DbOptions::transaction_limit`](super::DbOptions::transaction_limit) is rolled back with an error that names
    /// the place of this call.
    #[track_caller]
    pub fn transaction<T, E, F, Fut>(
        &self,
        body: F,
    ) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F, Fut>
    where
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (db, place) = (self.clone(), Location::caller());
        async move {
            let limit = db.inner.options.transaction_limit;
            attempt(db, body, place, limit).await.map_err(|failure| failure.error)
        }
    }

    /// As [`Db::transaction`], for migrations: it may stay open for an hour.
    #[track_caller]
    pub(crate) fn long_transaction<T, F, Fut>(
        &self,
        body: F,
    ) -> impl Future<Output = Result<T, DbError>> + Send + use<T, F, Fut>
    where
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, DbError>> + Send + 'static,
        T: Send + 'static,
    {
        let (db, place) = (self.clone(), Location::caller());
        async move { attempt(db, body, place, LONG).await.map_err(|failure| failure.error) }
    }

    /// As [`Db::transaction`], and runs `body` again, five times at most, when the transaction lost a race
    /// (serialization failure, deadlock, `SQLITE_BUSY`).
    #[track_caller]
    pub fn retrying_transaction<T, E, F, Fut>(
        &self,
        body: F,
    ) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F, Fut>
    where
        F: Fn(Tx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (db, place, body) = (self.clone(), Location::caller(), Arc::new(body));
        async move {
            let mut tried = 1;
            loop {
                let body = Arc::clone(&body);
                match attempt(db.clone(), move |tx| body(tx), place, db.inner.options.transaction_limit).await
                {
                    Err(failure) if failure.contended && tried < ATTEMPTS => {
                        tokio::time::sleep(Duration::from_millis(5 << tried)).await;
                        tried += 1;
                    }
                    outcome => return outcome.map_err(|failure| failure.error),
                }
            }
        }
    }
}

impl Tx {
    /// Runs `hook` after the commit, outside the transaction; never when it is rolled back.
    pub fn on_commit<F, Fut>(&self, hook: F)
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.state.hooks().push(Box::new(move || Box::pin(hook())));
    }

    /// Runs `body` in a savepoint: `Err` undoes its statements and drops its hooks, and the transaction goes on.
    pub async fn savepoint<T, E, F, Fut>(&self, body: F) -> Result<T, E>
    where
        F: FnOnce(Self) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: From<DbError>,
    {
        let state = &self.state;
        state.refuse_broken()?;
        let name = format!("s{}", state.savepoints.fetch_add(1, Ordering::Relaxed) + 1);
        state.run(&format!("SAVEPOINT {name}"), Vec::new(), Columns::Unnamed).await?;
        let hooks = state.hooks().len();
        let unfinished = Unfinished(state);
        let outcome = body(self.clone()).await;
        unfinished.disarm();
        let outcome = match (outcome, state.refuse_broken()) {
            (Ok(value), Ok(())) => {
                state.run(&format!("RELEASE SAVEPOINT {name}"), Vec::new(), Columns::Unnamed).await?;
                return Ok(value);
            }
            (Ok(_), Err(swallowed)) => Err(swallowed.into()),
            (Err(error), _) => Err(error),
        };
        // A savepoint that cannot be undone leaves the transaction broken: it will not commit.
        let undone = state
            .run(&format!("ROLLBACK TO SAVEPOINT {name}"), Vec::new(), Columns::Unnamed)
            .await
            .is_ok()
            && state.run(&format!("RELEASE SAVEPOINT {name}"), Vec::new(), Columns::Unnamed).await.is_ok();
        if undone {
            state.hooks().truncate(hooks);
            state.broken.store(false, Ordering::SeqCst);
        }
        outcome
    }

    pub(super) async fn run(
        &self,
        sql: &str,
        params: Vec<Value>,
        columns: Columns,
    ) -> Result<Answer, DbError> {
        self.state.refuse_broken()?;
        self.state.run(sql, params, columns).await
    }

    /// For migrations: the limit of a statement's time does not apply to this transaction.
    pub(crate) async fn unlimited(&self) -> Result<(), DbError> {
        self.state.unlimited().await
    }

    pub(super) fn db(&self) -> &Db {
        &self.state.db
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("place", self.state.place).finish_non_exhaustive()
    }
}

/// The pool waits for the transaction that waits for the pool: refused before it can.
pub(super) fn refuse_inside(db: &Db) -> Result<(), DbError> {
    match OPEN.try_with(|open| *open) {
        Ok((id, place)) if id == db.id() => Err(DbError::misuse(format!(
            "the pool was used inside the transaction begun at {place}: use its Tx, or its savepoint"
        ))),
        _ => Ok(()),
    }
}

async fn attempt<T, E, F, Fut>(
    db: Db,
    body: F,
    place: &'static Location<'static>,
    limit: Duration,
) -> Result<T, Failure<E>>
where
    F: FnOnce(Tx) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    let refused = |error: DbError| Failure { contended: error.is_busy(), error: error.into() };
    refuse_inside(&db).map_err(refused)?;
    let link = match &db.inner.backend {
        #[cfg(feature = "sqlite")]
        Backend::Sqlite(sqlite) => Link::Sqlite(sqlite.acquire().await.map_err(refused)?),
        #[cfg(feature = "postgres")]
        Backend::Postgres(postgres) => Link::Postgres(Box::new(postgres.acquire().await.map_err(refused)?)),
        #[cfg(feature = "mysql")]
        Backend::Mysql(mysql) => Link::Mysql(Box::new(mysql.acquire().await.map_err(refused)?)),
    };
    let task = tokio::spawn(finish(db, link, body, place, limit).in_current_span());
    match task.await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(_) => Err(refused(DbError::unavailable("the runtime is shutting down"))),
    }
}

/// The transaction's own task, from BEGIN to the last hook. The outer error is the body's panic.
async fn finish<T, E, F, Fut>(
    db: Db,
    link: Link,
    body: F,
    place: &'static Location<'static>,
    limit: Duration,
) -> Result<Result<T, Failure<E>>, Box<dyn Any + Send>>
where
    F: FnOnce(Tx) -> Fut,
    Fut: Future<Output = Result<T, E>>,
    E: From<DbError>,
{
    let begun = match &link {
        #[cfg(feature = "sqlite")]
        Link::Sqlite(link) => link.begin().await,
        #[cfg(feature = "postgres")]
        Link::Postgres(link) => link.begin().await,
        #[cfg(feature = "mysql")]
        Link::Mysql(link) => link.begin().await,
    };
    if let Err(error) = begun {
        return Ok(Err(Failure { contended: error.is_busy(), error: error.into() }));
    }
    let id = db.id();
    let state = Arc::new(State::new(db, place, link));
    let tx = Tx { state: Arc::clone(&state) };
    // The closure itself runs under the guard too: it may panic before its first await.
    let guarded = AssertUnwindSafe(OPEN.scope((id, place), async move { body(tx).await })).catch_unwind();
    let failure = |error: E| Failure { error, contended: state.contended.load(Ordering::SeqCst) };
    let outcome = match tokio::time::timeout(limit, guarded).await {
        Ok(Ok(outcome)) => outcome.and_then(|value| state.refuse_broken().map(|()| value).map_err(E::from)),
        Ok(Err(panic)) => {
            state.rollback().await;
            return Err(panic);
        }
        Err(_) => Err(E::from(DbError::new(
            DbErrorKind::Misuse,
            format!("the transaction begun at {place} was open for more than {limit:?} and is rolled back"),
        ))),
    };
    let value = match outcome {
        Ok(value) => value,
        Err(error) => {
            state.rollback().await;
            return Ok(Err(failure(error)));
        }
    };
    if let Err(error) = state.commit().await {
        return Ok(Err(failure(error.into())));
    }
    let hooks = std::mem::take(&mut *state.hooks());
    for hook in hooks {
        if AssertUnwindSafe(async move { hook().await }).catch_unwind().await.is_err() {
            tracing::error!(target: "nuages::db", %place, "an on_commit hook panicked");
        }
    }
    Ok(Ok(value))
}
