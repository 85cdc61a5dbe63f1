//! The functions that Django's backend registers on each connection, for the manager's `regex` and parts of dates.
//!
//! `django_datetime_extract('hour', '2026-01-15 23:30:00', 'Asia/Shanghai', 'UTC')` is 7. NULL stays NULL.

use std::sync::Arc;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use regex::Regex;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

use crate::db::{FromValue, Value};

pub(super) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("regexp", 2, flags, regexp)?;
    connection.create_scalar_function("django_date_extract", 2, flags, |context| {
        let Some(day) = text(context, 1)? else { return Ok(None) };
        let day =
            Date::from_value(Value::Text(day)).map_err(|error| Error::UserFunctionError(error.into()))?;
        part(&context.get::<String>(0)?, &day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).map_err(failed)?)
    })?;
    connection.create_scalar_function("django_datetime_extract", 4, flags, |context| {
        let Some(instant) = zoned(context, 1, 2)? else { return Ok(None) };
        part(&context.get::<String>(0)?, &instant)
    })?;
    connection.create_scalar_function("django_datetime_cast_date", 3, flags, |context| {
        Ok(zoned(context, 0, 1)?.map(|instant| instant.date().to_string()))
    })
}

/// `text REGEXP pattern`; the pattern comes first. It is compiled once for a statement.
fn regexp(context: &Context<'_>) -> Result<Option<bool>> {
    if context.get_raw(0) == ValueRef::Null {
        return Ok(None);
    }
    let pattern: Arc<Regex> = context.get_or_create_aux(0, |pattern| -> std::result::Result<_, Failure> {
        Ok(Regex::new(pattern.as_str()?)?)
    })?;
    Ok(text(context, 1)?.map(|text| pattern.is_match(&text)))
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn failed(error: jiff::Error) -> Error {
    Error::UserFunctionError(error.into())
}

fn text(context: &Context<'_>, place: usize) -> Result<Option<String>> {
    Ok(match context.get_raw(place) {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    })
}

/// The instant of one argument in the time zone of another.
fn zoned(context: &Context<'_>, instant: usize, zone: usize) -> Result<Option<Zoned>> {
    let Some(instant) = text(context, instant)? else { return Ok(None) };
    let zone: String = context.get(zone)?;
    let instant = Timestamp::from_value(Value::Text(instant))
        .map_err(|error| Error::UserFunctionError(error.into()))?;
    Ok(Some(instant.to_zoned(TimeZone::get(&zone).map_err(failed)?)))
}

fn part(name: &str, at: &Zoned) -> Result<Option<i64>> {
    let week = at.date().iso_week_date();
    Ok(Some(match name {
        "year" => at.year().into(),
        "iso_year" => week.year().into(),
        "quarter" => i64::from((at.month() + 2) / 3),
        "month" => at.month().into(),
        "week" => week.week().into(),
        "day" => at.day().into(),
        "week_day" => i64::from(at.weekday().to_sunday_one_offset()),
        "iso_week_day" => i64::from(at.weekday().since(Weekday::Monday)) + 1,
        "hour" => at.hour().into(),
        "minute" => at.minute().into(),
        "second" => at.second().into(),
        _ => return Err(Error::UserFunctionError(format!("unknown part {name}").into())),
    }))
}
