//! Connections that statements borrow one at a time. The driver's own pool asks the server before and after each use;
//! here a connection is asked only after it was idle for a while.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::super::{DbError, DbOptions};

/// An idle connection older than this is asked whether it still lives.
const TRUSTED: Duration = Duration::from_secs(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(super) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    opts: Opts,
    idle: Mutex<Vec<(Conn, Instant)>>,
    permits: Arc<Semaphore>,
    acquire_timeout: Duration,
}

/// A borrowed connection. Dropped, it is closed; [`Lease::give_back`] keeps it for the next.
pub(super) struct Lease {
    conn: Conn,
    used: bool,
    retired: bool,
    shared: Arc<Shared>,
    permit: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(opts: Opts, options: &DbOptions) -> Self {
        let shared = Shared {
            opts,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(options.connections.max(1))),
            acquire_timeout: options.acquire_timeout,
        };
        Self { shared: Arc::new(shared) }
    }

    pub(super) async fn get(&self) -> Result<Lease, DbError> {
        let permits = Arc::clone(&self.shared.permits);
        let permit = match tokio::time::timeout(self.shared.acquire_timeout, permits.acquire_owned()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(DbError::unavailable("the database is closed")),
            Err(_) => return Err(DbError::unavailable("no connection to MariaDB was free in time")),
        };
        while let Some((mut conn, since)) = self.shared.pop() {
            if since.elapsed() < TRUSTED || conn.ping().await.is_ok() {
                return Ok(Lease::of(conn, true, &self.shared, permit));
            }
        }
        self.open(permit).await
    }

    /// A new connection in place of one that has died.
    pub(super) async fn fresh(&self, dead: Lease) -> Result<Lease, DbError> {
        let Lease { conn, permit, .. } = dead;
        drop(conn);
        self.open(permit).await
    }

    /// Ends a connection in the middle of an answer, which the server would send to its end otherwise.
    pub(super) async fn kill(&self, lease: Lease) {
        let id = lease.conn.id();
        if let Ok(Ok(mut other)) =
            tokio::time::timeout(CONNECT_TIMEOUT, Conn::new(self.shared.opts.clone())).await
        {
            drop(other.query_drop(format!("KILL {id}")).await);
        }
    }

    async fn open(&self, permit: OwnedSemaphorePermit) -> Result<Lease, DbError> {
        let conn = match tokio::time::timeout(CONNECT_TIMEOUT, Conn::new(self.shared.opts.clone())).await {
            Ok(Ok(conn)) => conn,
            Ok(Err(error)) => return Err(super::error::unreachable(error)),
            Err(_) => {
                return Err(DbError::unavailable("cannot connect to MariaDB: no answer within 5 s"));
            }
        };
        Ok(Lease::of(conn, false, &self.shared, permit))
    }
}

impl Shared {
    fn pop(&self) -> Option<(Conn, Instant)> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

impl Lease {
    fn of(conn: Conn, used: bool, shared: &Arc<Shared>, permit: OwnedSemaphorePermit) -> Self {
        Self { conn, used, retired: false, shared: Arc::clone(shared), permit }
    }

    /// Whether the connection served someone before, so that the server may have closed it meanwhile.
    pub(super) fn is_used(&self) -> bool {
        self.used
    }

    /// Keeps it from being given back.
    pub(super) fn retire(&mut self) {
        self.retired = true;
    }

    pub(super) fn give_back(self) {
        let Self { conn, retired, shared, permit, .. } = self;
        if !retired && !conn.is_disconnected() {
            shared.idle.lock().unwrap_or_else(PoisonError::into_inner).push((conn, Instant::now()));
        }
        drop(permit);
    }
}

impl Deref for Lease {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}
