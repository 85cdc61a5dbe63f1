//! Values, bound and read as Django's backends do.
//!
//! | value | PostgreSQL | SQLite |
//! |---|---|---|
//! | `Timestamp` | `timestamptz` | text, UTC: `2026-01-15 12:00:00.000123`, no fraction when it is 0 |
//! | `Date` | `date` | text: `2026-01-15` |
//! | `Decimal` | `numeric` | text that the column's NUMERIC affinity turns into an integer or a real |
//! | `Time` | `time` | text: `12:00:00.000123`, no fraction when it is 0 |
//! | `Duration` | `interval` | an integer of microseconds |
//! | `Json` | `jsonb` | text |
//! | `Bool` | `boolean` | 0 or 1 |
//! | `Uuid` | `uuid` | 32 hex digits |

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Unit};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::DbError;

/// A value on its way to a statement or out of a row. `Debug` prints it: keep it out of logs.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer of up to 64 bits.
    Int(i64),
    /// A double.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A decimal number of up to 28 digits.
    Decimal(Decimal),
    /// An instant; microseconds are kept. The last 26 hours of the year 9999 are beyond it, and an error when read.
    Timestamp(Timestamp),
    /// A day.
    Date(Date),
    /// A time of day; microseconds are kept.
    Time(Time),
    /// A length of time; microseconds are kept.
    Duration(SignedDuration),
    /// A UUID.
    Uuid(Uuid),
    /// The text of a JSON value; [`Json`](super::Json) writes it.
    Json(String),
    /// What could not be written, and why; the database is not asked then.
    Unwritable(String),
}

/// A Rust type that a column's value can be read as.
///
/// The database's nearest type is accepted as Django accepts it: an instant out of SQLite's text, a truth value out
/// of 0 and 1, a decimal out of an integer or a real.
#[diagnostic::on_unimplemented(message = "a database value cannot be read as `{Self}`")]
pub trait FromValue: Sized {
    /// Reads it, or says why not.
    fn from_value(value: Value) -> Result<Self, DbError>;
}

impl Value {
    /// What it is, for messages that must not show the value.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a truth value",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a double",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Decimal(_) => "a decimal",
            Self::Timestamp(_) => "an instant",
            Self::Date(_) => "a date",
            Self::Time(_) => "a time",
            Self::Duration(_) => "a duration",
            Self::Uuid(_) => "a UUID",
            Self::Json(_) => "JSON",
            Self::Unwritable(_) => "what cannot be written",
        }
    }

    fn refuse<T>(&self, wanted: &str) -> Result<T, DbError> {
        Err(DbError::conversion(format!("{} where {wanted} was expected", self.kind())))
    }
}

/// `2026-01-15 12:00:00[.ffffff]`, as Django's SQLite backend adapts an aware datetime with `USE_TZ`.
#[cfg(any(feature = "sqlite", test))]
pub(crate) fn sqlite_timestamp(instant: Timestamp) -> String {
    let utc = TimeZone::UTC.to_datetime(instant);
    let seconds = utc.strftime("%Y-%m-%d %H:%M:%S");
    match utc.subsec_nanosecond() / 1000 {
        0 => seconds.to_string(),
        micros => format!("{seconds}.{micros:06}"),
    }
}

/// `12:00:00[.ffffff]`, Python's `str` of a time.
#[cfg(any(feature = "sqlite", test))]
pub(crate) fn sqlite_time(time: Time) -> String {
    let seconds = time.strftime("%H:%M:%S");
    match time.subsec_nanosecond() / 1000 {
        0 => seconds.to_string(),
        micros => format!("{seconds}.{micros:06}"),
    }
}

/// A duration as the databases without intervals store it, if it fits 64 bits.
#[cfg(any(feature = "sqlite", feature = "mysql"))]
pub(crate) fn microseconds(duration: SignedDuration) -> Option<i64> {
    i64::try_from(duration.as_micros()).ok()
}

macro_rules! integers {
    ($($int:ty),*) => {$(
        impl From<$int> for Value {
            fn from(value: $int) -> Self {
                Self::Int(value.into())
            }
        }

        impl FromValue for $int {
            fn from_value(value: Value) -> Result<Self, DbError> {
                match value {
                    Value::Int(value) => Self::try_from(value)
                        .map_err(|_| DbError::conversion(concat!("an integer that does not fit ", stringify!($int)))),
                    other => other.refuse("an integer"),
                }
            }
        }
    )*};
}

integers!(i16, i32, i64, u16, u32);

