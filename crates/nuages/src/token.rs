//! Tokens for links in mails: who was meant, signed, and until when.
//!
//! They are those of `itsdangerous.URLSafeTimedSerializer`, which Django shops put into activation links:
//! `eyJjb25maXJtIjo3fQ.aWjWwA.-H6VKd7iCDKidN8TsAKcqRLyVE8` is `{"confirm":7}`, a second, a signature. Anyone can read a
//! token, nobody without the key can make one, and whoever has it can use it until it is too old: that it works once
//! only is up to what it does.
//!
//! ```
//! use nuages::settings::{SecretKey, Settings};
//! use nuages::time::Clock;
//! use nuages::token::TimedToken;
//! use serde::{Deserialize, Serialize};
//! use std::time::Duration;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Activation { confirm: i64 }
//!
//! let mut settings = Settings::default();
//! settings.secret_key = SecretKey::new("a secret");
//! let activation = TimedToken::new(&settings.secret_keys(), "itsdangerous", Duration::from_secs(3600), Clock::system());
//! let token = activation.dumps(&Activation { confirm: 7 })?;
//! assert_eq!(activation.loads::<Activation>(&token)?.confirm, 7);
//! # Ok::<(), nuages::Error>(())
//! ```

use std::fmt;
use std::time::Duration;

use nuages_wire::crypto::SecretKeys;
use nuages_wire::itsdangerous::{self, UrlSafeTimedSerializer};
use nuages_wire::json::{from_value, to_value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::time::Clock;

/// The longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 8192;

/// Makes and reads tokens of one purpose.
#[derive(Clone, Debug)]
pub struct TimedToken {
    serializer: UrlSafeTimedSerializer,
    max_age: Duration,
    clock: Clock,
}

/// Why a token was refused; each is a 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// The site made it, but too long ago (`SignatureExpired`), or by a clock that is ahead of this one.
    Expired,
    /// The site did not make it, or not for this purpose, or it was changed on the way (`BadSignature`).
    BadSignature,
    /// The site made it, and it says something else than was asked for (`BadPayload`).
    BadPayload,
}

impl TimedToken {
    /// Tokens that are good for `max_age`, in whole seconds. `salt` keeps the tokens of one purpose from another's.
    /// The first of `keys` signs, the fallbacks are accepted too.
    pub fn new(keys: &SecretKeys, salt: &str, max_age: Duration, clock: Clock) -> Self {
        Self { serializer: UrlSafeTimedSerializer::new(keys, salt), max_age, clock }
    }

    /// The token that says `value`, of characters that a URL's path may have.
    ///
    /// # Errors
    /// An internal error when `value` has no JSON form.
    pub fn dumps<T: Serialize + ?Sized>(&self, value: &T) -> Result<String> {
        let value = to_value(value).map_err(Error::internal)?;
        Ok(self.serializer.dumps(&value, self.clock.unix()))
    }

    /// What `token` says.
    ///
    /// # Errors
    /// [`TokenError`]; as an [`Error`] it is a bad request.
    pub fn loads<T: DeserializeOwned>(&self, token: &str) -> Result<T, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::BadSignature);
        }
        let max_age = i64::try_from(self.max_age.as_secs()).unwrap_or(i64::MAX);
        let value = self.serializer.loads(token, Some(max_age), self.clock.unix())?;
        from_value(&value).map_err(|_| TokenError::BadPayload)
    }
}

impl From<itsdangerous::Error> for TokenError {
    fn from(error: itsdangerous::Error) -> Self {
        match error {
            itsdangerous::Error::BadSignature => Self::BadSignature,
            itsdangerous::Error::SignatureExpired => Self::Expired,
            itsdangerous::Error::BadHeader | itsdangerous::Error::BadPayload => Self::BadPayload,
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "this link is too old",
            Self::BadSignature | Self::BadPayload => "this link is not valid",
        })
    }
}

impl std::error::Error for TokenError {}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        Self::bad_request(error.to_string()).with_source(error)
    }
}
