//! `localtime`, `utc` and `timezone`, from `{% load tz %}`.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::Argument::{Must, No};
use super::Filter;
use crate::template::env::Env;
use crate::template::value::Value;

pub(crate) static FILTERS: &[Filter] = &[
    Filter::value("localtime", No, |value, _, env| Ok(in_zone(value, Some(env.time_zone.clone()), env))),
    Filter::value("timezone", Must, |value, zone, env| Ok(in_zone(value, zone.and_then(named), env))),
    Filter::value("utc", No, |value, _, env| Ok(in_zone(value, Some(TimeZone::UTC), env))),
];

fn named(zone: &Value) -> Option<TimeZone> {
    zone.as_str().and_then(|name| TimeZone::get(name).ok())
}

/// The moment in a zone, which it keeps; empty text where the value is no datetime or the zone is not known.
fn in_zone(value: &Value, zone: Option<TimeZone>, env: &Env) -> Value {
    let aware = match value {
        Value::DateTime(at) | Value::FixedDateTime(at) => Some(Arc::clone(at)),
        Value::NaiveDateTime(at) => at.to_zoned(env.settings.time_zone.clone()).ok().map(Arc::new),
        _ => None,
    };
    match (aware, zone) {
        (Some(at), Some(zone)) => Value::FixedDateTime(Arc::new(at.with_time_zone(zone))),
        _ => Value::empty(),
    }
}
