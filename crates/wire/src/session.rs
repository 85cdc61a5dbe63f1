//! Stored sessions (`django.contrib.sessions`).
//!
//! A session is a JSON object. The engines `db`, `file` and `cached_db` store it as signed text, here that of `{"a": 1}`:
//! `eyJhIjoxfQ:1vgM1A:F192Nh8Fi-VnGNlM4_2g2hCihbCJhjfWpezd0d8XuT0`; the engine `signed_cookies` sends such a text, of
//! another salt, as the cookie itself. The engines on a cache store the bare dict instead, in the cache's own serialization.
//!
//! - [`Codec`] reads and writes the signed text,
//! - [`Data`] is what a session holds, also what a pickle says and JSON cannot, and [`Format`] the bytes of an engine,
//! - [`SessionKey`] is the value of the cookie and what the session is stored under,
//! - [`Expiry`] is the entry `_session_expiry`, and [`Policy`] the settings that rule without it,
//! - [`file_name`] and [`file_is_expired`] are the file engine's own rules.
//!
//! ```
//! use nuages_wire::crypto::SecretKeys;
//! use nuages_wire::json::Object;
//! use nuages_wire::session::{Codec, Error};
//!
//! let codec = Codec::new(&SecretKeys::new("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz"));
//! let data = Object::from_iter([("a", 1)]);
//! let stored = codec.encode(&data, 1768478400);
//! assert_eq!(stored, "eyJhIjoxfQ:1vgM1A:F192Nh8Fi-VnGNlM4_2g2hCihbCJhjfWpezd0d8XuT0");
//! assert_eq!(codec.decode(&stored), Ok(data));
//! assert_eq!(codec.decode("eyJhIjoxfQ:1vgM1A:forged"), Err(Error::BadSignature));
//! ```

mod codec;
mod data;
mod expiry;
mod file;
mod format;
mod key;
mod python;

pub use codec::{Codec, Error};
pub use data::{Data, NoJson, NotADict};
pub use expiry::{Expiry, InvalidExpiry, Policy};
pub use file::{InvalidSessionKey, file_is_expired, file_name};
pub use format::{Format, FormatError};
pub use key::{CACHE_PREFIX, CACHED_DB_PREFIX, SessionKey, cache_key, cached_db_key};

/// The entry that overrides when a session ends.
pub const EXPIRY_ENTRY: &str = "_session_expiry";

/// The entry of `set_test_cookie`, whose value is `worked`.
pub const TEST_COOKIE_ENTRY: &str = "testcookie";
