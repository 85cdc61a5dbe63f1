//! The letters of Django's `date` and `time` filters (`django.utils.dateformat`).
//!
//! `D d M Y` writes `Wed 09 Jan 2008`; `jS \o\f F` writes `1st of May`.

use std::fmt::Write as _;

use jiff::civil::{self, Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::names::{MONTHS, MONTHS_3, MONTHS_AP, MONTHS_RFC, WEEKDAYS, WEEKDAYS_ABBR};
use crate::template::env::Env;
use crate::template::value::{Value, write_aware, write_naive};

/// Why a value cannot be written in a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The value lacks what a letter asks for (Python's `AttributeError`).
    Attribute,
    /// A date without a time was asked for its time (`TypeError`).
    Type(String),
}

use Failure::Attribute;

/// What a value has of a date.
struct Parts<'v> {
    date: Option<Date>,
    time: Option<Time>,
    aware: Option<&'v Zoned>,
    /// The zone, unless the time is ambiguous or missing in it.
    zone: Option<TimeZone>,
    plain_date: bool,
}

impl<'v> Parts<'v> {
    fn of(value: &'v Value, env: &Env) -> Self {
        let empty = Self { date: None, time: None, aware: None, zone: None, plain_date: false };
        match value {
            Value::DateTime(at) | Value::FixedDateTime(at) => Self {
                date: Some(at.date()),
                time: Some(at.time()),
                aware: Some(at),
                zone: certain(at.time_zone(), at.datetime()),
                ..empty
            },
            Value::NaiveDateTime(at) => Self {
                date: Some(at.date()),
                time: Some(at.time()),
                zone: certain(&env.settings.time_zone, *at),
                ..empty
            },
            Value::Date(date) => Self { date: Some(*date), plain_date: true, ..empty },
            Value::Time(time) => Self { time: Some(*time), ..empty },
            _ => empty,
        }
    }

    fn date(&self) -> Result<Date, Failure> {
        self.date.ok_or(Attribute)
    }

    fn time(&self) -> Result<Time, Failure> {
        self.time.ok_or(Attribute)
    }

    fn naive(&self) -> Result<civil::DateTime, Failure> {
        Ok(self.date()?.to_datetime(self.time.unwrap_or(Time::midnight())))
    }

    /// The moment, with a naive value taken in `zone`.
    fn zoned(&self, zone: &TimeZone) -> Result<Zoned, Failure> {
        match self.aware {
            Some(at) => Ok(at.clone()),
            None => self.naive()?.to_zoned(zone.clone()).map_err(|_| Attribute),
        }
    }

    fn certain_zoned(&self) -> Result<Option<Zoned>, Failure> {
        self.zone.as_ref().map(|zone| self.zoned(zone)).transpose()
    }
}

fn certain(zone: &TimeZone, at: civil::DateTime) -> Option<TimeZone> {
    (!zone.to_ambiguous_timestamp(at).is_ambiguous()).then(|| zone.clone())
}

/// Appends a date or datetime in a format.
pub(crate) fn format_date(value: &Value, format: &str, env: &Env, out: &mut String) -> Result<(), Failure> {
    run(format, out, &Parts::of(value, env), |letter, parts, out| {
        match time_letter(letter, parts, env, out) {
            Some(result) => result,
            None => date_letter(letter, parts, env, out),
        }
    })
}

/// Appends a time in a format, which may hold no letter of a date.
pub(crate) fn format_time(value: &Value, format: &str, env: &Env, out: &mut String) -> Result<(), Failure> {
    run(format, out, &Parts::of(value, env), |letter, parts, out| {
        time_letter(letter, parts, env, out).unwrap_or(Err(Attribute))
    })
}

