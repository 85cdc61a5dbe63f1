//! When a session ends, for the cookie and in the store (`SessionBase.get_expiry_age`, `get_expiry_date`).
//!
//! The entry `_session_expiry` says it, in seconds from each change or as an instant; without one, the settings do.

use jiff::{SignedDuration, Timestamp};
use nuages_wire::datetime::DateTime;
use nuages_wire::session::{Data, Expiry, InvalidExpiry, Policy};

use super::SessionConfig;
use crate::error::{Error, Result};

/// How long a session lives, as of `now`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lifetime {
    pub(super) now: Timestamp,
    /// Seconds from now; 0 or less when it is over.
    pub(super) age: i64,
    pub(super) date: Timestamp,
    pub(super) at_browser_close: bool,
}

impl Lifetime {
    /// That of a session with this data.
    ///
    /// # Errors
    /// An internal error for an entry that says nothing, and for an end beyond all calendars.
    pub(super) fn of(data: &Data, config: &SessionConfig) -> Result<Self> {
        let SessionConfig { cookie_age, expire_at_browser_close, clock, .. } = config;
        let policy = Policy { cookie_age: *cookie_age, expire_at_browser_close: *expire_at_browser_close };
        let (now, expiry) = (clock.now(), Expiry::of(data.as_object()).map_err(Error::internal)?);
        let age = expiry.age(&DateTime::utc(now), policy).map_err(Error::internal)?;
        let date = match expiry {
            Expiry::At(moment) => moment.timestamp(),
            Expiry::Policy | Expiry::Seconds(_) => now.checked_add(SignedDuration::from_secs(age)).ok(),
        };
        let date = date.ok_or_else(|| Error::internal(InvalidExpiry))?;
        Ok(Self { now, age, date, at_browser_close: expiry.at_browser_close(policy) })
    }
}
