//! The entries in the cache, which may be away.
//!
//! An entry that a row has moved on from must go, above all that of a session that was logged out. When the cache does not
//! answer, its key is remembered: this process does not read it any more, and deletes it as soon as the cache is back.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use nuages_wire::session::{SessionKey, cached_db_key};

use crate::cache::{Cache, Swapped};
use crate::error::{Error, Result};
use crate::session::cache::timeout;
use crate::session::store::Record;

/// Keys that are remembered at most; what would need one more is refused.
const MAX_STALE: usize = 100_000;

/// How long a cache that did not answer is left in peace, and how often it is tried for what must be deleted there.
const PAUSE: Duration = Duration::from_millis(300);

/// How long an entry lives whose row was not looked at again: a process that dies in between leaves it behind.
const UNSURE: Duration = Duration::from_secs(10);

const LOG_EVERY: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub(super) struct Entries {
    cache: Cache,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    failed: Option<Instant>,
    logged: Option<Instant>,
    /// What is to be deleted when the cache is back.
    stale: HashSet<String>,
    /// A task is trying to.
    sweeping: bool,
}

impl Entries {
    pub(super) fn new(cache: Cache) -> Self {
        Self { cache, state: Arc::default() }
    }

    /// The entry, if there is one that can be read and is none to be deleted.
    pub(super) async fn get(&self, key: &SessionKey) -> Option<Bytes> {
        let name = cached_db_key(key);
        if !self.is_there() || self.state().stale.contains(&name) {
            return None;
        }
        self.noting(self.cache.get_bytes(&name).await).flatten()
    }

    /// Adds an entry, for a moment only, where there is none; answers it if it did.
    pub(super) async fn offer(&self, key: &SessionKey, entry: &Bytes, left: i64) -> Option<Bytes> {
        let name = cached_db_key(key);
        let left = Duration::from_secs(u64::try_from(left).unwrap_or(0));
        if left.is_zero() || !self.is_there() || self.state().stale.contains(&name) {
            return None;
        }
        let added = self.noting(self.cache.add_bytes(&name, entry.clone(), left.min(UNSURE)).await)?;
        added.then(|| entry.clone())
    }

    /// Lets the offered entry live as long as its row.
    pub(super) async fn keep(&self, key: &SessionKey, entry: Bytes, left: i64) {
        let left = Duration::from_secs(u64::try_from(left).unwrap_or(0));
        let kept = self.cache.compare_and_swap(&cached_db_key(key), &entry.clone(), entry, left).await;
        self.noting(kept);
    }

    /// Takes back the offered entry; it would go by itself, if the cache is away now.
    pub(super) async fn drop_stale(&self, key: &SessionKey, entry: &Bytes) {
        self.noting(self.cache.compare_and_delete(&cached_db_key(key), entry).await);
    }

    /// The entry of a session that was just created.
    pub(super) async fn set(&self, key: &SessionKey, record: &Record) -> Result<()> {
        let name = cached_db_key(key);
        if !self.is_there() {
            return Ok(());
        }
        match self.noting(self.cache.set_bytes(&name, record.data.clone(), timeout(record)).await) {
            Some(()) => Ok(()),
            None => self.remember(name),
        }
    }

    /// Replaces the entry if it is what was loaded; any other is older than the row, or of another writer.
    pub(super) async fn replace(&self, key: &SessionKey, loaded: &Bytes, record: &Record) -> Result<()> {
        let name = cached_db_key(key);
        if !self.is_there() || self.state().stale.contains(&name) {
            return self.remember(name);
        }
        let (new, life) = (record.data.clone(), timeout(record));
        match self.noting(self.cache.compare_and_swap(&name, loaded, new, life).await) {
            Some(Swapped::Done | Swapped::Missing) => Ok(()),
            Some(Swapped::Changed(_)) => self.delete(key).await,
            None => self.remember(name),
        }
    }

    pub(super) async fn delete(&self, key: &SessionKey) -> Result<()> {
        let name = cached_db_key(key);
        if !self.is_there() {
            return self.remember(name);
        }
        match self.noting(self.cache.delete(&name).await) {
            Some(_) => Ok(()),
            None => self.remember(name),
        }
    }

    /// Notes the entry as one to be deleted, and has that tried until it is done.
    fn remember(&self, name: String) -> Result<()> {
        let mut state = self.state();
        if state.stale.len() >= MAX_STALE && !state.stale.contains(&name) {
            return Err(Error::unavailable("the cache is away, and too much waits to be deleted there"));
        }
        state.stale.insert(name);
        if !std::mem::replace(&mut state.sweeping, true) {
            tokio::spawn(sweep(self.cache.clone(), Arc::downgrade(&self.state)));
        }
        Ok(())
    }

    /// Whether the cache answered lately, or is to be tried again.
    fn is_there(&self) -> bool {
        self.state().failed.is_none_or(|failed| failed.elapsed() > PAUSE)
    }

    /// Notes whether the cache answered; the log is told once a minute that it does not.
    fn noting<T>(&self, outcome: Result<T>) -> Option<T> {
        let mut state = self.state();
        match outcome {
            Ok(value) => {
                state.failed = None;
                Some(value)
            }
            Err(error) => {
                state.failed = Some(Instant::now());
                if state.logged.is_none_or(|logged| logged.elapsed() > LOG_EVERY) {
                    state.logged = state.failed;
                    tracing::warn!(
                        target: "nuages::session",
                        %error,
                        "the cache is away; sessions are served from the database"
                    );
                }
                None
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Deletes what is remembered, as soon as the cache lets it.
async fn sweep(cache: Cache, state: std::sync::Weak<Mutex<State>>) {
    loop {
        let next = {
            let Some(state) = state.upgrade() else { return };
            let mut state = lock(&state);
            let next = state.stale.iter().next().cloned();
            state.sweeping = next.is_some();
            next
        };
        let Some(name) = next else { return };
        match cache.delete(&name).await {
            Ok(_) => {
                let Some(state) = state.upgrade() else { return };
                let mut state = lock(&state);
                state.stale.remove(&name);
                state.failed = None;
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
