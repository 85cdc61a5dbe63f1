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
mod config;
mod cookie;
mod db;
mod encoding;
mod file;
mod handle;
mod lifetime;
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

pub use cache::CacheStore;
pub use cached_db::{CachedDbStore, cached_db_schema};
pub use config::SessionConfig;
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
use crate::time::Clock;

/// However long a batch of deletions took, the rest after it is not longer.
const LONGEST_REST: Duration = Duration::from_millis(200);

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
