//! The entries in the cache, which may be away.
//!
//! An entry that a row has moved on from must go, above all that of a session that was logged out. When the cache does not
//! answer, that is noted beside the row ([`Owed`]) and the cache is closed: this process serves the rows alone until
//! everything that anybody noted is done. It begins closed as well, for a process before it may have been killed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use nuages_wire::pickle::Value;
use nuages_wire::session::{CACHED_DB_PREFIX, SessionKey};
use tokio::sync::oneshot;

use super::owed::Owed;
use crate::cache::{Cache, Swapped};
use crate::error::{Error, Result};
use crate::session::cache::timeout;
use crate::session::store::Record;

/// How long a cache that did not answer is left in peace.
const PAUSE: Duration = Duration::from_millis(300);

/// How long an entry lives whose row was not looked at again: a process that dies in between leaves it behind.
const UNSURE: Duration = Duration::from_secs(10);

/// How long a buried entry keeps others from standing in its place: longer than any statement may take.
const BURIED: Duration = Duration::from_secs(120);

/// How often it is looked for what another process noted and did not live to do.
const LOOK_EVERY: Duration = Duration::from_secs(60);

const LOG_EVERY: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub(super) struct Entries {
    cache: Cache,
    pub(super) owed: Owed,
    /// `None`, as the cache writes it: a reader finds no session, and nothing is added in its place.
    tomb: Bytes,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Entries may be read.
    open: bool,
    /// A task is trying to do what is noted, and then to open.
    settling: bool,
    /// Something was noted since that task looked.
    owing: bool,
    looked: Option<Instant>,
    logged: Option<Instant>,
}

impl Entries {
    pub(super) fn new(cache: Cache, owed: Owed) -> Self {
        // Every serializer has a form for it.
        let tomb = cache.codec().encode(&Value::None).unwrap_or_default().into();
        Self { cache: cache.under(CACHED_DB_PREFIX), owed, tomb, state: Arc::default() }
    }

    /// Whether the cache is read and written. The first to ask waits for what an earlier process left to do.
    pub(super) async fn are_open(&self) -> bool {
        let attempt = {
            let mut state = self.state();
            match state.looked {
                Some(looked) => {
                    if state.open && looked.elapsed() > LOOK_EVERY {
                        state.looked = Some(Instant::now());
                        self.look();
                    }
                    return state.open;
                }
                None => {
                    state.looked = Some(Instant::now());
                    self.settle(&mut state)
                }
            }
        };
        // The sender goes when the first attempt is over.
        let _ = attempt.await;
        self.state().open
    }

    /// The entry, if there is one that can be read.
    pub(super) async fn get(&self, key: &SessionKey) -> Option<Bytes> {
        if !self.are_open().await {
            return None;
        }
        let found = self.noting(self.cache.get_bytes(key.as_str()).await).flatten();
        found.filter(|found| *found != self.tomb)
    }

    /// Adds an entry, for a moment only, where there is none; answers it if it did.
    pub(super) async fn offer(&self, key: &SessionKey, entry: &Bytes, left: i64) -> Option<Bytes> {
        let left = Duration::from_secs(u64::try_from(left).unwrap_or(0));
        if left.is_zero() || !self.are_open().await {
            return None;
        }
        let added = self.noting(self.cache.add_bytes(key.as_str(), entry.clone(), left.min(UNSURE)).await)?;
        added.then(|| entry.clone())
    }

    /// Lets the offered entry live as long as its row.
    pub(super) async fn keep(&self, key: &SessionKey, entry: Bytes, left: i64) {
        let left = Duration::from_secs(u64::try_from(left).unwrap_or(0));
        let kept = self.cache.compare_and_swap(key.as_str(), &entry.clone(), entry, left).await;
        self.noting(kept);
    }

    /// Takes back the offered entry; it would go by itself, if the cache is away now.
    pub(super) async fn drop_stale(&self, key: &SessionKey, entry: &Bytes) {
        self.noting(self.cache.compare_and_delete(key.as_str(), entry).await);
    }

    /// The entry of a session that was just created.
    pub(super) async fn set(&self, key: &SessionKey, record: &Record) -> Result<()> {
        if !self.are_open().await {
            return Ok(());
        }
        let set = self.cache.set_bytes(key.as_str(), record.data.clone(), timeout(record)).await;
        self.done_or_owed(key, set).await
    }

