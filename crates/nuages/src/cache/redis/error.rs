//! What can go wrong with a command, and what the caller of a verb is told.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::cache::in_process::no_integer;
use crate::error::{BoxError, Error};

/// When a client may come again after the server was away.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a command has no answer, or the wrong one.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// It was not sent.
    Unreachable(Arc<str>),
    /// It was sent, or part of it, and nobody knows what became of it.
    Unknown(Arc<str>),
    /// The server refused it: `WRONGTYPE Operation against a key …`.
    Refused(Bytes),
    /// The answer is of a kind that the command does not have.
    Odd,
}

impl Failure {
    /// Whether the server refused it with an error of this kind, its first word.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.refusal(kind).is_some()
    }

    /// What stands behind the kind of the refusal.
    pub(super) fn refusal(&self, kind: &str) -> Option<&str> {
        let Self::Refused(text) = self else { return None };
        let rest = std::str::from_utf8(text).ok()?.strip_prefix(kind)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix(' ') }
    }

    /// Whether it is the server's state that is in the way and not the command.
    fn is_passing(&self) -> bool {
        let kinds =
            ["LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "READONLY", "OOM", "BUSY", "MISCONF"];
        let logins = ["NOAUTH", "WRONGPASS", "NOPERM"];
        kinds.into_iter().chain(logins).any(|kind| self.is(kind))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "not sent: {why}"),
            Self::Unknown(why) => write!(f, "sent, and no answer: {why}"),
            // A refusal may repeat the command's arguments: its kind says enough.
            Self::Refused(text) => {
                let text = String::from_utf8_lossy(text);
                write!(f, "refused: {}", text.split(' ').next().unwrap_or_default())
            }
            Self::Odd => f.write_str("an answer that the command does not have"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let no_number = ["value is not an integer or out of range", "increment or decrement would overflow"];
        // A script's error says more around it.
        if failure.refusal("ERR").is_some_and(|text| no_number.iter().any(|known| text.contains(known))) {
            return no_integer();
        }
        match failure {
            Failure::Odd => Self::internal(failure),
            Failure::Refused(_) if !failure.is_passing() => Self::internal(failure),
            _ => unavailable(failure),
        }
    }
}

/// 503 with `Retry-After`.
fn unavailable(source: impl Into<BoxError>) -> Error {
    Error::unavailable("the cache does not answer").with_retry_after(RETRY_AFTER).with_source(source)
}
