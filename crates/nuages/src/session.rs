//! Sessions that Django reads, and of whose updates none is lost (`django.contrib.sessions`).
//!
//! The cookie `sessionid` holds a key of 32 characters `a-z0-9`; under it the table `django_session` has a date and the
//! data, signed: `eyJhIjoxfQ:1vgM1A:F192Nh8Fi-VnGNlM4_2g2hCihbCJhjfWpezd0d8XuT0` is `{"a":1}` ([`nuages_wire::session`]).
//!
//! ```
//! use nuages::session::Session;
//!
//! async fn add(session: Session) -> nuages::Result<String> {
//!     session.update("count", |count: &mut u64| *count += 1).await?;
//!     let saved = session.commit().await?;
//!     Ok(saved.get::<u64>("count")?.unwrap_or_default().to_string())
//! }
//! ```
//!
//! # What is promised
//! A request holds a *snapshot* of what was stored and a *log* of what it did. It is saved by comparing what is stored
//! with what was loaded: when they differ, the log is done again on the newer data. So
//!
//! - of [`Session::update`]s none is lost, between tasks, processes and machines;
//! - [`Session::insert`] and [`Session::remove`] touch their own key alone. Of two of the same key the later wins; that
//!   is counted, logged while `debug` is on, and a 409 where `strict` is;
//! - saves of one session that wait for each other are stored with one write, each in its order;
//! - [`Session::commit`] saves inside the handler, for an answer that must be final;
//! - a session deleted meanwhile is a 400, as in Django, and never comes back: a logout wins;
//! - a write of unknown outcome (the store went away under it) is an error and is never repeated;
//! - a request that does not touch the session costs no I/O and no `Vary`; an update that changes nothing writes nothing;
//! - an answer of 500 and above saves nothing and sets no cookie, but for what was committed before.
//!
//! Not promised: Django itself writes blind. What it overwrites between its own load and save nobody can give back. And
//! [`SignedCookiesStore`] has nothing to compare with: there the first and the fourth of these do not hold.
//!
//! The engines on a cache store a pickle. Of a session that Django pickled the program sees the JSON; what JSON cannot say
//! is kept beside it ([`nuages_wire::session::Data`]) and written back as it came. What cannot be kept is left alone.

mod cache;
mod cached_db;
mod cookie;
mod db;
mod encoding;
mod file;
mod handle;
mod middleware;
mod operations;
mod queue;
mod redis;
mod save;
mod schema;
mod signed_cookies;
mod state;
mod store;
mod swap;
mod value;

use std::time::{Duration, Instant};

use nuages_wire::crypto::SecretKeys;

pub use cache::CacheStore;
pub use cached_db::{CachedDbStore, cached_db_schema};
pub use db::DbStore;
pub use encoding::Encoding;
pub use file::FileStore;
pub use handle::{Saved, Session};
pub use middleware::SessionLayer;
pub use nuages_wire::session::{Expiry, SessionKey};
pub use redis::RedisStore;
pub use schema::schema;
pub use signed_cookies::SignedCookiesStore;
pub use store::{Record, SessionStore, Swap};

use crate::error::Result;
use crate::settings::{SameSite, SessionSerializer, Settings};
use crate::time::{Clock, Random};

/// However long a batch of deletions took, the rest after it is not longer.
const LONGEST_REST: Duration = Duration::from_millis(200);

/// The settings `SESSION_*` and what goes with them.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// `SECRET_KEY` and its fallbacks: they sign what is stored.
    pub secret_keys: SecretKeys,
    /// `SESSION_SERIALIZER`: what signed text is made of.
    pub serializer: SessionSerializer,
    /// `SESSION_COOKIE_NAME`.
    pub cookie_name: String,
    /// `SESSION_COOKIE_AGE`, in seconds; two weeks.
    pub cookie_age: i64,
    /// `SESSION_COOKIE_DOMAIN`; `None` for the host alone.
    pub cookie_domain: Option<String>,
    /// `SESSION_COOKIE_PATH`.
    pub cookie_path: String,
    /// `SESSION_COOKIE_SECURE`.
    pub cookie_secure: bool,
    /// `SESSION_COOKIE_HTTPONLY`.
    pub cookie_httponly: bool,
    /// `SESSION_COOKIE_SAMESITE`; `None` leaves the attribute out, Django's `False`.
    pub cookie_samesite: Option<SameSite>,
    /// `SESSION_SAVE_EVERY_REQUEST`.
    pub save_every_request: bool,
    /// `SESSION_EXPIRE_AT_BROWSER_CLOSE`.
    pub expire_at_browser_close: bool,
    /// Refuse a blind write over another request's value of the same key with a 409.
    pub strict: bool,
    /// While the store is away, answer reads with an empty session instead of a 503 (`DJANGO_REDIS_IGNORE_EXCEPTIONS`).
    pub ignore_exceptions: bool,
    /// Log such a write, with the advice to use `update`.
    pub debug: bool,
    /// The time of day.
    pub clock: Clock,
    /// Where keys are drawn from.
    pub random: Random,
}

impl SessionConfig {
    /// Django's defaults with these keys.
    pub fn new(secret_keys: SecretKeys) -> Self {
        Self {
            secret_keys,
            serializer: SessionSerializer::Json,
            cookie_name: "sessionid".to_owned(),
            cookie_age: 1_209_600,
            cookie_domain: None,
            cookie_path: "/".to_owned(),
            cookie_secure: false,
            cookie_httponly: true,
            cookie_samesite: Some(SameSite::Lax),
            save_every_request: false,
            expire_at_browser_close: false,
            strict: false,
            ignore_exceptions: false,
            debug: false,
            clock: Clock::system(),
            random: Random::os(),
        }
    }
}

impl From<&Settings> for SessionConfig {
    fn from(settings: &Settings) -> Self {
        Self {
            serializer: settings.session_serializer,
            cookie_name: settings.session_cookie_name.clone(),
            cookie_age: i64::try_from(settings.session_cookie_age.as_secs()).unwrap_or(i64::MAX),
            cookie_domain: settings.session_cookie_domain.clone(),
            cookie_path: settings.session_cookie_path.clone(),
            cookie_secure: settings.session_cookie_secure,
            cookie_httponly: settings.session_cookie_httponly,
            cookie_samesite: settings.session_cookie_samesite,
            save_every_request: settings.session_save_every_request,
            expire_at_browser_close: settings.session_expire_at_browser_close,
            strict: settings.session_strict,
            ignore_exceptions: settings.django_redis_ignore_exceptions,
            debug: settings.debug,
            ..Self::new(settings.secret_keys())
        }
    }
}

/// Deletes every expired session, and says how many (`clearsessions`). It goes by `batch`es and rests after each for as
/// long as it took, so that who serves the site meanwhile comes first; `progress` is told how many there were so far.
///
/// # Errors
/// The store's own; what was deleted until then stays deleted.
pub async fn clear_expired(
    store: &impl SessionStore,
    clock: &Clock,
    batch: u32,
    mut progress: impl FnMut(u64) + Send,
) -> Result<u64> {
    let now = clock.now();
    let mut cleared = 0;
    loop {
        let began = Instant::now();
        let some = store.clear_expired(now, batch).await?;
        cleared += some;
        if some < u64::from(batch) {
            return Ok(cleared);
        }
        progress(cleared);
        tokio::time::sleep(began.elapsed().min(LONGEST_REST)).await;
    }
}