    /// Replaces the entry if it is what was loaded; any other is older than the row, or of another writer.
    pub(super) async fn replace(&self, key: &SessionKey, loaded: &Bytes, record: &Record) -> Result<()> {
        let (new, life) = (record.data.clone(), timeout(record));
        let swapped = self.cache.compare_and_swap(key.as_str(), loaded, new, life).await;
        let swapped = match swapped {
            Ok(Swapped::Changed(found)) => self.take_out(key, found).await,
            done => done.map(drop),
        };
        self.done_or_owed(key, swapped).await
    }

    /// Deletes the entry.
    pub(super) async fn delete(&self, key: &SessionKey) -> Result<()> {
        if !self.are_open().await {
            self.owed.note(&self.owed.db, key).await?;
            self.are_owed();
            return Ok(());
        }
        let deleted = self.cache.delete(key.as_str()).await.map(drop);
        self.done_or_owed(key, deleted).await
    }

    /// Puts `None` in the place of the entry of a row that is about to be deleted, so that a process that is killed in
    /// between leaves no session behind; `false` if the cache is away.
    pub(super) async fn bury(&self, key: &SessionKey) -> bool {
        if !self.are_open().await {
            return false;
        }
        self.noting(self.cache.set_bytes(key.as_str(), self.tomb.clone(), BURIED).await).is_some()
    }

    /// Deletes a buried entry, and what a Django that had read the row may have put there; nobody waits for it.
    pub(super) fn clear_away(&self, key: &SessionKey) {
        let (entries, key) = (self.clone(), key.clone());
        tokio::spawn(async move { entries.noting(entries.cache.delete(key.as_str()).await) });
    }

    /// Has what was just noted done as soon as the cache lets it.
    pub(super) fn are_owed(&self) {
        let mut state = self.state();
        state.owing = true;
        self.close(&mut state);
    }

    /// Deletes an entry that was `found`, or what is there instead by then, but no buried one.
    async fn take_out(&self, key: &SessionKey, mut found: Bytes) -> Result<()> {
        while found != self.tomb {
            match self.cache.compare_and_delete(key.as_str(), &found).await? {
                Swapped::Changed(other) => found = other,
                Swapped::Done | Swapped::Missing => break,
            }
        }
        Ok(())
    }

    async fn done_or_owed(&self, key: &SessionKey, outcome: Result<()>) -> Result<()> {
        if self.noting(outcome).is_none() {
            self.owed.note(&self.owed.db, key).await?;
            self.are_owed();
        }
        Ok(())
    }

    /// Closes the cache if it did not answer.
    fn noting<T>(&self, outcome: Result<T>) -> Option<T> {
        outcome
            .inspect_err(|error| {
                let mut state = self.state();
                state.tell(error);
                self.close(&mut state);
            })
            .ok()
    }

    fn close(&self, state: &mut State) {
        state.open = false;
        if !state.settling {
            drop(self.settle(state));
        }
    }

    /// Starts the task that opens the cache; its receiver is done after the first attempt.
    fn settle(&self, state: &mut State) -> oneshot::Receiver<()> {
        let (attempted, first) = oneshot::channel();
        state.settling = true;
        let (cache, owed, state) = (self.cache.clone(), self.owed.clone(), Arc::downgrade(&self.state));
        tokio::spawn(settle(cache, owed, state, attempted));
        first
    }

    /// Does what another process noted and could not do, while the cache stays open.
    fn look(&self) {
        let (cache, owed) = (self.cache.clone(), self.owed.clone());
        tokio::spawn(async move {
            if let Err(error) = owed.settle(&cache).await {
                tracing::debug!(target: "nuages::session", %error, "stale entries were not looked for");
            }
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// The log is told once a minute.
    fn tell(&mut self, error: &Error) {
        if self.logged.is_none_or(|logged| logged.elapsed() > LOG_EVERY) {
            self.logged = Some(Instant::now());
            tracing::warn!(
                target: "nuages::session",
                %error,
                "the cache is away; sessions are served from the database"
            );
        }
    }
}

/// Does what is noted as soon as cache and database let it, then opens the cache; ends with the store.
async fn settle(cache: Cache, owed: Owed, state: Weak<Mutex<State>>, first: oneshot::Sender<()>) {
    let mut first = Some(first);
    loop {
        match state.upgrade() {
            Some(state) => lock(&state).owing = false,
            None => return,
        }
        let settled = owed.settle(&cache).await;
        let Some(state) = state.upgrade() else { return };
        let failed = {
            let mut state = lock(&state);
            let open = settled.is_ok() && !state.owing;
            if open {
                (state.open, state.settling, state.looked) = (true, false, Some(Instant::now()));
                return;
            }
            settled.inspect_err(|error| state.tell(error)).is_err()
        };
        drop((first.take(), state));
        if failed {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
