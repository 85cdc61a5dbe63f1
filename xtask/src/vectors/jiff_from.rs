//! Python's `datetime` kinds as the types that nuages-wire takes.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{BadCase, Tagged};

/// A `timedelta`, or a number of seconds; `Ok(None)` for Python's None.
pub(super) fn duration(value: &Tagged) -> Result<Option<SignedDuration>, BadCase> {
    let bad = || BadCase(format!("not a duration: {value:?}"));
    Ok(Some(match value {
        Tagged::None => return Ok(None),
        Tagged::Int(seconds) => SignedDuration::from_secs(seconds.try_into().map_err(|_| bad())?),
        Tagged::Float(seconds) => SignedDuration::try_from_secs_f64(*seconds).map_err(|_| bad())?,
        Tagged::TimeDelta([days, seconds, micros]) => {
            SignedDuration::from_secs(days * 86_400 + seconds) + SignedDuration::from_micros(*micros)
        }
        _ => return Err(bad()),
    }))
}

/// A `datetime`; a naive one is UTC.
pub(super) fn moment(value: &Tagged) -> Result<Timestamp, BadCase> {
    let Tagged::DateTime(text) = value else {
        return Err(BadCase(format!("not a datetime: {value:?}")));
    };
    read_moment(text)
}

/// ISO 8601 text; without an offset it is UTC.
pub(super) fn read_moment(text: &str) -> Result<Timestamp, BadCase> {
    let bad = |error| BadCase(format!("{text}: {error}"));
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    let civil: DateTime = text.parse().map_err(bad)?;
    Ok(civil.to_zoned(TimeZone::UTC).map_err(bad)?.timestamp())
}
