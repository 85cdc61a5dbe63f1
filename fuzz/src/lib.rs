//! What the targets share.

use nuages_wire::crypto::SecretKeys;

/// The time of every target, in seconds since 1970: 2026-01-15 12:00 UTC.
pub const NOW: i64 = 1_768_478_400;

/// The keys that targets sign with, so that what lies behind a signature is reached.
pub fn keys() -> SecretKeys {
    SecretKeys::new("a key for fuzzing")
}

/// The input's lines, one for each header of a request; `None` for an empty or a missing one.
pub fn lines<const N: usize>(text: &str) -> [Option<&str>; N] {
    let mut lines = text.split('\n').map(|line| Some(line).filter(|line| !line.is_empty()));
    std::array::from_fn(|_| lines.next().flatten())
}
