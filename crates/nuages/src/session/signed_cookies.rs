//! Sessions in the cookie itself (`django.contrib.sessions.backends.signed_cookies`).
//!
//! The cookie `sessionid=eyJhIjoxfQ:1vgM1A:DG6p3lVdoR88Z4duOBD3VK0lPdIYgSTbuHprPpPbIJc` is the session `{"a":1}`, signed
//! and not encrypted: its visitor can read it. It lives `SESSION_COOKIE_AGE` from its last save, whatever `set_expiry`
//! says.
//!
//! There is nothing to compare with before a save, so none of what the other engines promise holds: of two requests at
//! once the cookie that arrives last stays, a logout ends nothing but this browser's cookie, and who keeps an old cookie
//! can send it again. What may be used once belongs into the cache or the database.

use bytes::Bytes;
use jiff::Timestamp;
use nuages_wire::session::{Codec, SessionKey};

use super::store::{Record, SessionStore, Swap};
use super::{Encoding, SessionConfig};
use crate::error::{Error, ErrorKind, Result};

/// A cookie whose name and value are longer is dropped by browsers, without a word (RFC 6265bis, section 5.7).
const MAX_COOKIE: usize = 4096;

/// No store: the cookie has everything.
#[derive(Clone, Debug)]
pub struct SignedCookiesStore {
    codec: Codec,
    cookie_name: String,
    cookie_age: i64,
}

impl SignedCookiesStore {
    /// Sessions in the cookie of this configuration, signed by its keys.
    pub fn new(config: &SessionConfig) -> Self {
        Self {
            codec: Codec::signed_cookies(&config.secret_keys),
            cookie_name: config.cookie_name.clone(),
            cookie_age: config.cookie_age,
        }
    }

    /// The cookie's value.
    fn cookie(&self, record: &Record) -> Result<SessionKey> {
        let length = self.cookie_name.len() + record.data.len();
        if length > MAX_COOKIE {
            let message = format!(
                "the session makes a cookie of {length} bytes, and browsers drop what is over {MAX_COOKIE}: store less \
                 in it, or choose another SESSION_ENGINE"
            );
            return Err(Error::new(ErrorKind::Internal, message));
        }
        let value = std::str::from_utf8(&record.data).ok().and_then(SessionKey::parse);
        value.ok_or_else(|| Error::internal("a session that is no text cannot be a cookie"))
    }
}

impl SessionStore for SignedCookiesStore {
    async fn load(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Bytes>> {
        let read = self.codec.decode_bytes(key.as_str(), Some(self.cookie_age), now.as_second());
        Ok(read.is_ok().then(|| Bytes::copy_from_slice(key.as_str().as_bytes())))
    }

    /// Always `false`: no key is taken.
    async fn exists(&self, _: &SessionKey) -> Result<bool> {
        Ok(false)
    }

    async fn create(&self, _: &SessionKey, record: &Record) -> Result<Option<SessionKey>> {
        self.cookie(record).map(Some)
    }

    async fn save(&self, _: &SessionKey, _: &Bytes, record: &Record) -> Result<Swap> {
        self.cookie(record).map(Swap::Moved)
    }

    async fn delete(&self, _: &SessionKey, _: Option<&Bytes>) -> Result<Swap> {
        Ok(Swap::Done)
    }

    async fn clear_expired(&self, _: Timestamp, _: u32) -> Result<u64> {
        Ok(0)
    }

    fn encoding(&self) -> Encoding {
        Encoding::SIGNED_COOKIES
    }
}
