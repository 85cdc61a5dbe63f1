//! Dates with times, as Python's `datetime` prints them.
//!
//! `isoformat()` writes `2026-11-20T08:30:16.005177+00:00`: microseconds only when there are some, an offset only when
//! the value is *aware*. Django's SQLite backend stores the same in UTC as `2026-11-20 08:30:16.005177`, and compares it
//! as text.
//!
//! ```
//! use nuages_wire::datetime::DateTime;
//!
//! let expiry: DateTime = "2026-01-18T20:15:22+08:00".parse()?;
//! assert_eq!(expiry.timestamp().map(|instant| instant.as_second()), Some(1768738522));
//! assert_eq!(expiry.to_string(), "2026-01-18T20:15:22+08:00");
//! assert_eq!("2026-01-18".parse::<DateTime>()?.to_string(), "2026-01-18T00:00:00");
//! # Ok::<(), nuages_wire::datetime::InvalidIsoFormat>(())
//! ```

use std::fmt;
use std::str::FromStr;

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, civil};

/// A Python `datetime`: naive without an offset, aware with one. Nothing below a microsecond counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// What the clock on the wall shows.
    pub civil: civil::DateTime,
    /// How far that clock is ahead of UTC, when that is known.
    pub offset: Option<Offset>,
}

/// Text that `datetime.fromisoformat` refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidIsoFormat;

impl fmt::Display for InvalidIsoFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a date and time in Python's ISO format")
    }
}

impl std::error::Error for InvalidIsoFormat {}

impl DateTime {
    /// The aware value in UTC, `timezone.now()` of a site with `USE_TZ`.
    pub fn utc(instant: Timestamp) -> Self {
        Self { civil: Offset::UTC.to_datetime(instant), offset: Some(Offset::UTC) }
    }

    /// The naive value on the clock of a time zone, `datetime.now()` of a site without `USE_TZ`.
    pub fn naive(instant: Timestamp, zone: &TimeZone) -> Self {
        Self { civil: zone.to_datetime(instant), offset: None }
    }

    /// The instant of an aware value.
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.offset?.to_timestamp(self.civil).ok()
    }

    /// This many seconds later; `None` outside the calendar, where Python raises `OverflowError`.
    pub fn checked_add_seconds(self, seconds: i64) -> Option<Self> {
        let civil = self.civil.checked_add(SignedDuration::from_secs(seconds)).ok()?;
        (civil.year() >= 1).then_some(Self { civil, ..self })
    }

    /// `self - earlier`; `None` when one is naive and the other aware, where Python raises `TypeError`.
    pub fn since(&self, earlier: &Self) -> Option<SignedDuration> {
        match (self.offset, earlier.offset) {
            (None, None) => Some(earlier.civil.duration_until(self.civil)),
            (Some(_), Some(_)) => Some(earlier.timestamp()?.duration_until(self.timestamp()?)),
            _ => None,
        }
    }
}

/// `isoformat()`.
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_civil(f, self.civil, 'T')?;
        let Some(offset) = self.offset else { return Ok(()) };
        let (sign, seconds) = (if offset.seconds() < 0 { '-' } else { '+' }, offset.seconds().unsigned_abs());
        write!(f, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
        if seconds % 60 == 0 { Ok(()) } else { write!(f, ":{:02}", seconds % 60) }
    }
}

/// The form that Django stores in a SQLite column: UTC under `USE_TZ`, `2026-11-20 08:30:16.005177`.
pub fn to_sqlite(civil: civil::DateTime) -> String {
    struct Sqlite(civil::DateTime);
    impl fmt::Display for Sqlite {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_civil(f, self.0, ' ')
        }
    }
    Sqlite(civil).to_string()
}

fn write_civil(f: &mut fmt::Formatter<'_>, civil: civil::DateTime, separator: char) -> fmt::Result {
    write!(f, "{:04}-{:02}-{:02}{separator}", civil.year(), civil.month(), civil.day())?;
    write!(f, "{:02}:{:02}:{:02}", civil.hour(), civil.minute(), civil.second())?;
    match civil.subsec_nanosecond() / 1000 {
        0 => Ok(()),
        micros => write!(f, ".{micros:06}"),
    }
}

/// `datetime.fromisoformat`: every text that `isoformat` and `str` write, and ISO 8601's extended form with `Z` and any
/// number of decimals. The basic form (`20260118T201522`) and week dates are refused.
impl FromStr for DateTime {
    type Err = InvalidIsoFormat;

    fn from_str(text: &str) -> Result<Self, InvalidIsoFormat> {
        parse(text).ok_or(InvalidIsoFormat)
    }
}

fn parse(text: &str) -> Option<DateTime> {
    let date = parse_date(text.get(..10)?)?;
    let mut rest = text[10..].chars();
    if rest.next().is_none() {
        return Some(DateTime { civil: date.at(0, 0, 0, 0), offset: None });
    }
    let rest = rest.as_str();
    let (time, offset) = match rest.find(['+', '-', 'Z']) {
        None => (rest, None),
        Some(at) if &rest[at..] == "Z" => (&rest[..at], Some(Offset::UTC)),
        Some(at) => (&rest[..at], Some(parse_offset(&rest[at..])?)),
    };
    let (hour, minute, second, nanosecond) = parse_time(time)?;
    let time = civil::Time::new(hour, minute, second, nanosecond).ok()?;
    Some(DateTime { civil: date.to_datetime(time), offset })
}

