//! What a cache is set up with, and how long an entry stands.

use std::time::Duration;

use nuages_wire::cache::{Codec, Compressor, Expiry, Serializer};

use crate::time::Clock;

/// How long an entry stands (`timeout` of Django's verbs).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timeout {
    /// As long as [`CacheOptions::timeout`] says.
    #[default]
    Default,
    /// This long; zero is gone at once.
    After(Duration),
    /// Until it is deleted, or evicted for want of room (`timeout=None`).
    Never,
}

impl From<Duration> for Timeout {
    fn from(duration: Duration) -> Self {
        Self::After(duration)
    }
}

impl From<Option<Duration>> for Timeout {
    /// `None` is for ever, as in Django.
    fn from(duration: Option<Duration>) -> Self {
        duration.map_or(Self::Never, Self::After)
    }
}

/// How values and times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON without spaces, and times as they are: what Nuages alone reads.
    Json,
    /// Django's own Redis cache: pickles of protocol 5, whole seconds (1.9 s is 1 s, and less than 1 s is gone at once).
    Django,
    /// django-redis: whole milliseconds, and what its options `SERIALIZER` and `COMPRESSOR` name.
    DjangoRedis {
        /// `SERIALIZER`; its default is a pickle of protocol 4.
        serializer: Serializer,
        /// `COMPRESSOR`; its default is none.
        compressor: Compressor,
    },
}

impl Format {
    /// How a value becomes bytes.
    pub const fn codec(self) -> Codec {
        match self {
            Self::Json => Codec { serializer: Serializer::Json, compressor: Compressor::Identity },
            Self::Django => Codec::DJANGO,
            Self::DjangoRedis { serializer, compressor } => Codec { serializer, compressor },
        }
    }

    /// What becomes of a time that an entry shall stand.
    pub(super) fn expiry(self, timeout: Duration) -> Expiry {
        let kept = match self {
            Self::Json => timeout,
            Self::Django => Duration::from_secs(timeout.as_secs()),
            Self::DjangoRedis { .. } => Duration::new(timeout.as_secs(), timeout.subsec_millis() * 1_000_000),
        };
        if kept.is_zero() { Expiry::Now } else { Expiry::After(kept) }
    }
}

/// The settings of a cache (`CACHES["default"]`).
#[derive(Debug, Clone)]
pub struct CacheOptions {
    /// `KEY_PREFIX`, put before every key.
    pub key_prefix: String,
    /// `VERSION`, the number between prefix and key.
    pub version: u32,
    /// `TIMEOUT`: how long an entry stands that names no time of its own; `None` is for ever. Django's 300 seconds.
    pub timeout: Option<Duration>,
    /// How values and times are written; `None` is the store's own way: [`Format::Json`] in process, [`Format::Django`] in
    /// Redis.
    pub format: Option<Format>,
    /// `IGNORE_EXCEPTIONS` of django-redis: while the store is away nothing is found and nothing is kept, and the log says so
    /// once a minute. What compares before it writes still fails.
    pub ignore_exceptions: bool,
    /// The most bytes that keys and values may fill together in process; the entries used longest ago go first. 64 MiB.
    pub max_bytes: u64,
    /// What time it is.
    pub clock: Clock,
}

impl Default for CacheOptions {
    fn default() -> Self {
        Self {
            key_prefix: String::new(),
            version: 1,
            timeout: Some(Duration::from_secs(300)),
            format: None,
            ignore_exceptions: false,
            max_bytes: 64 << 20,
            clock: Clock::system(),
        }
    }
}
