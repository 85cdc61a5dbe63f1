//! Where sessions are kept: six verbs over opaque bytes.
//!
//! The base owns the semantics (what a session holds, when it is saved, what a conflict means); a store keeps bytes
//! under a key until a date. Two of its verbs compare before they write, and on that alone rests the promise that no
//! update is lost. A key is a text, and a write may answer with another one: a store without a place of its own keeps
//! the session in the cookie's value. A complete store:
//!
//! ```
#![doc = include_str!("../../examples/session_store.rs")]
//! ```

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryFutureExt;
use jiff::Timestamp;
use nuages_wire::session::SessionKey;

use super::encoding::Encoding;
use crate::error::{Error, ErrorKind, Result};

/// What a store keeps under a session's key.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The encoded session; the database's column `session_data`.
    pub data: Bytes,
    /// When the session stops being valid; the column `expire_date`.
    pub expire_date: Timestamp,
    /// The seconds until then (`get_expiry_age`); 0 or less when that is over.
    pub expiry_age: i64,
}

/// The outcome of a write that compares first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// The stored bytes were the expected ones, and the write is done.
    Done,
    /// As `Done`, and the session is under this key from now on: the cookie's new value.
    Moved(SessionKey),
    /// Other bytes are stored: these. Nothing was written.
    Changed(Bytes),
    /// Nothing is stored under the key. Nothing was written.
    Gone,
}

/// Six verbs, each of them atomic. A store that cannot tell what became of a write returns an error, of kind
/// [`Unavailable`](crate::error::ErrorKind::Unavailable) when it is away: such a write is never repeated.
pub trait SessionStore: Send + Sync + 'static {
    /// The bytes under `key`, unless there are none or they expire at or before `now`.
    fn load(&self, key: &SessionKey, now: Timestamp) -> impl Future<Output = Result<Option<Bytes>>> + Send;

    /// Whether anything is stored under `key`, expired or not.
    fn exists(&self, key: &SessionKey) -> impl Future<Output = Result<bool>> + Send;

    /// Stores under a new key, and answers the key that the session has now: `key`, unless the store makes its own.
    /// `None`, and nothing written, when the key is taken.
    fn create(
        &self,
        key: &SessionKey,
        record: &Record,
    ) -> impl Future<Output = Result<Option<SessionKey>>> + Send;

    /// Replaces what is stored under `key`, if it still is `loaded`. It never creates.
    fn save(
        &self,
        key: &SessionKey,
        loaded: &Bytes,
        record: &Record,
    ) -> impl Future<Output = Result<Swap>> + Send;

    /// Deletes what is stored under `key`; with `loaded` only if it still is that.
    fn delete(&self, key: &SessionKey, loaded: Option<&Bytes>) -> impl Future<Output = Result<Swap>> + Send;

    /// Deletes at most `batch` sessions that expired before `now`, and says how many.
    fn clear_expired(&self, now: Timestamp, batch: u32) -> impl Future<Output = Result<u64>> + Send;

    /// What the bytes are: signed text, as in Django's table, unless the store says otherwise.
    fn encoding(&self) -> Encoding {
        Encoding::DJANGO
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// [`SessionStore`] behind a pointer, so that the `Session` extractor has no type parameter.
pub(super) trait AnyStore: Send + Sync {
    fn load<'a>(&'a self, key: &'a SessionKey, now: Timestamp) -> Boxed<'a, Option<Bytes>>;
    fn create<'a>(&'a self, key: &'a SessionKey, record: &'a Record) -> Boxed<'a, Option<SessionKey>>;
    fn save<'a>(&'a self, key: &'a SessionKey, loaded: &'a Bytes, record: &'a Record) -> Boxed<'a, Swap>;
    fn delete<'a>(&'a self, key: &'a SessionKey, loaded: Option<&'a Bytes>) -> Boxed<'a, Swap>;
    fn encoding(&self) -> Encoding;
}

impl<S: SessionStore> AnyStore for S {
    fn load<'a>(&'a self, key: &'a SessionKey, now: Timestamp) -> Boxed<'a, Option<Bytes>> {
        Box::pin(SessionStore::load(self, key, now).map_err(try_soon))
    }

    fn create<'a>(&'a self, key: &'a SessionKey, record: &'a Record) -> Boxed<'a, Option<SessionKey>> {
        Box::pin(SessionStore::create(self, key, record).map_err(try_soon))
    }

    fn save<'a>(&'a self, key: &'a SessionKey, loaded: &'a Bytes, record: &'a Record) -> Boxed<'a, Swap> {
        Box::pin(SessionStore::save(self, key, loaded, record).map_err(try_soon))
    }

    fn delete<'a>(&'a self, key: &'a SessionKey, loaded: Option<&'a Bytes>) -> Boxed<'a, Swap> {
        Box::pin(SessionStore::delete(self, key, loaded).map_err(try_soon))
    }

    fn encoding(&self) -> Encoding {
        SessionStore::encoding(self)
    }
}

/// A store that is away is asked again within a second of its return.
fn try_soon(error: Error) -> Error {
    match (error.kind(), error.retry_after()) {
        (ErrorKind::Unavailable, None) => error.with_retry_after(Duration::from_secs(1)),
        _ => error,
    }
}

impl fmt::Debug for Record {
    /// Without the data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("expire_date", &self.expire_date).finish_non_exhaustive()
    }
}

impl fmt::Debug for dyn AnyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionStore")
    }
}
