//! An open transaction's connection, its hooks, and whether it can still be committed.

use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::RwLock;

use super::super::{Answer, Columns, Db, DbError, Value, log};

type Hook = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// What the handles of one transaction share.
pub(super) struct State {
    pub(super) db: Db,
    pub(super) place: &'static Location<'static>,
    /// Taken at the end; a statement holds it for reading, so the end waits for statements under way.
    link: RwLock<Option<Link>>,
    hooks: Mutex<Vec<Hook>>,
    pub(super) savepoints: AtomicU32,
    /// A statement failed, or was dropped before its answer: only a rollback can follow.
    pub(super) broken: AtomicBool,
    /// It lost a race: running it again may succeed.
    pub(super) contended: AtomicBool,
}

/// The connection that a transaction owns.
pub(super) enum Link {
    #[cfg(feature = "sqlite")]
    Sqlite(super::super::sqlite::SqliteTx),
    #[cfg(feature = "postgres")]
    Postgres(Box<super::super::postgres::PostgresTx>),
    #[cfg(feature = "mysql")]
    Mysql(Box<super::super::mysql::MysqlTx>),
}

impl State {
    pub(super) fn new(db: Db, place: &'static Location<'static>, link: Link) -> Self {
        Self {
            db,
            place,
            link: RwLock::new(Some(link)),
            hooks: Mutex::default(),
            savepoints: AtomicU32::new(0),
            broken: AtomicBool::new(false),
            contended: AtomicBool::new(false),
        }
    }

    pub(super) async fn run(
        &self,
        sql: &str,
        params: Vec<Value>,
        columns: Columns,
    ) -> Result<Answer, DbError> {
        let link = self.link.read().await;
        let Some(link) = &*link else {
            return Err(DbError::misuse(format!("the transaction begun at {} has ended", self.place)));
        };
        let unfinished = Unfinished(self);
        let begin = Instant::now();
        let answer = match link {
            #[cfg(feature = "sqlite")]
            Link::Sqlite(link) => link.run(sql, params, columns).await,
            #[cfg(feature = "postgres")]
            Link::Postgres(link) => Box::pin(link.run(sql, params, columns)).await,
            #[cfg(feature = "mysql")]
            Link::Mysql(link) => Box::pin(link.run(sql, params, columns)).await,
        };
        unfinished.disarm();
        log::written(&self.db.inner.options, sql, begin, &answer);
        if let Err(error) = &answer {
            self.broken.store(true, Ordering::SeqCst);
            self.contended.fetch_or(error.is_busy(), Ordering::SeqCst);
        }
        answer
    }

    /// Lets the statements of this transaction run as long as they need.
    pub(super) async fn unlimited(&self) -> Result<(), DbError> {
        match &*self.link.read().await {
            #[cfg(feature = "sqlite")]
            Some(Link::Sqlite(link)) => link.unlimited().await,
            #[cfg(feature = "postgres")]
            Some(Link::Postgres(link)) => link.unlimited().await,
            #[cfg(feature = "mysql")]
            Some(Link::Mysql(link)) => link.unlimited().await,
            None => Ok(()),
        }
    }

    pub(super) fn refuse_broken(&self) -> Result<(), DbError> {
        if !self.broken.load(Ordering::SeqCst) {
            return Ok(());
        }
        Err(DbError::misuse(format!(
            "a statement failed in the transaction begun at {}: it can only be rolled back; run what may fail in a savepoint",
            self.place
        )))
    }

    pub(super) fn hooks(&self) -> MutexGuard<'_, Vec<Hook>> {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn commit(&self) -> Result<(), DbError> {
        let outcome = match self.link.write().await.take() {
            #[cfg(feature = "sqlite")]
            Some(Link::Sqlite(link)) => link.commit().await,
            #[cfg(feature = "postgres")]
            Some(Link::Postgres(link)) => link.commit().await,
            #[cfg(feature = "mysql")]
            Some(Link::Mysql(link)) => link.commit().await,
            None => Ok(()),
        };
        if let Err(error) = &outcome {
            self.contended.fetch_or(error.is_busy(), Ordering::SeqCst);
        }
        outcome
    }

    /// A rollback that fails leaves a connection that is thrown away: nothing to tell the caller.
    pub(super) async fn rollback(&self) {
        let outcome = match self.link.write().await.take() {
            #[cfg(feature = "sqlite")]
            Some(Link::Sqlite(link)) => link.rollback().await,
            #[cfg(feature = "postgres")]
            Some(Link::Postgres(link)) => link.rollback().await,
            #[cfg(feature = "mysql")]
            Some(Link::Mysql(link)) => link.rollback().await,
            None => Ok(()),
        };
        if let Err(error) = outcome {
            tracing::warn!(target: "nuages::db", %error, place = %self.place, "rollback failed");
        }
    }
}

/// Marks the transaction as broken when what it guards is dropped before its end.
pub(super) struct Unfinished<'a>(pub(super) &'a State);

impl Unfinished<'_> {
    pub(super) fn disarm(self) {
        std::mem::forget(self);
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.broken.store(true, Ordering::SeqCst);
    }
}