fn parse_date(text: &str) -> Option<civil::Date> {
    let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
    let date =
        civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    date.ok().filter(|date| date.year() >= 1)
}

fn parse_offset(text: &str) -> Option<Offset> {
    let (hour, minute, second, nanosecond) = parse_time(&text[1..])?;
    if hour > 23 || minute > 59 || second > 59 || nanosecond > 0 {
        return None;
    }
    let seconds = i32::from(hour) * 3600 + i32::from(minute) * 60 + i32::from(second);
    Offset::from_seconds(if text.starts_with('-') { -seconds } else { seconds }).ok()
}

/// `HH[:MM[:SS[.f…]]]`, as hour, minute, second, nanosecond.
fn parse_time(text: &str) -> Option<(i8, i8, i8, i32)> {
    let (clock, fraction) =
        text.split_once(['.', ',']).map_or((text, None), |(clock, fraction)| (clock, Some(fraction)));
    let [hour, minute, second] = match clock.len() {
        2 => [numbers(clock, ':', [2])?[0], 0, 0],
        5 => {
            let [hour, minute] = numbers(clock, ':', [2, 2])?;
            [hour, minute, 0]
        }
        _ => numbers(clock, ':', [2, 2, 2])?,
    };
    let micros = match fraction {
        None => 0,
        // Digits beyond the sixth are dropped.
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{digits:0<6}").get(..6)?.parse::<i32>().ok()?
        }
        Some(_) => return None,
    };
    Some((i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, micros * 1000))
}

/// Unsigned numbers of exactly these many digits, with a separator between them.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[u16; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits)?;
        *number = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Each from datetime.fromisoformat(text).isoformat() of Python 3.11; None where it raises.
    #[test]
    fn iso_like_python() {
        let cases: &[(&str, Option<&str>)] = &[
            ("2026-11-20T08:30:16.005177+00:00", Some("2026-11-20T08:30:16.005177+00:00")),
            ("2026-11-20 08:30:16", Some("2026-11-20T08:30:16")),
            ("2026-11-20T08:30:16.5", Some("2026-11-20T08:30:16.500000")),
            ("2026-11-20T08:30:16.1234567", Some("2026-11-20T08:30:16.123456")),
            ("2026-11-20T08:30:16Z", Some("2026-11-20T08:30:16+00:00")),
            ("2026-11-20T08:30:16-05:30", Some("2026-11-20T08:30:16-05:30")),
            ("2026-11-20T08:30:16+05:30:15", Some("2026-11-20T08:30:16+05:30:15")),
            ("2026-11-20T08:30", Some("2026-11-20T08:30:00")),
            ("2026-11-20T08", Some("2026-11-20T08:00:00")),
            ("2026-11-20", Some("2026-11-20T00:00:00")),
            ("2026-11-20T", None),
            ("2026-02-30", None),
            ("0000-01-01", None),
            ("0001-01-01T00:00:00", Some("0001-01-01T00:00:00")),
            ("9999-12-31T23:59:59.999999", Some("9999-12-31T23:59:59.999999")),
            ("2026-11-20T24:00:00", None),
            ("2026-11-20T08:60", None),
            ("2026-11-20T08:30:60", None),
            ("2026-11-20T08:30:16+24:00", None),
            ("2026-11-20T08:30:16+23:59", Some("2026-11-20T08:30:16+23:59")),
            ("2026-11-20T08:30:16,5", Some("2026-11-20T08:30:16.500000")),
            ("2026-11-20T08:30:16.", None),
            ("2026-11-20T08:30.5", Some("2026-11-20T08:30:00.500000")),
            ("", None),
            ("x", None),
            ("2026-11-20é08:30:16", Some("2026-11-20T08:30:16")),
            ("2026-11-20T8:30:16", None),
            ("2026-11-20T08:30:16+5", None),
            ("2026-11-20T08:30:16+05", Some("2026-11-20T08:30:16+05:00")),
            ("2026-11-20T08:30:16-00:00", Some("2026-11-20T08:30:16+00:00")),
            ("2026-11-20T+8:30", None),
            ("2026-11-20T08:30:1٣", None),
        ];
        for (text, iso) in cases {
            let ours = text.parse::<DateTime>().ok().map(|value| value.to_string());
            assert_eq!(ours.as_deref(), *iso, "{text:?}");
        }
    }

    #[test]
    fn sqlite_text() {
        let text = |iso: &str| iso.parse::<DateTime>().map(|value| to_sqlite(value.civil));
        assert_eq!(text("2026-11-20T08:30:16.005177").as_deref(), Ok("2026-11-20 08:30:16.005177"));
        assert_eq!(text("0099-11-20T08:30:16").as_deref(), Ok("0099-11-20 08:30:16"));
    }

    #[test]
    fn naive_and_aware_do_not_mix() {
        let aware = DateTime::utc(Timestamp::UNIX_EPOCH);
        let naive = DateTime::naive(Timestamp::UNIX_EPOCH, &TimeZone::UTC);
        assert_eq!(aware.since(&naive), None);
        assert_eq!(aware.since(&aware), Some(SignedDuration::ZERO));
        assert_eq!(naive.checked_add_seconds(i64::MAX), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9TZ:+.,\\- é]{0,34}") {
            if let Ok(value) = text.parse::<DateTime>() {
                proptest::prop_assert_eq!(value.to_string().parse(), Ok(value));
            }
        }
    }
}