macro_rules! values {
    ($($rust:ty => $variant:ident),*) => {$(
        impl From<$rust> for Value {
            fn from(value: $rust) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}

values!(bool => Bool, f64 => Float, String => Text, Vec<u8> => Bytes, Decimal => Decimal, Date => Date, Uuid => Uuid);

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<Timestamp> for Value {
    /// What is below a microsecond is dropped, as Django's datetimes have none.
    fn from(value: Timestamp) -> Self {
        Self::Timestamp(Timestamp::from_microsecond(value.as_microsecond()).unwrap_or(value))
    }
}

impl From<Time> for Value {
    /// What is below a microsecond is dropped.
    fn from(value: Time) -> Self {
        let micros = value.subsec_nanosecond() / 1000 * 1000;
        Self::Time(value.with().subsec_nanosecond(micros).build().unwrap_or(value))
    }
}

impl From<SignedDuration> for Value {
    /// What is below a microsecond is dropped.
    fn from(value: SignedDuration) -> Self {
        Self::Duration(SignedDuration::new(value.as_secs(), value.subsec_nanos() / 1000 * 1000))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Self, DbError> {
        Ok(value)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Bool(value) => Ok(value),
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            other => other.refuse("a truth value"),
        }
    }
}

impl FromValue for f64 {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Float(value) => Ok(value),
            Value::Int(value) => Ok(value as Self),
            other => other.refuse("a double"),
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Text(value) => Ok(value),
            other => other.refuse("text"),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Bytes(value) => Ok(value),
            other => other.refuse("bytes"),
        }
    }
}

impl FromValue for Decimal {
    /// A real is read with 15 significant digits, as `create_decimal_from_float` of Django's SQLite backend does.
    fn from_value(value: Value) -> Result<Self, DbError> {
        let malformed = || DbError::conversion("text that is not a decimal");
        match value {
            Value::Decimal(value) => Ok(value),
            Value::Int(value) => Ok(Self::from(value)),
            Value::Float(value) => Self::from_scientific(&format!("{value:.14e}"))
                .map(|value| value.normalize())
                .map_err(|_| DbError::conversion("a real beyond a decimal's 28 digits")),
            Value::Text(text) => {
                text.parse().or_else(|_| Self::from_scientific(&text)).map_err(|_| malformed())
            }
            other => other.refuse("a decimal"),
        }
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value) -> Result<Self, DbError> {
        let malformed = || DbError::conversion("text that is not an instant");
        match value {
            Value::Timestamp(value) => Ok(value),
            Value::Text(text) => {
                let instant = match text.parse::<DateTime>() {
                    Ok(naive) if !text.ends_with('Z') && !has_offset(&text) => {
                        TimeZone::UTC.to_timestamp(naive).map_err(|_| malformed())?
                    }
                    _ => text.parse().map_err(|_| malformed())?,
                };
                instant.round(Unit::Microsecond).map_err(|_| malformed())
            }
            other => other.refuse("an instant"),
        }
    }
}

/// Whether `2026-01-15 12:00:00+08:00` ends with an offset.
fn has_offset(text: &str) -> bool {
    text.get(19..).is_some_and(|tail| tail.contains(['+', '-']))
}

impl FromValue for Date {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Date(value) => Ok(value),
            Value::Text(text) => text.parse().map_err(|_| DbError::conversion("text that is not a date")),
            other => other.refuse("a date"),
        }
    }
}

impl FromValue for Time {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Time(value) => Ok(value),
            Value::Text(text) => text.parse().map_err(|_| DbError::conversion("text that is not a time")),
            other => other.refuse("a time"),
        }
    }
}

impl FromValue for SignedDuration {
    /// An integer is microseconds, as Django stores them where there are no intervals.
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Duration(value) => Ok(value),
            Value::Int(micros) => Ok(Self::from_micros(micros)),
            other => other.refuse("a duration"),
        }
    }
}

impl FromValue for Uuid {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Uuid(value) => Ok(value),
            Value::Text(text) => {
                Self::parse_str(&text).map_err(|_| DbError::conversion("text that is not a UUID"))
            }
            other => other.refuse("a UUID"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn instants_as_django_writes_them_on_sqlite() {
        let instant: Timestamp = "2026-01-15T12:00:00.000123Z".parse().unwrap();
        assert_eq!(sqlite_timestamp(instant), "2026-01-15 12:00:00.000123");
        assert_eq!(sqlite_timestamp("2026-01-15T12:00:00Z".parse().unwrap()), "2026-01-15 12:00:00");
        for text in ["2026-01-15 12:00:00.000123", "2026-01-15T20:00:00.000123+08:00"] {
            assert_eq!(Timestamp::from_value(text.into()).unwrap(), instant, "{text}");
        }
    }

    #[test]
    fn decimals_out_of_numeric_affinity() {
        for (value, decimal) in [
            (Value::Int(10), "10"),
            (Value::Float(12.3), "12.3"),
            (Value::Float(0.1 + 0.2), "0.3"),
            (Value::Float(1e-7), "0.0000001"),
            (Value::Text("99999999999999999.99".into()), "99999999999999999.99"),
        ] {
            assert_eq!(Decimal::from_value(value).unwrap().to_string(), decimal);
        }
    }

    #[test]
    fn a_wrong_type_is_named_and_not_shown() {
        let error = i64::from_value("secret".into()).unwrap_err();
        assert_eq!(error.to_string(), "text where an integer was expected");
        assert!(i16::from_value(Value::Int(40_000)).is_err());
    }
}
