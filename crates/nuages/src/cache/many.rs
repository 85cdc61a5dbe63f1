//! Django's verbs over many keys at once.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::value::{decode, encode};
use super::{Cache, Timeout};
use crate::error::Result;

impl Cache {
    /// The values under those of `keys` that are there and are a `T`.
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn get_many<T: DeserializeOwned>(&self, keys: &[&str]) -> Result<BTreeMap<String, T>> {
        if keys.is_empty() {
            return Ok(BTreeMap::new());
        }
        let made = self.make_keys(keys);
        let found = self.shared.store.get_many(&made).await?;
        let values = keys.iter().zip(&made).zip(found).filter_map(|((key, made), bytes)| {
            Some(((*key).to_owned(), decode(self.shared.format, made, &bytes?)?))
        });
        Ok(values.collect())
    }

    /// Stores each value under its key. After an error some may be stored and others not.
    ///
    /// # Errors
    /// As [`Cache::set`].
    pub async fn set_many<'a, T>(
        &self,
        entries: impl IntoIterator<Item = (&'a str, &'a T)>,
        timeout: impl Into<Timeout>,
    ) -> Result<()>
    where
        T: Serialize + ?Sized + 'a,
    {
        let mut encoded = Vec::new();
        for (key, value) in entries {
            let key = self.make_key(key);
            self.shared.flights.overtake(&key);
            encoded.push((key, encode(self.shared.format, value)?));
        }
        self.shared.store.set_many(encoded, self.expiry(timeout.into())).await
    }

    /// Removes the entries; says how many there were.
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn delete_many(&self, keys: &[&str]) -> Result<u64> {
        if keys.is_empty() {
            return Ok(0);
        }
        let made = self.make_keys(keys);
        made.iter().for_each(|key| self.shared.flights.overtake(key));
        self.shared.store.delete_many(&made).await
    }

    fn make_keys(&self, keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| self.make_key(key)).collect()
    }
}
