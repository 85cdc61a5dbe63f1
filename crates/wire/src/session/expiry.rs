//! When a session ends.

use std::fmt;

use super::EXPIRY_ENTRY;
use crate::datetime::DateTime;
use crate::json::{Object, Value};

/// The settings that rule a session without an expiry of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `SESSION_COOKIE_AGE`, seconds; two weeks.
    pub cookie_age: i64,
    /// `SESSION_EXPIRE_AT_BROWSER_CLOSE`; false.
    pub expire_at_browser_close: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { cookie_age: 1_209_600, expire_at_browser_close: false }
    }
}

/// What `set_expiry` was given, the entry `_session_expiry`.
///
/// ```
/// use nuages_wire::datetime::DateTime;
/// use nuages_wire::json::Object;
/// use nuages_wire::session::{Expiry, Policy};
///
/// let now: DateTime = "2026-01-15T12:00:00+00:00".parse().unwrap();
/// let mut data = Object::new();
/// Expiry::Seconds(300).store(&mut data);
/// let expiry = Expiry::of(&data)?;
/// assert_eq!(expiry.age(&now, Policy::default())?, 300);
/// assert_eq!(expiry.date(&now, Policy::default())?.to_string(), "2026-01-15T12:05:00+00:00");
/// assert!(!expiry.at_browser_close(Policy::default()));
/// # Ok::<(), nuages_wire::session::InvalidExpiry>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expiry {
    /// None of its own: the [`Policy`] holds.
    #[default]
    Policy,
    /// This many seconds after the last change; 0 is the end of the browser's session, which still lives
    /// `SESSION_COOKIE_AGE` on the server.
    Seconds(i64),
    /// At a moment: aware under `USE_TZ`, naive without.
    At(DateTime),
}

/// An entry that Django cannot reckon with: it raises `ValueError`, `TypeError` (naive and aware mixed) or
/// `OverflowError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidExpiry;

impl fmt::Display for InvalidExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session's expiry is not a number of seconds or a date and time of this site")
    }
}

impl std::error::Error for InvalidExpiry {}

impl Expiry {
    /// The expiry of a session.
    ///
    /// # Errors
    /// [`InvalidExpiry`] for an entry that is no number of whole seconds and no ISO text.
    pub fn of(data: &Object) -> Result<Self, InvalidExpiry> {
        match data.get(EXPIRY_ENTRY) {
            None | Some(Value::Null) => Ok(Self::Policy),
            Some(Value::Bool(flag)) => Ok(Self::Seconds(i64::from(*flag))),
            Some(Value::Number(number)) if number.is_float() => {
                let seconds = number.as_f64();
                let whole = seconds.trunc() == seconds && seconds.abs() < 9e15;
                whole.then_some(Self::Seconds(seconds as i64)).ok_or(InvalidExpiry)
            }
            Some(Value::Number(number)) => number.as_i64().map(Self::Seconds).ok_or(InvalidExpiry),
            Some(Value::String(text)) => {
                text.as_str().and_then(|text| text.parse().ok()).map(Self::At).ok_or(InvalidExpiry)
            }
            Some(_) => Err(InvalidExpiry),
        }
    }

    /// Sets or removes the entry, as `set_expiry` does.
    pub fn store(self, data: &mut Object) {
        match self {
            Self::Policy => data.remove(EXPIRY_ENTRY),
            Self::Seconds(seconds) => data.insert(EXPIRY_ENTRY, seconds),
            Self::At(moment) => data.insert(EXPIRY_ENTRY, moment.to_string()),
        };
    }

    /// `get_expiry_age()`: seconds from `now`, rounded down, negative when it is over.
    ///
    /// # Errors
    /// [`InvalidExpiry`] when one of the moments is naive and the other aware.
    pub fn age(self, now: &DateTime, policy: Policy) -> Result<i64, InvalidExpiry> {
        match self {
            Self::Policy | Self::Seconds(0) => Ok(policy.cookie_age),
            Self::Seconds(seconds) => Ok(seconds),
            Self::At(moment) => {
                let left = moment.since(now).ok_or(InvalidExpiry)?;
                // Python's `timedelta` counts whole seconds down from a negative fraction.
                Ok(left.as_secs() - i64::from(left.subsec_nanos() < 0))
            }
        }
    }

    /// `get_expiry_date()`.
    ///
    /// # Errors
    /// [`InvalidExpiry`] beyond the year 9999.
    pub fn date(self, now: &DateTime, policy: Policy) -> Result<DateTime, InvalidExpiry> {
        match self {
            Self::At(moment) => Ok(moment),
            _ => now.checked_add_seconds(self.age(now, policy)?).ok_or(InvalidExpiry),
        }
    }

    /// `get_expire_at_browser_close()`: whether the cookie goes without `Max-Age` and `expires`.
    pub fn at_browser_close(self, policy: Policy) -> bool {
        match self {
            Self::Policy => policy.expire_at_browser_close,
            Self::Seconds(seconds) => seconds == 0,
            Self::At(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: impl Into<Value>) -> Result<Expiry, InvalidExpiry> {
        Expiry::of(&Object::from_iter([(EXPIRY_ENTRY, value)]))
    }

    #[test]
    fn entries() {
        assert_eq!(of(Value::Null), Ok(Expiry::Policy));
        assert_eq!(of(0.0), Ok(Expiry::Seconds(0)));
        assert_eq!(of(-5), Ok(Expiry::Seconds(-5)));
        assert_eq!(of(1.5), Err(InvalidExpiry));
        assert_eq!(of(f64::NAN), Err(InvalidExpiry));
        assert_eq!(of("tomorrow"), Err(InvalidExpiry));
        assert_eq!(of(vec![]), Err(InvalidExpiry));
    }

    #[test]
    fn naive_and_aware_do_not_mix() {
        let now: Result<DateTime, _> = "2026-01-15T12:00:00+00:00".parse();
        let age = |iso: &str| now.map(|now| of(iso)?.age(&now, Policy::default()));
        assert_eq!(age("2026-01-15T12:00:30"), Ok(Err(InvalidExpiry)));
        assert_eq!(age("2026-01-15T11:59:59.5+00:00"), Ok(Ok(-1)));
        assert_eq!(age("2026-01-15T12:00:29.9+00:00"), Ok(Ok(29)));
    }
}
