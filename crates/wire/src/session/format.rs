//! The bytes of an engine.

use std::borrow::Cow;
use std::fmt;

use super::data::{Data, NoJson, NotADict};
use super::{Codec, Error};
use crate::cache::{self, CacheError};
use crate::json::Value;
use crate::pickle::{self, Limits, Protocol};

/// What an engine makes of a session.
///
/// ```
/// use nuages_wire::cache;
/// use nuages_wire::json::Object;
/// use nuages_wire::session::{Data, Format};
///
/// let data = Data::from(Object::from_iter([("a", 1)]));
/// let stored = Format::Cache(cache::Codec::DJANGO).encode(&data, 0)?;
/// assert_eq!(stored, b"\x80\x05}(\x8c\x01aK\x01u.");
/// # Ok::<(), nuages_wire::session::FormatError>(())
/// ```
#[derive(Clone, Debug)]
pub enum Format {
    /// Signed JSON: `db`, `file`, `cached_db`, `signed_cookies`.
    Signed(Codec),
    /// A signed pickle: the same under a `SESSION_SERIALIZER` that pickles.
    SignedPickle(Codec),
    /// The bare dict as a cache writes its values: `cache`, and the entries of `cached_db`.
    Cache(cache::Codec),
}

/// Why a session was not read or not written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormatError {
    /// A signed text that Django takes for an empty session, or ([`Error::NotAnObject`]) answers 500 to.
    Signed(Error),
    /// A dict it is not: Django answers 500.
    NotADict,
    /// Nothing that could be written back: it must not be taken for empty. With the classes in it, as far as they are
    /// known.
    Foreign(CacheError, Vec<String>),
    /// JSON has no form for an entry.
    NoJson(NoJson),
    /// The cache's serializer has no form for an entry.
    Unwritable,
}

impl Format {
    /// The bytes to store; `now` is signed with them.
    ///
    /// # Errors
    /// [`FormatError::NoJson`], [`FormatError::Unwritable`]: an entry that this format cannot hold.
    pub fn encode(&self, data: &Data, now: i64) -> Result<Vec<u8>, FormatError> {
        Ok(match self {
            Self::Signed(codec) => codec.encode(&*data.to_json()?, now).into_bytes(),
            Self::SignedPickle(codec) => codec.encode_bytes(&pickled(data, Protocol::V4), now).into_bytes(),
            Self::Cache(codec) => match data.plain() {
                Some(object) => codec.encode_object(object),
                None => codec.encode(&data.to_python()),
            }
            .map_err(|_| FormatError::Unwritable)?,
        })
    }

    /// The session of stored bytes.
    ///
    /// # Errors
    /// [`FormatError`], but not the last two.
    pub fn decode(&self, stored: &[u8]) -> Result<Data, FormatError> {
        match self {
            Self::Signed(codec) => Ok(codec.decode(&text(stored))?.into()),
            Self::SignedPickle(codec) => {
                let bytes = codec.decode_bytes(&text(stored), None, 0)?;
                if let Some(Value::Object(object)) = pickle::loads_plain(&bytes, Limits::default()) {
                    return Ok(object.into());
                }
                let value = pickle::loads_preserving(&bytes, Limits::default());
                let foreign = |error| FormatError::Foreign(CacheError::Pickle(error), pickle::names(&bytes));
                Ok(Data::from_python(value.map_err(foreign)?)?)
            }
            Self::Cache(codec) => {
                if let Some(object) = codec.decode_object(stored, Limits::default()) {
                    return Ok(object.into());
                }
                let value = codec.decode_preserving(stored, Limits::default());
                let foreign = |error| FormatError::Foreign(error, pickle::names(stored));
                Ok(Data::from_python(value.map_err(foreign)?)?)
            }
        }
    }
}

/// The pickle of the dict.
fn pickled(data: &Data, protocol: Protocol) -> Vec<u8> {
    match data.plain() {
        Some(object) => pickle::dumps_plain(object, protocol),
        None => pickle::dumps(&data.to_python(), protocol),
    }
}

/// What is signed is ASCII; other bytes do not get past the signature.
fn text(stored: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(stored)
}

impl From<Error> for FormatError {
    fn from(error: Error) -> Self {
        Self::Signed(error)
    }
}

impl From<NoJson> for FormatError {
    fn from(error: NoJson) -> Self {
        Self::NoJson(error)
    }
}

impl From<NotADict> for FormatError {
    fn from(NotADict: NotADict) -> Self {
        Self::NotADict
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signed(error) => error.fmt(f),
            Self::NotADict => NotADict.fmt(f),
            Self::Foreign(error, classes) if classes.is_empty() => {
                write!(f, "the stored session cannot be kept: {error}")
            }
            Self::Foreign(error, classes) => {
                write!(f, "the stored session cannot be kept: {error}, with {}", classes.join(", "))
            }
            Self::NoJson(error) => error.fmt(f),
            Self::Unwritable => f.write_str("the cache's serializer has no form for a value of the session"),
        }
    }
}

impl std::error::Error for FormatError {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::crypto::SecretKeys;
    use crate::pickle::PickleError;

    #[test]
    fn what_cannot_be_kept_is_named() {
        // A node that holds itself: pickle.dumps({'n': n}, 4) of `class Node: pass`, `n.me = n`.
        let stored =
            b"\x80\x04}\x94\x8c\x01n\x94\x8c\x04shop\x94\x8c\x04Node\x94\x93\x94)\x81\x94}\x94\x8c\x02me\x94h\x05sbs.";
        let error = Format::Cache(cache::Codec::DJANGO).decode(stored).unwrap_err();
        assert_eq!(
            error,
            FormatError::Foreign(CacheError::Pickle(PickleError::TooDeep), vec!["shop.Node".into()])
        );
        assert_eq!(
            error.to_string(),
            "the stored session cannot be kept: a pickle that is too deep, with shop.Node"
        );
    }

    #[test]
    fn a_value_that_is_no_dict() {
        assert_eq!(Format::Cache(cache::Codec::DJANGO).decode(b"5"), Err(FormatError::NotADict));
    }

    #[test]
    fn a_signed_pickle_keeps_what_json_cannot() {
        let codec = Codec::new(&SecretKeys::new("k"));
        let pair = pickle::Value::Dict(vec![("pair".into(), pickle::Value::Tuple(vec![]))]);
        let data = Data::from_python(pair.clone()).unwrap();
        let format = Format::SignedPickle(codec.clone());
        let stored = format.encode(&data, 0).unwrap();
        assert_eq!(format.decode(&stored).unwrap().to_python(), pair);
        let json = Format::Signed(codec);
        assert_eq!(json.decode(&stored), Err(FormatError::Signed(Error::Malformed)));
        assert_eq!(json.decode(&json.encode(&data, 0).unwrap()).unwrap().items(), data.items());
    }
}
