//! How a store's bytes are made: by the engine's rule, with the site's keys and serializer.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use nuages_wire::cache;
use nuages_wire::session::{Codec, Data, Error as SignedError, Format, FormatError};

use super::SessionConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::settings::SessionSerializer;

/// What a store's bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Text signed under this salt: Django's is `django.contrib.sessions.` and the name of the store's class.
    Signed {
        /// The salt.
        salt: Cow<'static, str>,
    },
    /// The bare dict, as this cache writes its values: a pickle.
    Cache(cache::Codec),
}

impl Encoding {
    /// `SessionStore`, the class of Django's engines `db`, `file` and `cached_db`.
    pub const DJANGO: Self = Self::Signed { salt: Cow::Borrowed(Codec::SALT) };

    /// The engine `signed_cookies`.
    pub const SIGNED_COOKIES: Self = Self::Signed { salt: Cow::Borrowed(Codec::SIGNED_COOKIES_SALT) };

    pub(super) fn format(&self, config: &SessionConfig) -> Format {
        match (self, config.serializer) {
            (Self::Signed { salt }, SessionSerializer::Json) => {
                Format::Signed(Codec::with_salt(&config.secret_keys, salt))
            }
            (Self::Signed { salt }, SessionSerializer::Pickle) => {
                Format::SignedPickle(Codec::with_salt(&config.secret_keys, salt))
            }
            (Self::Cache(codec), _) => Format::Cache(*codec),
        }
    }
}

/// What was read from a store.
pub(super) enum Read {
    Session(Data),
    /// Nothing that could be written back, and why: left alone.
    Foreign(FormatError),
}

/// Reads stored bytes. One that Django cannot read either is empty (`SessionBase.decode`).
pub(super) fn decode(format: &Format, stored: &[u8]) -> Result<Read> {
    match format.decode(stored) {
        Ok(data) => Ok(Read::Session(data)),
        Err(error @ (FormatError::NotADict | FormatError::Signed(SignedError::NotAnObject))) => {
            Err(Error::internal(error))
        }
        Err(FormatError::Signed(error)) => {
            tracing::warn!(target: "nuages::session", %error, "a stored session is taken for an empty one");
            Ok(Read::Session(Data::new()))
        }
        Err(error) => {
            tracing::warn!(target: "nuages::session", %error, "a stored session is left alone");
            Ok(Read::Foreign(error))
        }
    }
}

pub(super) fn encode(format: &Format, data: &Data, now: i64) -> Result<Bytes> {
    let stored = format.encode(data, now);
    stored.map(Bytes::from).map_err(|error| {
        Error::new(ErrorKind::Internal, format!("the session cannot be stored: {error}")).with_source(error)
    })
}

/// Why a stored session is left alone: it can be neither shown nor written back, only deleted.
#[derive(Debug)]
pub(super) enum Untouchable {
    Foreign(Box<FormatError>),
    /// The store is away, and the site serves without sessions meanwhile.
    Away,
}

impl Untouchable {
    /// The refusal of a change.
    pub(super) fn refusal(&self) -> Error {
        match self {
            Self::Foreign(error) => foreign(error),
            Self::Away => {
                Error::unavailable("the sessions' store is away").with_retry_after(Duration::from_secs(1))
            }
        }
    }
}

/// The refusal of a change to a session that could not be written back.
pub(super) fn foreign(error: &FormatError) -> Error {
    Error::new(ErrorKind::Internal, format!("the session cannot be changed: {error}"))
}
