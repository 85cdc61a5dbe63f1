//! Password hashing on threads of its own (`make_password`, `check_password`).
//!
//! `pbkdf2_sha256$1000000$AOZyCOSJ3KnMTJoBjCRiqO$7cN…=` costs a quarter of a second of one core, by intention. So as
//! many hashes run as there are cores, a few more wait, and beyond that a login is told to come back: 503 with
//! `Retry-After`.
//!
//! A hash is upgraded at a login when it is `pbkdf2_sha256` with *fewer* rounds than ours, and never otherwise. Django
//! re-hashes on any difference, downwards too; two sites with different counts would rewrite the row at every other
//! login, and end the user's other sessions each time. So `PASSWORD_ITERATIONS` should not be above the peer's count.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use nuages_wire::password::{Algorithm, EncodedPassword, Hasher, Hashers};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::time::Random;

/// Hashes that may wait for each one that runs.
const WAITING_PER_THREAD: usize = 8;

/// Hashes and checks passwords; clones share the threads.
#[derive(Clone)]
pub struct Passwords {
    inner: Arc<Inner>,
}

struct Inner {
    iterations: u32,
    hashers: Hashers,
    random: Random,
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The password is the one that was hashed.
    pub correct: bool,
    /// The hash has fewer rounds than a new one.
    pub must_update: bool,
}

impl Passwords {
    /// New hashes have `iterations` rounds of `pbkdf2_sha256`; Django's other algorithms are checked too. As many run
    /// at once as there are cores.
    pub fn new(iterations: u32, random: Random) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self::with_threads(iterations, random, cores)
    }

    /// [`Passwords::new`] with so many at once, and eight times as many waiting.
    pub fn with_threads(iterations: u32, random: Random, threads: usize) -> Self {
        use Algorithm::{Argon2, BcryptSha256, Pbkdf2Sha1, Scrypt};
        let preferred = Hasher::Pbkdf2Sha256 { iterations };
        let others = [Pbkdf2Sha1, Argon2, BcryptSha256, Scrypt].map(Hasher::new);
        let hashers = Hashers::new([preferred].into_iter().chain(others).collect());
        let running = Arc::new(Semaphore::new(threads));
        let admitted = Arc::new(Semaphore::new(threads * (1 + WAITING_PER_THREAD)));
        Self { inner: Arc::new(Inner { iterations, hashers, random, running, admitted }) }
    }

    /// A new hash for the column `password`.
    ///
    /// # Errors
    /// Unavailable when too many are waiting.
    pub async fn make_password(&self, password: &str) -> Result<EncodedPassword> {
        let password = password.to_owned();
        self.run(move |inner| {
            let hasher = inner.hashers.preferred();
            // The salt is drawn here, so that a source that fails is an error and not a weak salt.
            let salt = inner.random.string(22, crate::time::ALPHANUMERIC)?;
            hasher.encode(&password, &salt).map_err(Error::internal)
        })
        .await
    }

    /// Whether `password` is the one behind `encoded`. A text that is no hash, or one that costs too much, never is.
    ///
    /// # Errors
    /// Unavailable when too many are waiting.
    pub async fn check_password(&self, password: &str, encoded: &str) -> Result<Checked> {
        let (password, encoded) = (password.to_owned(), EncodedPassword::from(encoded));
        self.run(move |inner| {
            let verified = inner.hashers.verify(&password, &encoded).inspect_err(|error| {
                tracing::warn!(target: "nuages::auth", %error, "a stored password cannot be checked");
            });
            let correct = verified.is_ok_and(|verified| verified.correct);
            Ok(Checked { correct, must_update: correct && inner.is_cheaper(&encoded) })
        })
        .await
    }

    /// Costs as much as a check, for a user who does not exist.
    pub(super) async fn waste_time(&self, password: &str) -> Result<()> {
        let password = password.to_owned();
        self.run(move |inner| {
            inner.hashers.waste_time(&password);
            Ok(())
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let admitted = self.inner.admitted.clone().try_acquire_owned().map_err(|_| {
            Error::unavailable("too many passwords are being checked")
                .with_retry_after(Duration::from_secs(2))
        })?;
        let running = self.inner.running.clone().acquire_owned().await.map_err(Error::internal)?;
        let inner = self.inner.clone();
        let work = move || {
            // A client that leaves does not free its place: the hash still runs.
            let _places = (admitted, running);
            work(&inner)
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
    }
}

impl Inner {
    fn is_cheaper(&self, encoded: &EncodedPassword) -> bool {
        encoded.algorithm() == Some(Algorithm::Pbkdf2Sha256)
            && encoded
                .as_str()
                .split('$')
                .nth(1)
                .and_then(|count| count.parse().ok())
                .is_some_and(|count: u32| count < self.iterations)
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").field("iterations", &self.inner.iterations).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn passwords(iterations: u32, threads: usize) -> Passwords {
        Passwords::with_threads(iterations, Random::seeded(1), threads)
    }

    #[tokio::test]
    async fn a_hash_is_upgraded_upwards_only() {
        let encoded = passwords(10, 1).make_password("tajný").await.unwrap();
        assert!(encoded.as_str().starts_with("pbkdf2_sha256$10$"));
        for (iterations, must_update) in [(9, false), (10, false), (11, true)] {
            let checked = passwords(iterations, 1).check_password("tajný", encoded.as_str()).await.unwrap();
            assert_eq!(checked, Checked { correct: true, must_update });
        }
        let wrong = passwords(11, 1).check_password("Tajný", encoded.as_str()).await.unwrap();
        assert_eq!(wrong, Checked { correct: false, must_update: false });
    }

    #[tokio::test]
    async fn what_is_no_hash_is_never_correct() {
        for encoded in ["", "!", "plain", "pbkdf2_sha256$x", "pbkdf2_sha256$4000000000$salt$aGFzaA=="] {
            assert!(!passwords(1, 1).check_password("", encoded).await.unwrap().correct, "{encoded}");
        }
    }

    #[tokio::test]
    async fn beyond_a_short_queue_it_is_a_503_with_the_time_to_come_back() {
        let passwords = passwords(50_000, 1);
        let checks = (0..40).map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.make_password("x").await })
        });
        let outcomes = futures_util::future::join_all(checks.collect::<Vec<_>>()).await;
        let refused: Vec<_> = outcomes.into_iter().filter_map(|outcome| outcome.unwrap().err()).collect();
        assert_eq!(refused.len(), 40 - 9);
        assert!(refused.iter().all(|error| error.status() == 503 && error.retry_after().is_some()));
    }
}
