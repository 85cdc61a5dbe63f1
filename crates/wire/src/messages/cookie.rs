//! The cookie storage (`storage.cookie.CookieStorage`).

use std::ops::Range;

use super::{Error, Message, read_list};
use crate::crypto::SecretKeys;
use crate::json::{Style, Value};
use crate::signing::{self, TimestampSigner};

/// Characters of a cookie's value.
pub const MAX_COOKIE_SIZE: usize = 2048;

const NOT_FINISHED: &str = "__messagesnotfinished__";

/// Reads and writes the cookie `messages`; keys are derived once, so keep it.
#[derive(Clone, Debug)]
pub struct CookieCodec(TimestampSigner);

/// What a cookie held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// False when there are more in the session.
    pub all_retrieved: bool,
}

/// What became of messages that were to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The cookie's value; `None` asks for its deletion.
    pub cookie: Option<String>,
    /// The messages that did not fit.
    pub unstored: Range<usize>,
}

impl CookieCodec {
    /// The codec of these keys: `get_cookie_signer(salt="django.contrib.messages")`.
    pub fn new(keys: &SecretKeys) -> Self {
        Self(TimestampSigner::new(&keys.for_cookies(), "django.contrib.messages"))
    }

    /// The messages of a cookie; `None` when it stores none. Their age does not count.
    ///
    /// # Errors
    /// [`Error`]; Django deletes such a cookie.
    pub fn decode(&self, cookie: &str) -> Result<Option<Decoded>, Error> {
        if cookie.is_empty() {
            return Ok(None);
        }
        let value = self.0.loads(cookie, None, 0).map_err(|error| match error {
            signing::Error::BadSignature | signing::Error::SignatureExpired => Error::BadSignature,
            signing::Error::Malformed | signing::Error::TooBig => Error::Malformed,
        })?;
        let items = match &value {
            Value::Null => return Ok(None),
            value => value.as_array().ok_or(Error::Malformed)?,
        };
        let (items, all_retrieved) = match items.split_last() {
            Some((last, before)) if last.as_str() == Some(NOT_FINISHED) => (before, false),
            _ => (items, true),
        };
        Ok(Some(Decoded { messages: read_list(items)?, all_retrieved }))
    }

    /// Stores as many messages as fit: the newest with `remove_oldest`, else the oldest.
    pub fn store(&self, messages: &[Message], remove_oldest: bool, now: i64) -> Stored {
        let parts: Vec<String> =
            messages.iter().map(|message| message.to_value().to_json(Style::DJANGO)).collect();
        if parts.is_empty() {
            return Stored { cookie: None, unstored: 0..0 };
        }
        let complete = self.encode(&parts, None, now);
        if complete.len() <= MAX_COOKIE_SIZE {
            return Stored { cookie: Some(complete), unstored: 0..0 };
        }
        let sentinel = format!("\"{NOT_FINISHED}\"");
        let encode = |kept: Range<usize>| self.encode(&parts[kept], Some(&sentinel), now);
        // The same bisections as Django's, which takes it that a longer list is never shorter compressed.
        let (mut low, mut high) = (0, parts.len());
        while low < high {
            let middle = (low + high) / 2;
            let kept = if remove_oldest { middle..parts.len() } else { 0..middle + 1 };
            if (encode(kept).len() > MAX_COOKIE_SIZE) == remove_oldest {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let (kept, unstored) =
            if remove_oldest { (low..parts.len(), 0..low) } else { (0..low, low..parts.len()) };
        Stored { cookie: Some(encode(kept)), unstored }
    }

    fn encode(&self, parts: &[String], sentinel: Option<&String>, now: i64) -> String {
        let parts: Vec<&str> = parts.iter().chain(sentinel).map(String::as_str).collect();
        self.0.dumps_bytes(format!("[{}]", parts.join(",")).as_bytes(), true, now)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn codec() -> CookieCodec {
        CookieCodec::new(&SecretKeys::new("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz"))
    }

    // From Django 5.2.19.
    #[test]
    fn djangos_own_cookie() {
        let cookie = "W1siX19qc29uX21lc3NhZ2UiLDAsMjUsIm0iXSwiX19tZXNzYWdlc25vdGZpbmlzaGVkX18iXQ:1vgM1A:0t9SK39RoFK7n9cqrve1KqyG42LQXENNqhInKI9Fj3E";
        let decoded = codec().decode(cookie).unwrap().unwrap();
        assert_eq!(decoded.messages, [Message { extra_tags: None, ..Message::new(25, "m") }]);
        assert!(!decoded.all_retrieved);
        assert_eq!(codec().decode(":"), Err(Error::BadSignature));
        assert_eq!(codec().decode(""), Ok(None));
    }

    #[test]
    fn what_does_not_fit_is_handed_back() {
        // Incompressible text.
        let mut seed = 1_u32;
        let mut text = || {
            let letters = (0..600).map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from(b' ' + 2 + (seed >> 24) as u8 % 90)
            });
            letters.collect::<String>()
        };
        let messages: Vec<Message> = (0..10).map(|_| Message::new(20, text())).collect();
        let newest = codec().store(&messages, true, 0);
        assert!(newest.unstored.start == 0 && newest.unstored.end > 5);
        let cookie = newest.cookie.unwrap();
        assert!(cookie.len() <= MAX_COOKIE_SIZE);
        assert_eq!(codec().decode(&cookie).unwrap().unwrap().messages, messages[newest.unstored.end..]);
        let oldest = codec().store(&messages, false, 0);
        assert_eq!(oldest.unstored.end, 10);
        let decoded = codec().decode(&oldest.cookie.unwrap()).unwrap().unwrap();
        assert_eq!((&*decoded.messages, decoded.all_retrieved), (&messages[..oldest.unstored.start], false));
        assert_eq!(codec().store(&[], true, 0), Stored { cookie: None, unstored: 0..0 });
    }
}
