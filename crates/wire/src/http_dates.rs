//! HTTP dates: `Thu, 15 Jan 2026 12:00:00 GMT`.
//!
//! Equals `django.utils.http.http_date` and `parse_http_date`. Writing uses the preferred form of
//! RFC 9110 section 5.6.7; reading also takes its two obsolete forms, `Thursday, 15-Jan-26 12:00:00
//! GMT` and `Thu Jan 15 12:00:00 2026`. The name of the weekday is not checked against the date.
//!
//! ```
//! use nuages_wire::http_dates::{http_date, parse_http_date};
//!
//! assert_eq!(http_date(1768478400)?, "Thu, 15 Jan 2026 12:00:00 GMT");
//! assert_eq!(parse_http_date("Thu, 15 Jan 2026 12:00:00 GMT", 2026)?, 1768478400);
//! # Ok::<(), nuages_wire::http_dates::HttpDateError>(())
//! ```

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::DateTime;

use crate::python::is_word;

/// Why a date cannot be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpDateError {
    /// Before the year 1 or after the year 9999.
    OutOfRange,
    /// In none of the three forms, or a day or time that does not exist.
    Malformed,
}

impl fmt::Display for HttpDateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HttpDateError::OutOfRange => "the year is not between 1 and 9999",
            HttpDateError::Malformed => "not a valid HTTP date",
        })
    }
}

impl std::error::Error for HttpDateError {}

/// A timestamp of `jiff` ends a day before the year 9999 does; its calendar does not.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Writes `epoch`, in whole seconds since 1970-01-01 UTC (`django.utils.http.http_date`).
///
/// # Errors
/// [`HttpDateError::OutOfRange`] for a year that Python's `datetime` does not have.
pub fn http_date(epoch: i64) -> Result<String, HttpDateError> {
    let mut date = String::with_capacity("Thu, 15 Jan 2026 12:00:00 GMT".len());
    push_http_date(&mut date, epoch)?;
    Ok(date)
}

/// Appends what [`http_date`] answers. Every `Set-Cookie` has a date: `format!` would take ten times as long.
pub(crate) fn push_http_date(date: &mut String, epoch: i64) -> Result<(), HttpDateError> {
    let moment =
        EPOCH.checked_add(SignedDuration::from_secs(epoch)).map_err(|_| HttpDateError::OutOfRange)?;
    if moment.year() < 1 {
        return Err(HttpDateError::OutOfRange);
    }
    let weekday = WEEKDAYS[usize::from(moment.weekday().to_monday_zero_offset().unsigned_abs())];
    let month = MONTHS[usize::from(moment.month().unsigned_abs()) - 1];
    date.push_str(weekday);
    date.push_str(", ");
    two_digits(date, moment.day());
    date.extend([" ", month, " "]);
    two_digits(date, (moment.year() / 100) as i8);
    two_digits(date, (moment.year() % 100) as i8);
    for (separator, number) in [(' ', moment.hour()), (':', moment.minute()), (':', moment.second())] {
        date.push(separator);
        two_digits(date, number);
    }
    date.push_str(" GMT");
    Ok(())
}

/// A number below 100.
fn two_digits(date: &mut String, number: i8) {
    let number = number.unsigned_abs();
    date.extend([number / 10, number % 10].map(|digit| char::from(b'0' + digit)));
}

/// Reads a date, in seconds since 1970-01-01 UTC (`django.utils.http.parse_http_date`).
///
/// A year below 100 lies in the century of `current_year`, or in the one before when it would be more
/// than 50 years ahead.
///
/// # Errors
/// [`HttpDateError::Malformed`] for a text in none of the three forms.
pub fn parse_http_date(text: &str, current_year: i16) -> Result<i64, HttpDateError> {
    // Python's `$` also matches before a newline that ends the text.
    let text = text.strip_suffix('\n').unwrap_or(text);
    let fields = imf_fixdate(text)
        .or_else(|| rfc_850(text))
        .or_else(|| asctime(text))
        .ok_or(HttpDateError::Malformed)?;
    fields.to_epoch(current_year).ok_or(HttpDateError::Malformed)
}

