//! A session store of one's own.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use nuages::Result;
use nuages::session::{Record, SessionConfig, SessionKey, SessionLayer, SessionStore, Swap};
use nuages_wire::crypto::SecretKeys;

/// Sessions in this process's memory: gone with it.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore(Mutex<HashMap<SessionKey, Record>>);

impl MemoryStore {
    fn records(&self) -> MutexGuard<'_, HashMap<SessionKey, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a write that expects `loaded` under `key` must answer instead of writing.
    fn refusal(found: Option<&Record>, loaded: Option<&Bytes>) -> Option<Swap> {
        match found {
            None => Some(Swap::Gone),
            Some(found) if loaded.is_some_and(|loaded| found.data != loaded) => {
                Some(Swap::Changed(found.data.clone()))
            }
            Some(_) => None,
        }
    }
}

impl SessionStore for MemoryStore {
    async fn load(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Bytes>> {
        Ok(self
            .records()
            .get(key)
            .filter(|record| record.expire_date > now)
            .map(|record| record.data.clone()))
    }

    async fn exists(&self, key: &SessionKey) -> Result<bool> {
        Ok(self.records().contains_key(key))
    }

    async fn create(&self, key: &SessionKey, record: &Record) -> Result<Option<SessionKey>> {
        let mut records = self.records();
        let free = !records.contains_key(key);
        if free {
            records.insert(key.clone(), record.clone());
        }
        Ok(free.then(|| key.clone()))
    }

    async fn save(&self, key: &SessionKey, loaded: &Bytes, record: &Record) -> Result<Swap> {
        let mut records = self.records();
        Ok(Self::refusal(records.get(key), Some(loaded)).unwrap_or_else(|| {
            records.insert(key.clone(), record.clone());
            Swap::Done
        }))
    }

    async fn delete(&self, key: &SessionKey, loaded: Option<&Bytes>) -> Result<Swap> {
        let mut records = self.records();
        Ok(Self::refusal(records.get(key), loaded).unwrap_or_else(|| {
            records.remove(key);
            Swap::Done
        }))
    }

    async fn clear_expired(&self, now: Timestamp, batch: u32) -> Result<u64> {
        let mut records = self.records();
        let expired =
            records.iter().filter(|(_, record)| record.expire_date < now).map(|(key, _)| key.clone());
        let expired: Vec<SessionKey> = expired.take(batch as usize).collect();
        expired.iter().for_each(|key| drop(records.remove(key)));
        Ok(expired.len() as u64)
    }
}

#[allow(dead_code)]
fn main() {
    let config = SessionConfig::new(SecretKeys::new("not a secret: from an example"));
    let _layer = SessionLayer::new(MemoryStore::default(), config);
}
