//! Entries in this process's memory (Django's `LocMemCache`), bounded by bytes, the least recently used out first.

use std::any::Any;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use moka::Expiry;
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;

use crate::error::{Error, Result};
use crate::time::Clock;

/// What is remembered beside an entry's bytes is small and of fixed size.
const OVERHEAD: usize = 128;

/// A stored value.
#[derive(Clone)]
pub(super) struct Entry {
    /// The value's JSON text.
    pub(super) value: Bytes,
    /// The value as it was first decoded from these bytes by a reader that shares it.
    pub(super) decoded: Arc<OnceLock<Arc<dyn Any + Send + Sync>>>,
    deadline: Option<Timestamp>,
}

impl Entry {
    pub(super) fn new(value: Bytes, deadline: Option<Timestamp>) -> Self {
        Self { value, decoded: Arc::default(), deadline }
    }

    fn stands(&self, clock: &Clock) -> bool {
        self.deadline.is_none_or(|deadline| clock.now() < deadline)
    }
}

pub(super) struct InProcess {
    entries: moka::sync::Cache<String, Entry>,
    clock: Clock,
}

impl InProcess {
    pub(super) fn new(max_bytes: u64, clock: Clock) -> Self {
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

    pub(super) fn get(&self, key: &str) -> Option<Entry> {
        self.entries.get(key).filter(|entry| entry.stands(&self.clock))
    }

    pub(super) fn set(&self, key: &str, value: Bytes, deadline: Option<Timestamp>) {
        self.compute(key, |_| Op::Put(Entry::new(value, deadline)));
    }

    pub(super) fn add(&self, key: &str, value: Bytes, deadline: Option<Timestamp>) -> bool {
        let mut added = false;
        self.compute(key, |found| {
            added = found.is_none();
            if added { Op::Put(Entry::new(value, deadline)) } else { Op::Nop }
        });
        added
    }

    /// The entry that is there if it is `good`, else `made`, which is put in its place.
    pub(super) fn get_or_put(&self, key: &str, made: Entry, good: impl FnOnce(&Entry) -> bool) -> Entry {
        let mut entry = made;
        self.compute(key, |found| match found.filter(good) {
            Some(standing) => {
                entry = standing;
                Op::Nop
            }
            None => Op::Put(entry.clone()),
        });
        entry
    }

    pub(super) fn touch(&self, key: &str, deadline: Option<Timestamp>) -> bool {
        let mut touched = false;
        self.compute(key, |found| {
            touched = found.is_some();
            found.map_or(Op::Nop, |entry| Op::Put(Entry { deadline, ..entry }))
        });
        touched
    }

    pub(super) fn incr(&self, key: &str, delta: i64) -> Result<Option<i64>> {
        let mut answer = Ok(None);
        self.compute(key, |found| {
            let Some(entry) = found else { return Op::Nop };
            let sum =
                serde_json::from_slice::<i64>(&entry.value).ok().and_then(|value| value.checked_add(delta));
            let Some(sum) = sum else {
                answer = Err(Error::conflict("the cache entry is no integer, or its sum is over 64 bits"));
                return Op::Nop;
            };
            answer = Ok(Some(sum));
            Op::Put(Entry::new(Bytes::from(sum.to_string()), entry.deadline))
        });
        answer
    }

    pub(super) fn delete(&self, key: &str) -> bool {
        let mut deleted = false;
        self.compute(key, |found| {
            deleted = found.is_some();
            Op::Remove
        });
        deleted
    }

    pub(super) fn clear(&self) {
        self.entries.invalidate_all();
    }

    /// One step on one key: two of them never interleave. Every write goes through here for that reason.
    fn compute(&self, key: &str, step: impl FnOnce(Option<Entry>) -> Op<Entry>) {
        self.entries.entry_by_ref(key).and_compute_with(|found| {
            step(found.map(moka::Entry::into_value).filter(|entry| entry.stands(&self.clock)))
        });
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

impl Expiry<String, Entry> for Deadline {
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
