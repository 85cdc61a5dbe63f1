//! A store whose absence is no error (`IGNORE_EXCEPTIONS` of django-redis): nothing is found then, and nothing is kept.
//!
//! What compares before it writes still fails: who asks for that must know what became of it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use bytes::Bytes;
use nuages_wire::cache::Expiry;

use super::answer::Answer;
use super::backend::{CacheBackend, Swapped, Ttl};
use crate::error::ErrorKind;

/// Between two lines of the log.
const QUIET: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Lenient {
    store: Box<dyn CacheBackend>,
    logged: Mutex<Option<Instant>>,
}

impl Lenient {
    pub(super) fn new(store: Box<dyn CacheBackend>) -> Self {
        Self { store, logged: Mutex::default() }
    }

    /// What `answer` is, or `otherwise` where the store is away.
    fn or<'a, T: Send + 'a>(&'a self, answer: Answer<'a, T>, otherwise: T) -> Answer<'a, T> {
        Answer::new(async move {
            match answer.await {
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    if self.may_log() {
                        tracing::warn!(%error, "IGNORE_EXCEPTIONS: going on without the cache");
                    }
                    Ok(otherwise)
                }
                answer => answer,
            }
        })
    }

    fn may_log(&self) -> bool {
        let Ok(mut logged) = self.logged.lock() else { return false };
        let quiet = logged.is_some_and(|last| last.elapsed() < QUIET);
        if !quiet {
            *logged = Some(Instant::now());
        }
        !quiet
    }
}

impl CacheBackend for Lenient {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Bytes>> {
        self.or(self.store.get(key), None)
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, expiry: Expiry) -> Answer<'a, ()> {
        self.or(self.store.set(key, value, expiry), ())
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, expiry: Expiry) -> Answer<'a, bool> {
        self.or(self.store.add(key, value, expiry), false)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, bool> {
        self.or(self.store.delete(key), false)
    }

    fn touch<'a>(&'a self, key: &'a str, expiry: Expiry) -> Answer<'a, bool> {
        self.or(self.store.touch(key, expiry), false)
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Answer<'a, Ttl> {
        self.or(self.store.ttl(key), Ttl::Missing)
    }

    fn incr<'a>(&'a self, key: &'a str, delta: i64) -> Answer<'a, Option<i64>> {
        self.or(self.store.incr(key, delta), None)
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a Bytes,
        value: Bytes,
        expiry: Expiry,
    ) -> Answer<'a, Swapped> {
        self.store.compare_and_swap(key, expected, value, expiry)
    }

    fn compare_and_delete<'a>(&'a self, key: &'a str, expected: &'a Bytes) -> Answer<'a, Swapped> {
        self.store.compare_and_delete(key, expected)
    }

    fn clear(&self) -> Answer<'_, ()> {
        self.or(self.store.clear(), ())
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Answer<'a, Vec<Option<Bytes>>> {
        self.or(self.store.get_many(keys), vec![None; keys.len()])
    }

    fn set_many<'a>(&'a self, entries: Vec<(String, Bytes)>, expiry: Expiry) -> Answer<'a, ()> {
        self.or(self.store.set_many(entries, expiry), ())
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Answer<'a, u64> {
        self.or(self.store.delete_many(keys), 0)
    }
}
