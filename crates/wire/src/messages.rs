//! One-time notices (`django.contrib.messages`), as the storages keep them in a cookie or in the session.
//!
//! A message is a JSON list `["__json_message", 0, 25, "Saved.", "tags"]`: whether the text is trusted HTML (0 or 1), the
//! level, the text, and the extra tags where there are some.
//!
//! - [`CookieCodec`] signs and compresses the list for the cookie `messages`, at most 2048 characters. What does not fit
//!   is handed back, and the list in the cookie ends with the text `__messagesnotfinished__`.
//! - [`to_session`] and [`from_session`] are the session entry `_messages`: that list as **JSON text**,
//!   `[["__json_message", 0, 25, "Saved."]]`, in Python's default separators.
//!
//! Django's default, `FallbackStorage`, reads the cookie, then the session if the cookie was not all; and writes to the
//! cookie what fits (dropping the newest, `remove_oldest` false), the rest to the session.
//!
//! ```
//! use nuages_wire::crypto::SecretKeys;
//! use nuages_wire::messages::{self, CookieCodec, Message};
//!
//! let codec = CookieCodec::new(&SecretKeys::new("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz"));
//! let message = Message::new(messages::WARNING, "");
//! let stored = codec.store(&[Message { extra_tags: None, ..message.clone() }], false, 1768478400);
//! let cookie = stored.cookie.unwrap();
//! assert_eq!(cookie, "W1siX19qc29uX21lc3NhZ2UiLDAsMzAsIiJdXQ:1vgM1A:oIU07kheiohyDYeNjsYkZKDT_XZG3z66a1cb3omnMrg");
//! assert_eq!(codec.decode(&cookie)?.unwrap().messages[0].tags(), "warning");
//! assert_eq!(messages::to_session(&[message]), r#"[["__json_message", 0, 30, "", ""]]"#);
//! # Ok::<(), messages::Error>(())
//! ```

mod cookie;

use std::fmt;

pub use cookie::{CookieCodec, Decoded, MAX_COOKIE_SIZE, Stored};

use crate::json::{self, Style, Value};

/// The cookie of the cookie storage.
pub const COOKIE_NAME: &str = "messages";
/// The session entry of the session storage.
pub const SESSION_ENTRY: &str = "_messages";

/// For whom is developing.
pub const DEBUG: i64 = 10;
/// News; below this level Django records nothing unless told.
pub const INFO: i64 = 20;
/// Something went well.
pub const SUCCESS: i64 = 25;
/// Something may go wrong.
pub const WARNING: i64 = 30;
/// Something went wrong.
pub const ERROR: i64 = 40;

const MARK: &str = "__json_message";

/// A notice for the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// One of the five levels, or one of the site's own.
    pub level: i64,
    /// The text, HTML when [`safe`](Self::safe). U+FFFD stands for a lone surrogate.
    pub text: String,
    /// CSS classes beside the level's; Django's `add_message` stores an empty text by default.
    pub extra_tags: Option<String>,
    /// Whether the text is trusted HTML (`SafeString`).
    pub safe: bool,
}

/// Why stored messages were not read: the cookie is then deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The cookie is not signed by a key of ours.
    BadSignature,
    /// What was stored is not a list of messages.
    Malformed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadSignature => "the signature of the messages does not match",
            Self::Malformed => "the stored messages are malformed",
        })
    }
}

impl std::error::Error for Error {}

impl Message {
    /// A message of plain text, as `messages.add_message(request, level, text)` records it.
    pub fn new(level: i64, text: impl Into<String>) -> Self {
        Self { level, text: text.into(), extra_tags: Some(String::new()), safe: false }
    }

    /// The CSS classes: the extra tags, then the level's name.
    pub fn tags(&self) -> String {
        let level = level_tag(self.level);
        match self.extra_tags.as_deref() {
            None | Some("") => level.to_owned(),
            Some(extra) if level.is_empty() => extra.to_owned(),
            Some(extra) => format!("{extra} {level}"),
        }
    }

    fn to_value(&self) -> Value {
        let mut fields =
            vec![MARK.into(), Value::from(u8::from(self.safe)), self.level.into(), self.text.as_str().into()];
        fields.extend(self.extra_tags.as_deref().map(Value::from));
        Value::Array(fields)
    }

    fn from_value(value: &Value) -> Option<Self> {
        let (mark, fields) = value.as_array()?.split_first()?;
        let (safe, level, text, extra_tags) = match fields {
            [safe, level, text] => (safe, level, text, None),
            [safe, level, text, extra_tags] => (safe, level, text, Some(extra_tags)),
            _ => return None,
        };
        let string = |value: &Value| match value {
            Value::String(text) => Some(text.to_str_lossy().to_owned()),
            _ => None,
        };
        Some(Self {
            level: level.as_i64()?,
            text: string(text)?,
            extra_tags: match extra_tags {
                None | Some(Value::Null) => None,
                Some(extra_tags) => Some(string(extra_tags)?),
            },
            safe: safe.as_i64().map(|safe| safe != 0).or_else(|| safe.as_bool())?,
        })
        .filter(|_| mark.as_str() == Some(MARK))
    }
}

/// The CSS class of a level, and an empty text for one that is not Django's (`DEFAULT_TAGS`).
pub fn level_tag(level: i64) -> &'static str {
    match level {
        DEBUG => "debug",
        INFO => "info",
        SUCCESS => "success",
        WARNING => "warning",
        ERROR => "error",
        _ => "",
    }
}

/// The text of the session entry `_messages`.
pub fn to_session(messages: &[Message]) -> String {
    Value::Array(messages.iter().map(Message::to_value).collect()).to_json(Style::PYTHON)
}

/// The messages of the session entry `_messages`.
///
/// # Errors
/// [`Error::Malformed`].
pub fn from_session(text: &str) -> Result<Vec<Message>, Error> {
    let value = json::from_str(text).map_err(|_| Error::Malformed)?;
    read_list(value.as_array().ok_or(Error::Malformed)?)
}

fn read_list(items: &[Value]) -> Result<Vec<Message>, Error> {
    items.iter().map(|item| Message::from_value(item).ok_or(Error::Malformed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        let tags = |level, extra_tags: Option<&str>| {
            Message { extra_tags: extra_tags.map(Into::into), ..Message::new(level, "x") }.tags()
        };
        assert_eq!(tags(SUCCESS, None), "success");
        assert_eq!(tags(SUCCESS, Some("")), "success");
        assert_eq!(tags(SUCCESS, Some("x y")), "x y success");
        assert_eq!(tags(99, Some("x")), "x");
        assert_eq!(tags(99, None), "");
    }

    #[test]
    fn what_is_no_message_is_malformed() {
        for text in ["", "{}", "[1]", "[[]]", r#"[["other", 0, 20, "x"]]"#, r#"[["__json_message", 0, 20]]"#]
        {
            assert_eq!(from_session(text), Err(Error::Malformed), "{text}");
        }
        assert_eq!(from_session("[]"), Ok(vec![]));
    }

    proptest::proptest! {
        #[test]
        fn round_trip(level: i64, text: String, extra_tags: Option<String>, safe: bool) {
            let messages = vec![Message { level, text, extra_tags, safe }];
            proptest::prop_assert_eq!(from_session(&to_session(&messages)), Ok(messages));
        }
    }
}
