//! Where a cache keeps its entries: verbs over opaque bytes, under keys that are complete.

use std::fmt::Debug;
use std::time::Duration;

use bytes::Bytes;
use nuages_wire::cache::Expiry;

use super::answer::Answer;

/// What a write that compares first came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Swapped {
    /// What was stored was the expected, and the write is done.
    Done,
    /// Other bytes are stored: these. Nothing was written.
    Changed(Bytes),
    /// Nothing is stored. Nothing was written.
    Missing,
}

/// How long an entry still stands (`ttl` of django-redis).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ttl {
    /// There is no entry; django-redis answers 0.
    Missing,
    /// It stands until it is deleted; django-redis answers None.
    Never,
    /// This long.
    After(Duration),
}

/// A cache's entries. Each verb is one step: two of them on one key never interleave.
///
/// A store that cannot be reached, or cannot tell what became of a write, answers an error of kind
/// [`Unavailable`](crate::error::ErrorKind::Unavailable): such a write is never repeated.
pub trait CacheBackend: Debug + Send + Sync + 'static {
    /// The bytes under `key`.
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Bytes>>;

    /// Stores under `key`, whatever was there; with [`Expiry::Now`] it is a deletion.
    fn set<'a>(&'a self, key: &'a str, value: Bytes, expiry: Expiry) -> Answer<'a, ()>;

    /// Stores if there is nothing under `key`, and says whether it did; with [`Expiry::Now`] nothing is left behind.
    fn add<'a>(&'a self, key: &'a str, value: Bytes, expiry: Expiry) -> Answer<'a, bool>;

    /// Removes the entry; says whether there was one.
    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, bool>;

    /// Gives the entry a new time to stand; says whether there was one.
    fn touch<'a>(&'a self, key: &'a str, expiry: Expiry) -> Answer<'a, bool>;

    /// How long the entry still stands.
    fn ttl<'a>(&'a self, key: &'a str) -> Answer<'a, Ttl>;

    /// Adds to an integer written in decimal digits and answers the sum; the time it stands is kept. `None` without an
    /// entry; a conflict when it is no integer or the sum does not fit.
    fn incr<'a>(&'a self, key: &'a str, delta: i64) -> Answer<'a, Option<i64>>;

    /// Stores under `key` if exactly `expected` is there.
    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a Bytes,
        value: Bytes,
        expiry: Expiry,
    ) -> Answer<'a, Swapped>;

    /// Removes the entry if it is exactly `expected`.
    fn compare_and_delete<'a>(&'a self, key: &'a str, expected: &'a Bytes) -> Answer<'a, Swapped>;

    /// Removes every entry, of all prefixes and versions.
    fn clear(&self) -> Answer<'_, ()>;

    /// The bytes under each key.
    fn get_many<'a>(&'a self, keys: &'a [String]) -> Answer<'a, Vec<Option<Bytes>>> {
        Answer::new(async move {
            let mut found = Vec::with_capacity(keys.len());
            for key in keys {
                found.push(self.get(key).await?);
            }
            Ok(found)
        })
    }

    /// Stores under each key.
    fn set_many<'a>(&'a self, entries: Vec<(String, Bytes)>, expiry: Expiry) -> Answer<'a, ()> {
        Answer::new(async move {
            for (key, value) in entries {
                self.set(&key, value, expiry).await?;
            }
            Ok(())
        })
    }

    /// Removes the entries; says how many there were.
    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Answer<'a, u64> {
        Answer::new(async move {
            let mut deleted = 0;
            for key in keys {
                deleted += u64::from(self.delete(key).await?);
            }
            Ok(deleted)
        })
    }
}