/// The pieces of a date as they stand in its text.
struct Fields<'a> {
    day: &'a str,
    month: &'a str,
    year: &'a str,
    time: &'a str,
}

impl Fields<'_> {
    fn to_epoch(&self, current_year: i16) -> Option<i64> {
        let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(self.month))?;
        let mut year = i16::try_from(digits(self.year)?).ok()?;
        if year < 100 {
            let century = current_year - current_year.rem_euclid(100);
            let ahead = year - current_year.rem_euclid(100) > 50;
            year += if ahead { century - 100 } else { century };
        }
        let time = self.time.as_bytes();
        if self.time.len() != 8 || time[2] != b':' || time[5] != b':' {
            return None;
        }
        let part = |from: usize| i8::try_from(digits(self.time.get(from..from + 2)?)?).ok();
        let moment = DateTime::new(
            year,
            i8::try_from(month + 1).ok()?,
            i8::try_from(digits(self.day.trim_start_matches(' '))?).ok()?,
            part(0)?,
            part(3)?,
            part(6)?,
            0,
        )
        .ok()?;
        Some(moment.duration_since(EPOCH).as_secs())
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn imf_fixdate(text: &str) -> Option<Fields<'_>> {
    let rest = after_weekday(text, 3..=3)?.strip_prefix(", ")?.strip_suffix(" GMT")?;
    let [day, month, year, time] = exactly(rest.split(' '))?;
    (day.len() == 2 && year.len() == 4).then_some(Fields { day, month, year, time })
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
fn rfc_850(text: &str) -> Option<Fields<'_>> {
    let rest = after_weekday(text, 6..=9)?.strip_prefix(", ")?.strip_suffix(" GMT")?;
    let (date, time) = rest.split_once(' ')?;
    let [day, month, year] = exactly(date.split('-'))?;
    (day.len() == 2 && year.len() == 2).then_some(Fields { day, month, year, time })
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime(text: &str) -> Option<Fields<'_>> {
    let rest = after_weekday(text, 3..=3)?.strip_prefix(' ')?;
    let (month, rest) = rest.split_once(' ')?;
    let (day, rest) = (rest.get(..2)?, rest.get(2..)?);
    let [time, year] = exactly(rest.strip_prefix(' ')?.split(' '))?;
    (year.len() == 4 && day != "  ").then_some(Fields { day, month, year, time })
}

fn after_weekday(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<&str> {
    let rest = text.trim_start_matches(is_word);
    length.contains(&text[..text.len() - rest.len()].chars().count()).then_some(rest)
}

fn exactly<'a, const N: usize>(pieces: impl Iterator<Item = &'a str>) -> Option<[&'a str; N]> {
    pieces.collect::<Vec<_>>().try_into().ok()
}

fn digits(text: &str) -> Option<u16> {
    let ascii = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if ascii { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_of_the_rfc_are_one_moment() {
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(parse_http_date(text, 2026), Ok(784111777), "{text}");
        }
    }

    #[test]
    fn a_two_digit_year_is_at_most_fifty_years_ahead() {
        let year = |text| parse_http_date(text, 2026).and_then(http_date);
        assert_eq!(year("Monday, 01-Jan-76 00:00:00 GMT").as_deref(), Ok("Wed, 01 Jan 2076 00:00:00 GMT"));
        assert_eq!(year("Monday, 01-Jan-77 00:00:00 GMT").as_deref(), Ok("Sat, 01 Jan 1977 00:00:00 GMT"));
    }

    #[test]
    fn what_is_no_date_is_an_error() {
        for text in ["", "x", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "é"] {
            assert_eq!(parse_http_date(text, 2026), Err(HttpDateError::Malformed), "{text}");
        }
        assert_eq!(http_date(i64::MAX), Err(HttpDateError::OutOfRange));
    }
}