fn run(
    format: &str,
    out: &mut String,
    parts: &Parts<'_>,
    write: impl Fn(char, &Parts<'_>, &mut String) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut escaped = false;
    let mut previous = ' ';
    for c in format.chars() {
        let letter = "aAbcdDeEfFgGhHiIjlLmMnNoOPrsStTUuwWyYzZ".contains(c) && previous != '\\';
        previous = c;
        if letter {
            escaped = false;
            if parts.plain_date && "aAefgGhHiOPsTuZ".contains(c) {
                return Err(Failure::Type(format!(
                    "The format for date objects may not contain time-related format specifiers (found '{c}')."
                )));
            }
            write(c, parts, out)?;
        } else if c == '\\' && !escaped {
            escaped = true;
        } else {
            escaped = false;
            out.push(c);
        }
    }
    if escaped {
        out.push('\\');
    }
    Ok(())
}

fn time_letter(letter: char, parts: &Parts<'_>, env: &Env, out: &mut String) -> Option<Result<(), Failure>> {
    "aAefgGhHiOPsTuZ".contains(letter).then(|| write_time_letter(letter, parts, env, out))
}

fn write_time_letter(letter: char, parts: &Parts<'_>, env: &Env, out: &mut String) -> Result<(), Failure> {
    match letter {
        'e' => {
            if let (Some(_), Some(at)) = (&parts.zone, parts.aware) {
                out.push_str(&zone_name(at));
            }
        }
        'O' | 'T' | 'Z' => {
            if let Some(at) = parts.certain_zoned()? {
                match letter {
                    'O' => write_offset(at.offset().seconds(), out),
                    'T' => out.push_str(&zone_name(&at)),
                    _ => _ = write!(out, "{}", at.offset().seconds()),
                }
            }
        }
        _ => {
            let time = parts.time()?;
            let (hour, minute) = (time.hour(), time.minute());
            let hour_12 = if hour % 12 == 0 { 12 } else { hour % 12 };
            let half = env.gettext(if hour > 11 { "p.m." } else { "a.m." });
            _ = match letter {
                'a' => write!(out, "{half}"),
                'A' => write!(out, "{}", env.gettext(if hour > 11 { "PM" } else { "AM" })),
                'f' if minute == 0 => write!(out, "{hour_12}"),
                'f' => write!(out, "{hour_12}:{minute:02}"),
                'g' => write!(out, "{hour_12}"),
                'G' => write!(out, "{hour}"),
                'h' => write!(out, "{hour_12:02}"),
                'H' => write!(out, "{hour:02}"),
                'i' => write!(out, "{minute:02}"),
                's' => write!(out, "{:02}", time.second()),
                'u' => write!(out, "{:06}", time.subsec_nanosecond() / 1000),
                _ if minute == 0 && hour == 0 => write!(out, "{}", env.gettext("midnight")),
                _ if minute == 0 && hour == 12 => write!(out, "{}", env.gettext("noon")),
                _ if minute == 0 => write!(out, "{hour_12} {half}"),
                _ => write!(out, "{hour_12}:{minute:02} {half}"),
            };
        }
    }
    Ok(())
}

fn date_letter(letter: char, parts: &Parts<'_>, env: &Env, out: &mut String) -> Result<(), Failure> {
    if letter == 'c' {
        match (parts.aware, parts.date, parts.time) {
            (Some(at), ..) => write_aware(out, at, 'T'),
            (None, Some(date), Some(time)) => write_naive(out, date.to_datetime(time), 'T'),
            (None, Some(date), None) => _ = write!(out, "{date}"),
            (None, None, Some(time)) => Value::Time(time).write_text(out),
            (None, None, None) => return Err(Attribute),
        }
        return Ok(());
    }
    if matches!(letter, 'U' | 'r') && parts.date.is_none() {
        return Err(Failure::Type("combine() argument 1 must be datetime.date".into()));
    }
    let date = parts.date()?;
    let month = usize::try_from(date.month() - 1).unwrap_or(0);
    let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
    _ = match letter {
        'b' => write!(out, "{}", env.gettext(MONTHS_3[month])),
        'd' => write!(out, "{:02}", date.day()),
        'D' => write!(out, "{}", env.gettext(WEEKDAYS_ABBR[weekday])),
        'E' => write!(out, "{}", env.pgettext("alt. month", MONTHS[month])),
        'F' => write!(out, "{}", env.gettext(MONTHS[month])),
        'I' => match parts.certain_zoned()? {
            Some(at) => {
                write!(out, "{}", u8::from(at.time_zone().to_offset_info(at.timestamp()).dst().is_dst()))
            }
            None => Ok(()),
        },
        'j' => write!(out, "{}", date.day()),
        'l' => write!(out, "{}", env.gettext(WEEKDAYS[weekday])),
        'L' => write!(out, "{}", if date.in_leap_year() { "True" } else { "False" }),
        'm' => write!(out, "{:02}", date.month()),
        'M' => write!(out, "{}", crate::template::filters::text::title(env.gettext(MONTHS_3[month]))),
        'n' => write!(out, "{}", date.month()),
        'N' => write!(out, "{}", env.pgettext("abbrev. month", MONTHS_AP[month])),
        'o' => write!(out, "{}", date.iso_week_date().year()),
        'r' => return write_rfc5322(parts, env, out),
        'S' => write!(out, "{}", ordinal_suffix(date.day())),
        't' => write!(out, "{}", date.days_in_month()),
        'U' => write!(out, "{}", parts.zoned(&env.settings.time_zone)?.timestamp().as_second()),
        'w' => write!(out, "{}", date.weekday().to_sunday_zero_offset()),
        'W' => write!(out, "{}", date.iso_week_date().week()),
        'y' => write!(out, "{:02}", date.year() % 100),
        'Y' => write!(out, "{:04}", date.year()),
        _ => write!(out, "{}", date.day_of_year()),
    };
    Ok(())
}

fn write_rfc5322(parts: &Parts<'_>, env: &Env, out: &mut String) -> Result<(), Failure> {
    let at = parts.zoned(&env.settings.time_zone)?;
    let weekday = WEEKDAYS_ABBR[usize::try_from(at.weekday().to_monday_zero_offset()).unwrap_or(0)];
    let month = MONTHS_RFC[usize::try_from(at.month() - 1).unwrap_or(0)];
    _ = write!(
        out,
        "{weekday}, {:02} {month} {:04} {:02}:{:02}:{:02} ",
        at.day(),
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    );
    write_offset(at.offset().seconds(), out);
    Ok(())
}

/// `+0800`.
fn write_offset(seconds: i32, out: &mut String) {
    let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    _ = write!(out, "{sign}{:02}{:02}", seconds / 3600, seconds / 60 % 60);
}

/// Python's `tzname()`: `CST`, `UTC`, and `UTC+08:00` where a zone is only an offset.
fn zone_name(at: &Zoned) -> String {
    let zone = at.time_zone();
    let name = zone.to_offset_info(Timestamp::from(at)).abbreviation().to_owned();
    if zone.iana_name().is_some() || zone.to_fixed_offset().is_err() || name == "UTC" {
        return name;
    }
    let seconds = at.offset().seconds();
    let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    format!("UTC{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
}

fn ordinal_suffix(day: i8) -> &'static str {
    match (day, day % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}
