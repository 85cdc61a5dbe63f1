//! Filters of dates and times.

use super::Argument::Maybe;
use super::timesince::{Span, timesince};
use super::{Filter, Filtered};
use crate::template::env::Env;
use crate::template::error::TemplateError;
use crate::template::formats::{date_format, format_time, named};
use crate::template::value::Value;

pub(crate) static FILTERS: &[Filter] = &[
    Filter::value("date", Maybe, date).in_local_time(),
    Filter::value("time", Maybe, time).in_local_time(),
    Filter::value("timesince", Maybe, |value, now, env| since(value, now, env, false)),
    Filter::value("timeuntil", Maybe, |value, now, env| since(value, now, env, true)),
];

/// Writes a date; nothing where the value is none.
pub(crate) fn date(value: &Value, format: Option<&Value>, env: &Env) -> Filtered {
    if value.is_none() || value.as_str() == Some("") {
        return Ok(Value::empty());
    }
    let format = format.filter(|format| !format.is_none()).map(Value::to_text);
    let mut text = String::new();
    date_format(value, format.as_deref(), env, &mut text)?;
    Ok(text.into())
}

fn time(value: &Value, format: Option<&Value>, env: &Env) -> Filtered {
    if value.is_none() || value.as_str() == Some("") {
        return Ok(Value::empty());
    }
    let format = format.filter(|format| !format.is_none()).map(Value::to_text);
    let mut text = String::new();
    match format_time(value, named(format.as_deref(), "TIME_FORMAT", env), env, &mut text) {
        Ok(()) => Ok(text.into()),
        Err(_) => Ok(Value::empty()),
    }
}

fn since(value: &Value, now: Option<&Value>, env: &Env, reversed: bool) -> Filtered {
    if !value.is_true() {
        return Ok(Value::empty());
    }
    let now = now.filter(|now| now.is_true());
    let is_date = |value: &Value| {
        matches!(
            value,
            Value::Date(_) | Value::NaiveDateTime(_) | Value::DateTime(_) | Value::FixedDateTime(_)
        )
    };
    if !is_date(value) || now.is_some_and(|now| !is_date(now)) {
        return match (value, now) {
            (Value::Text(_) | Value::Safe(_), _) | (_, Some(Value::Text(_) | Value::Safe(_))) => {
                Err(TemplateError::value("'str' object has no attribute 'year'"))
            }
            _ => Err(TemplateError::value("the value has no attribute 'year'")),
        };
    }
    Ok(timesince(value, now, env, reversed, Span::PLAIN).map_or_else(Value::empty, Value::from))
}
