//! A bound on attempts: so many in a window of time for one key, then 429 with `Retry-After`.
//!
//! It stands before a login or a registration, where Django has nothing. The key names whom to hold back, say address
//! and user name together: whoever guesses one user's password from one place is stopped, and the user elsewhere is not.
//! An attempt is counted before it is judged, so many at once do not slip through, and a good one takes the count back.
//!
//! Windows begin at whole multiples of their length, at the same moment for every process on the cache; at the turn of
//! two of them twice the limit can pass. The count is in the cache under `throttle:login:<SHA-256 of the key>:<window>`:
//! in process it holds for this process alone, and an evicted or cleared cache forgets it.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> nuages::Result<()> {
//! use std::time::Duration;
//! use nuages::cache::{Cache, CacheOptions};
//! use nuages::throttle::Throttle;
//!
//! let cache = Cache::in_process(CacheOptions::default());
//! let logins = Throttle::new(cache, "login", 5, Duration::from_secs(300));
//! for _ in 0..5 {
//!     logins.attempt(&["203.0.113.9", "zhangwei"]).await?;
//! }
//! let refused = logins.attempt(&["203.0.113.9", "zhangwei"]).await.unwrap_err();
//! assert_eq!(refused.status(), 429);
//! assert!(refused.retry_after().is_some());
//! # Ok(())
//! # }
//! ```

use std::time::Duration;

use nuages_wire::crypto::Algorithm;

use crate::cache::Cache;
use crate::error::{Error, Result};

/// A bound on attempts. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Throttle {
    cache: Cache,
    scope: &'static str,
    limit: u32,
    window: Duration,
}

impl Throttle {
    /// At most `limit` attempts in each `window` (a second at least) for a key; `scope` keeps one throttle's keys from
    /// another's.
    pub fn new(cache: Cache, scope: &'static str, limit: u32, window: Duration) -> Self {
        Self { cache, scope, limit, window: window.max(Duration::from_secs(1)) }
    }

    /// Counts an attempt for the key that `parts` make.
    ///
    /// # Errors
    /// 429 with `Retry-After` when it is one too many; it does not make the wait longer.
    pub async fn attempt(&self, parts: &[&str]) -> Result<()> {
        let (key, left) = self.window_of(parts);
        let count = loop {
            if self.cache.add(&key, &1, left).await? {
                break 1;
            }
            // An entry that ran out between the two calls is added anew.
            if let Some(count) = self.cache.incr(&key, 1).await? {
                break count;
            }
        };
        if count <= i64::from(self.limit) {
            return Ok(());
        }
        Err(Error::too_many_requests("too many attempts, try again later").with_retry_after(left))
    }

    /// Forgets the attempts for the key, after one that was good.
    ///
    /// # Errors
    /// When the cache cannot be reached.
    pub async fn reset(&self, parts: &[&str]) -> Result<()> {
        let (key, _) = self.window_of(parts);
        self.cache.delete(&key).await.map(drop)
    }

    /// The cache key of the window that it is now, and how much of the window is left.
    fn window_of(&self, parts: &[&str]) -> (String, Duration) {
        let now = u64::try_from(self.cache.now().as_millisecond()).unwrap_or(0);
        let window = u64::try_from(self.window.as_millis()).unwrap_or(u64::MAX);
        // Each part with its length before it, so that no two keys read the same.
        let text: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
        let digest = Algorithm::Sha256.digest(&[text.as_bytes()]).to_hex();
        let key = format!("throttle:{}:{digest}:{}", self.scope, now / window);
        (key, Duration::from_millis(window - now % window))
    }
}
