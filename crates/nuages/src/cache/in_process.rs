//! Entries in this process's memory (Django's `LocMemCache`), bounded by bytes, the least recently used out first.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use nuages_wire::cache::Expiry;

use super::answer::Answer;
use super::backend::{CacheBackend, Swapped, Ttl};
use crate::error::{Error, Result};
use crate::time::Clock;

/// What is remembered beside an entry's bytes is small and of fixed size.
const OVERHEAD: usize = 128;

/// A stored value.
#[derive(Clone)]
struct Entry {
    value: Bytes,
    deadline: Option<Timestamp>,
}

impl Entry {
    fn stands(&self, clock: &Clock) -> bool {
        self.deadline.is_none_or(|deadline| clock.now() < deadline)
    }
}

/// A cache that other processes do not see, and that is empty after a restart.
pub struct InProcess {
    entries: moka::sync::Cache<String, Entry>,
    clock: Clock,
}

impl InProcess {
    /// Keys and values may fill `max_bytes` together.
    pub fn new(max_bytes: u64, clock: Clock) -> Self {
        let weigh = |key: &String, entry: &Entry| {
            u32::try_from(key.len() + entry.value.len() + OVERHEAD).unwrap_or(u32::MAX)
        };
        // The admission filter of the default policy may refuse a new entry in favour of popular ones; a login
        // throttle's counter must not be refused.
        let entries = moka::sync::Cache::builder()
            .weigher(weigh)
            .max_capacity(max_bytes)
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(Deadline(clock.clone()))
            .build();
        Self { entries, clock }
    }

    fn find(&self, key: &str) -> Option<Entry> {
        self.entries.get(key).filter(|entry| entry.stands(&self.clock))
    }

    fn entry(&self, value: Bytes, expiry: Expiry) -> Op<Entry> {
        let after = match expiry {
            Expiry::Now => return Op::Remove,
            Expiry::Never => return Op::Put(Entry { value, deadline: None }),
            Expiry::After(after) => after,
        };
        Op::Put(Entry { value, deadline: self.clock.now().checked_add(after).ok() })
    }

    /// One step on one key: two of them never interleave. Every write goes through here for that reason.
    fn compute<R>(&self, key: &str, step: impl FnOnce(Option<Entry>) -> (Op<Entry>, R)) -> Option<R> {
        let mut answer = None;
        self.entries.entry_by_ref(key).and_compute_with(|found| {
            let standing = found.map(moka::Entry::into_value).filter(|entry| entry.stands(&self.clock));
            let (op, result) = step(standing);
            answer = Some(result);
            op
        });
        answer
    }

    fn increase(&self, key: &str, delta: i64) -> Result<Option<i64>> {
        let step = |found: Option<Entry>| {
            let Some(entry) = found else { return (Op::Nop, Ok(None)) };
            let number = std::str::from_utf8(&entry.value).ok().and_then(|text| text.parse::<i64>().ok());
            match number.and_then(|number| number.checked_add(delta)) {
                Some(sum) => (Op::Put(Entry { value: sum.to_string().into(), ..entry }), Ok(Some(sum))),
                None => (Op::Nop, Err(no_integer())),
            }
        };
        self.compute(key, step).unwrap_or(Ok(None))
    }

    /// Runs `step` on what is there if that is `expected`.
    fn compare(&self, key: &str, expected: &Bytes, step: impl FnOnce() -> Op<Entry>) -> Swapped {
        let compared = self.compute(key, |found| match found {
            None => (Op::Nop, Swapped::Missing),
            Some(entry) if entry.value == expected => (step(), Swapped::Done),
            Some(entry) => (Op::Nop, Swapped::Changed(entry.value)),
        });
        compared.unwrap_or(Swapped::Missing)
    }
}

/// What `incr` answers where Django raises.
pub(super) fn no_integer() -> Error {
    Error::conflict("the cache entry is no integer, or its sum is over 64 bits")
}

impl CacheBackend for InProcess {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Bytes>> {
        Answer::ready(Ok(self.find(key).map(|entry| entry.value)))
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, expiry: Expiry) -> Answer<'a, ()> {
        self.compute(key, |_| (self.entry(value, expiry), ()));
        Answer::ready(Ok(()))
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, expiry: Expiry) -> Answer<'a, bool> {
        let added = self.compute(key, |found| match found {
            None => (self.entry(value, expiry), true),
            Some(_) => (Op::Nop, false),
        });
        Answer::ready(Ok(added.unwrap_or(false)))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, bool> {
        let deleted = self.compute(key, |found| (Op::Remove, found.is_some()));
        Answer::ready(Ok(deleted.unwrap_or(false)))
    }

    fn touch<'a>(&'a self, key: &'a str, expiry: Expiry) -> Answer<'a, bool> {
        let touched = self.compute(key, |found| match found {
            Some(entry) => (self.entry(entry.value, expiry), true),
            None => (Op::Nop, false),
        });
        Answer::ready(Ok(touched.unwrap_or(false)))
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Answer<'a, Ttl> {
        let ttl = match self.find(key) {
            None => Ttl::Missing,
            Some(Entry { deadline: None, .. }) => Ttl::Never,
            Some(Entry { deadline: Some(deadline), .. }) => {
                let left = deadline.duration_since(self.clock.now());
                Ttl::After(Duration::try_from(left).unwrap_or(Duration::ZERO))
            }
        };
        Answer::ready(Ok(ttl))
    }

    fn incr<'a>(&'a self, key: &'a str, delta: i64) -> Answer<'a, Option<i64>> {
        Answer::ready(self.increase(key, delta))
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a Bytes,
        value: Bytes,
        expiry: Expiry,
    ) -> Answer<'a, Swapped> {
        Answer::ready(Ok(self.compare(key, expected, || self.entry(value, expiry))))
    }

    fn compare_and_delete<'a>(&'a self, key: &'a str, expected: &'a Bytes) -> Answer<'a, Swapped> {
        Answer::ready(Ok(self.compare(key, expected, || Op::Remove)))
    }

    fn clear(&self) -> Answer<'_, ()> {
        self.entries.invalidate_all();
        Answer::ready(Ok(()))
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").field("entries", &self.entries.entry_count()).finish_non_exhaustive()
    }
}

/// Tells moka when an entry's room may be taken back. Whether an entry still stands is decided by our own clock.
struct Deadline(Clock);

impl Deadline {
    fn left(&self, entry: &Entry) -> Option<Duration> {
        let left = entry.deadline?.duration_since(self.0.now());
        Some(Duration::try_from(left).unwrap_or(Duration::ZERO))
    }
}

impl moka::Expiry<String, Entry> for Deadline {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: Instant) -> Option<Duration> {
        self.left(entry)
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        self.left(entry)
    }
}
