//! Values in MariaDB's binary protocol, by the type of the column.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use mysql_async::consts::ColumnType;
use mysql_async::{Column, Params, Value as Wire};

use super::super::Value;
use super::super::sql::replace_placeholders;
use super::super::unfit::Unfit;
use super::super::value::microseconds;

/// The character set of bytes that are no text.
const BINARY: u16 = 63;

/// The protocol knows no decimal parameter, and MariaDB compares a decimal with a text as doubles: each placeholder of
/// a decimal says what it is.
pub(super) fn typed_placeholders<'a>(sql: &'a str, params: &[Value]) -> Cow<'a, str> {
    if !params.iter().any(|value| matches!(value, Value::Decimal(_))) {
        return Cow::Borrowed(sql);
    }
    replace_placeholders(sql, |place, out| {
        let decimal = matches!(params.get(place), Some(Value::Decimal(_)));
        out.push_str(if decimal { "CAST(? AS DECIMAL(65, 30))" } else { "?" });
    })
}

pub(super) fn bound(params: &[Value]) -> Result<Params, Unfit> {
    match params {
        [] => Ok(Params::Empty),
        params => params.iter().map(written).collect::<Result<_, _>>().map(Params::Positional),
    }
}

fn written(value: &Value) -> Result<Wire, Unfit> {
    Ok(match value {
        Value::Null => Wire::NULL,
        Value::Bool(value) => Wire::Int((*value).into()),
        Value::Int(value) => Wire::Int(*value),
        Value::Float(value) => Wire::Double(*value),
        Value::Text(value) => Wire::Bytes(value.clone().into_bytes()),
        Value::Bytes(value) => Wire::Bytes(value.clone()),
        Value::Decimal(value) => Wire::Bytes(value.to_string().into_bytes()),
        Value::Timestamp(value) => datetime(TimeZone::UTC.to_datetime(*value)),
        Value::Date(value) => datetime(value.to_datetime(jiff::civil::Time::midnight())),
        // A column `uuid` takes it as well as Django's older `char(32)`.
        Value::Uuid(value) => Wire::Bytes(value.simple().to_string().into_bytes()),
        Value::Time(value) => {
            let unsigned = |part: i8| part.unsigned_abs();
            let micros = (value.subsec_nanosecond() / 1000).unsigned_abs();
            Wire::Time(
                false,
                0,
                unsigned(value.hour()),
                unsigned(value.minute()),
                unsigned(value.second()),
                micros,
            )
        }
        Value::Duration(value) => {
            let micros = microseconds(*value);
            Wire::Int(micros.ok_or_else(|| Unfit("a duration of more than 63 bits".to_owned()))?)
        }
        Value::Json(text) => Wire::Bytes(text.clone().into_bytes()),
        Value::Unwritable(reason) => return Err(Unfit(reason.clone())),
    })
}

fn datetime(value: DateTime) -> Wire {
    let unsigned = |part: i8| part.unsigned_abs();
    Wire::Date(
        value.year().unsigned_abs(),
        unsigned(value.month()),
        unsigned(value.day()),
        unsigned(value.hour()),
        unsigned(value.minute()),
        unsigned(value.second()),
        (value.subsec_nanosecond() / 1000).unsigned_abs(),
    )
}

pub(super) fn read(value: Wire, column: &Column) -> Result<Value, Unfit> {
    let unfit = |what: &str| Unfit(format!("column {}: {what}", column.name_str()));
    Ok(match value {
        Wire::NULL => Value::Null,
        Wire::Int(value) => Value::Int(value),
        Wire::UInt(value) => {
            Value::Int(i64::try_from(value).map_err(|_| unfit("an integer of more than 63 bits"))?)
        }
        Wire::Float(value) => Value::Float(value.into()),
        Wire::Double(value) => Value::Float(value),
        // Zero dates are no dates; Django's driver reads them as NULL.
        Wire::Date(0, ..) => Value::Null,
        Wire::Date(year, month, day, hour, minute, second, micros) => {
            let malformed = |_| unfit("an impossible date");
            let signed = |part: u8| i8::try_from(part).unwrap_or(-1);
            let year = i16::try_from(year).unwrap_or(-1);
            let date = Date::new(year, signed(month), signed(day)).map_err(malformed)?;
            if column.column_type() == ColumnType::MYSQL_TYPE_DATE {
                return Ok(Value::Date(date));
            }
            let nanos = i32::try_from(micros).unwrap_or(-1).saturating_mul(1000);
            let time = jiff::civil::Time::new(signed(hour), signed(minute), signed(second), nanos);
            let naive = date.to_datetime(time.map_err(malformed)?);
            Value::Timestamp(TimeZone::UTC.to_timestamp(naive).map_err(malformed)?)
        }
        Wire::Time(negative, days, hours, minutes, seconds, micros) => {
            let sign = if negative { "-" } else { "" };
            let hours = days * 24 + u32::from(hours);
            let text = format!("{sign}{hours:02}:{minutes:02}:{seconds:02}");
            Value::Text(if micros == 0 { text } else { format!("{text}.{micros:06}") })
        }
        Wire::Bytes(bytes) => match column.column_type() {
            ColumnType::MYSQL_TYPE_NEWDECIMAL | ColumnType::MYSQL_TYPE_DECIMAL => {
                let digits = std::str::from_utf8(&bytes).unwrap_or_default();
                Value::Decimal(digits.parse().map_err(|_| unfit("a decimal of more than 28 digits"))?)
            }
            _ if column.character_set() == BINARY => Value::Bytes(bytes),
            _ => Value::Text(String::from_utf8(bytes).map_err(|_| unfit("text that is not UTF-8"))?),
        },
    })
}
