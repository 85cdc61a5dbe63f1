//! The clock and the randomness, as one seam.
//!
//! Everything that asks for the time or draws a secret is given a [`Clock`] or a [`Random`], so a test can freeze
//! the one and seed the other and see the very bytes that Django writes at that instant.
//!
//! ```
//! use nuages::time::{Clock, Random};
//!
//! let clock = Clock::fixed(jiff::Timestamp::from_second(1_768_478_400)?);
//! clock.advance(jiff::SignedDuration::from_secs(5));
//! assert_eq!(clock.unix(), 1_768_478_405);
//! assert_eq!(Random::os().string(32, nuages::time::LOWER_ALPHANUMERIC)?.len(), 32);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};

/// `a-z0-9`: the alphabet of session keys (`SessionBase._get_new_session_key`).
pub const LOWER_ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// `a-zA-Z0-9`: the alphabet of CSRF secrets and salts (`django.utils.crypto.RANDOM_STRING_CHARS`).
pub const ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The time of day: the system's, or one that a test holds still.
#[derive(Clone)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The system's clock.
    pub const fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `instant` until [`Clock::advance`] moves it; its clones move with it. Microseconds are kept.
    pub fn fixed(instant: Timestamp) -> Self {
        Self(Some(Arc::new(AtomicI64::new(instant.as_microsecond()))))
    }

    /// The current instant, in whole microseconds as Django's columns hold it.
    pub fn now(&self) -> Timestamp {
        let microsecond = match &self.0 {
            Some(fixed) => fixed.load(Ordering::SeqCst),
            None => {
                let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
            }
        };
        Timestamp::from_microsecond(microsecond).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Seconds since 1970, rounded down.
    pub fn unix(&self) -> i64 {
        self.now().as_microsecond().div_euclid(1_000_000)
    }

    /// Moves a fixed clock by `duration`; the system's clock is left alone.
    pub fn advance(&self, duration: SignedDuration) {
        if let Some(fixed) = &self.0 {
            let microseconds = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
            fixed.fetch_add(microseconds, Ordering::SeqCst);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.0.is_some() { "fixed" } else { "system" };
        write!(f, "Clock({kind}, {})", self.now())
    }
}

/// The source of keys, salts and masks: the operating system's, or a seeded one for tests.
#[derive(Clone)]
pub struct Random(Option<Arc<AtomicU64>>);

impl Random {
    /// The operating system's generator: the only one fit for secrets.
    pub const fn os() -> Self {
        Self(None)
    }

    /// A sequence that is the same for the same `seed`. For tests: anyone can predict it.
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(AtomicU64::new(seed))))
    }

    /// Fills `bytes`.
    ///
    /// # Errors
    /// When the operating system has no randomness to give, which is a reason to stop rather than to go on.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        let Some(state) = &self.0 else {
            return getrandom::fill(bytes).map_err(Error::internal);
        };
        for chunk in bytes.chunks_mut(8) {
            let word = split_mix(state.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst));
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }

    /// A text of `length` characters, each drawn evenly from `alphabet` (`django.utils.crypto.get_random_string`).
    ///
    /// # Errors
    /// As [`Random::fill`]. An alphabet that is empty, not ASCII or over 256 long gives a configuration error.
    pub fn string(&self, length: usize, alphabet: &[u8]) -> Result<String> {
        if alphabet.is_empty() || alphabet.len() > 256 || !alphabet.is_ascii() {
            return Err(Error::configuration("a random text needs an alphabet of 1 to 256 ASCII characters"));
        }
        // A byte at or above the largest multiple of the alphabet's length would favour the first characters.
        let even = 256 - 256 % alphabet.len();
        let mut text = String::with_capacity(length);
        let mut drawn = [0; 64];
        while text.len() < length {
            self.fill(&mut drawn)?;
            let wanted = length - text.len();
            let fair = drawn.iter().map(|&byte| usize::from(byte)).filter(|&byte| byte < even);
            text.extend(fair.take(wanted).map(|byte| char::from(alphabet[byte % alphabet.len()])));
        }
        Ok(text)
    }

    /// A number from 0 to `bound - 1`; 0 when `bound` is 0.
    ///
    /// # Errors
    /// As [`Random::fill`].
    pub fn below(&self, bound: u32) -> Result<u32> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        // 64 drawn bits over a 32-bit bound: the bias is under 2^-32.
        let scaled = (u128::from(u64::from_le_bytes(bytes)) * u128::from(bound)) >> 64;
        Ok(u32::try_from(scaled).unwrap_or(0))
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Random(seeded)" } else { "Random(os)" })
    }
}

/// One step of SplitMix64 (Steele, Lea and Flood, 2014).
fn split_mix(state: u64) -> u64 {
    let mut word = state;
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_the_system_does_not() {
        let one = Random::seeded(7).string(40, ALPHANUMERIC).unwrap();
        assert_eq!(one, Random::seeded(7).string(40, ALPHANUMERIC).unwrap());
        assert_ne!(
            Random::os().string(40, ALPHANUMERIC).unwrap(),
            Random::os().string(40, ALPHANUMERIC).unwrap()
        );
    }

    #[test]
    fn an_alphabet_is_used_evenly() {
        let text = Random::seeded(1).string(62_000, ALPHANUMERIC).unwrap();
        for &character in ALPHANUMERIC {
            let count = text.bytes().filter(|&byte| byte == character).count();
            assert!((800..1200).contains(&count), "{} came {count} times", char::from(character));
        }
        assert!((0..1000).all(|_| Random::os().below(10).unwrap() < 10));
    }

    #[test]
    fn an_alphabet_that_cannot_serve_is_refused() {
        assert!(Random::os().string(3, b"").is_err());
        assert!(Random::os().string(3, "é".as_bytes()).is_err());
    }

    #[test]
    fn clones_of_a_fixed_clock_move_together() {
        let clock = Clock::fixed(Timestamp::from_microsecond(1_500_000).unwrap());
        let other = clock.clone();
        clock.advance(SignedDuration::from_millis(600));
        assert_eq!(other.now().as_microsecond(), 2_100_000);
        assert_eq!(other.unix(), 2);
    }
}
