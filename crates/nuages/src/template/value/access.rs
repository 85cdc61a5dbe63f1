//! The dot: dictionary key, then attribute or method without arguments, then list index (`Variable._resolve_lookup`).

use std::borrow::Cow;
use std::sync::Arc;

use jiff::civil;

use super::{Dict, Number, Value};
use crate::template::filters::text as casing;

/// What a lookup found.
pub(crate) enum Member<'v> {
    Found(Cow<'v, Value>),
    Missing,
}

use Member::Missing;

impl Value {
    /// Looks `name` up in this value. `index` is `name` as a number, where it is one.
    pub(crate) fn member<'v>(&'v self, name: &str, index: Option<usize>) -> Member<'v> {
        match self {
            Self::Dict(dict) => member_of_dict(dict, name, index),
            Self::List(items) | Self::Tuple(items) => match index.and_then(|index| items.get(index)) {
                Some(item) => Member::Found(Cow::Borrowed(item)),
                None => Missing,
            },
            Self::Object(object) => match object.get(name) {
                Some(value) => value.into(),
                None => match (index, object.items()) {
                    (Some(index), Some(items)) => items.into_iter().nth(index).map_or(Missing, Member::from),
                    _ => Missing,
                },
            },
            Self::Text(text) | Self::Safe(text) => match index {
                Some(index) => text.chars().nth(index).map_or(Missing, |c| Value::from(c).into()),
                None => member_of_text(text, name),
            },
            Self::DateTime(at) | Self::FixedDateTime(at) => match name {
                "tzinfo" => Missing,
                "utcoffset" => Missing,
                _ => member_of_datetime(at.datetime(), name),
            },
            Self::NaiveDateTime(at) => member_of_datetime(*at, name),
            Self::Date(date) => member_of_date(*date, name),
            Self::Time(time) => member_of_time(*time, name),
            Self::Uuid(uuid) if name == "hex" => Value::from(uuid.simple().to_string()).into(),
            Self::Int(_) | Self::Float(_) | Self::Decimal(_) | Self::BigInt(_) | Self::Bool(_) => {
                match name {
                    "real" | "numerator" | "conjugate" => Member::Found(Cow::Borrowed(self)),
                    "imag" => Value::Int(0).into(),
                    "is_integer" => {
                        Value::Bool(Number::of(self).is_some_and(|number| number.is_whole())).into()
                    }
                    _ => Missing,
                }
            }
            _ => Missing,
        }
    }

    /// What `{% for %}` walks over; `None` where Python says "not iterable".
    pub(crate) fn items(&self) -> Option<Arc<Vec<Value>>> {
        match self {
            Self::List(items) | Self::Tuple(items) => Some(Arc::clone(items)),
            Self::Dict(dict) => Some(Arc::new(dict.iter().map(|(key, _)| key.clone()).collect())),
            Self::Text(text) | Self::Safe(text) => Some(Arc::new(text.chars().map(Value::from).collect())),
            Self::Object(object) => object.items().map(Arc::new),
            _ => None,
        }
    }

    /// Python's `len()`.
    pub(crate) fn len(&self) -> Option<usize> {
        match self {
            Self::List(items) | Self::Tuple(items) => Some(items.len()),
            Self::Dict(dict) => Some(dict.len()),
            Self::Text(text) | Self::Safe(text) => Some(text.chars().count()),
            Self::Object(object) => object.len(),
            _ => None,
        }
    }
}

impl From<Value> for Member<'_> {
    fn from(value: Value) -> Self {
        Self::Found(Cow::Owned(value))
    }
}

fn member_of_dict<'v>(dict: &'v Dict, name: &str, index: Option<usize>) -> Member<'v> {
    if let Some(value) = dict.get(name) {
        return Member::Found(Cow::Borrowed(value));
    }
    match name {
        "items" => Value::list(dict.iter().map(|(key, value)| (key.clone(), value.clone()))).into(),
        "keys" => Value::list(dict.iter().map(|(key, _)| key.clone())).into(),
        "values" => Value::list(dict.iter().map(|(_, value)| value.clone())).into(),
        _ => match index.and_then(|index| dict.get_value(&Value::from(index))) {
            Some(value) => Member::Found(Cow::Borrowed(value)),
            None => Missing,
        },
    }
}

/// Python's methods of `str` that take no argument.
fn member_of_text(text: &str, name: &str) -> Member<'static> {
    let all = |test: fn(char) -> bool| Value::Bool(!text.is_empty() && text.chars().all(test));
    match name {
        "upper" => Value::from(text.to_uppercase()),
        "lower" | "casefold" => Value::from(text.to_lowercase()),
        "title" => Value::from(casing::title(text)),
        "capitalize" => {
            let mut chars = text.chars();
            Value::from(chars.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(chars.as_str().to_lowercase().chars()).collect()
            }))
        }
        "strip" => Value::from(text.trim()),
        "lstrip" => Value::from(text.trim_start()),
        "rstrip" => Value::from(text.trim_end()),
        "split" => Value::list(text.split_whitespace()),
        "splitlines" => Value::list(text.lines()),
        "isdigit" | "isdecimal" | "isnumeric" => all(char::is_numeric),
        "isalpha" => all(char::is_alphabetic),
        "isalnum" => all(char::is_alphanumeric),
        "isspace" => all(char::is_whitespace),
        "isupper" => {
            Value::Bool(text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase))
        }
        "islower" => {
            Value::Bool(text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase))
        }
        _ => return Missing,
    }
    .into()
}

fn member_of_datetime(at: civil::DateTime, name: &str) -> Member<'static> {
    match name {
        "date" => Value::Date(at.date()).into(),
        "time" => Value::Time(at.time()).into(),
        "isoformat" => Value::from(format!("{at}")).into(),
        _ => match member_of_time(at.time(), name) {
            Missing => member_of_date(at.date(), name),
            found => found,
        },
    }
}

fn member_of_date(date: civil::Date, name: &str) -> Member<'static> {
    match name {
        "year" => Value::from(date.year()),
        "month" => Value::from(date.month()),
        "day" => Value::from(date.day()),
        "weekday" => Value::from(date.weekday().to_monday_zero_offset()),
        "isoweekday" => Value::from(date.weekday().to_monday_one_offset()),
        "isoformat" | "ctime" => Value::from(date.to_string()),
        _ => return Missing,
    }
    .into()
}

fn member_of_time(time: civil::Time, name: &str) -> Member<'static> {
    match name {
        "hour" => Value::from(time.hour()),
        "minute" => Value::from(time.minute()),
        "second" => Value::from(time.second()),
        "microsecond" => Value::from(time.subsec_nanosecond() / 1000),
        "isoformat" => Value::from(time.to_string()),
        _ => return Missing,
    }
    .into()
}
