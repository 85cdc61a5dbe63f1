//! Values in PostgreSQL's binary format, by the type that the server gives the placeholder or the column.

use std::borrow::Cow;

use bytes::BytesMut;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use tokio_postgres::types::{Format, FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use super::super::Value;
use super::super::unfit::Unfit;

type Failure = Box<dyn std::error::Error + Sync + Send>;

/// A value as the server sent it.
pub(super) struct Received(pub(super) Value);

/// A value as text of an unknown type, for a statement that was not prepared.
#[derive(Debug)]
pub(super) struct Untyped<'a>(pub(super) &'a Value);

impl ToSql for Untyped<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        let text: Cow<'_, str> = match self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::Bool(value) => if *value { "t" } else { "f" }.into(),
            Value::Int(value) => value.to_string().into(),
            Value::Float(value) => format!("{value:e}").into(),
            Value::Text(value) => value.into(),
            Value::Bytes(bytes) => {
                let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
                format!("\\x{}", digits.collect::<String>()).into()
            }
            Value::Decimal(value) => value.to_string().into(),
            Value::Timestamp(value) => value.to_string().into(),
            Value::Date(value) => value.to_string().into(),
            Value::Time(value) => value.to_string().into(),
            Value::Duration(value) => {
                let (days, micros) = days(*value);
                format!("{days} days {micros} microseconds").into()
            }
            Value::Uuid(value) => value.to_string().into(),
            Value::Json(text) => text.into(),
            Value::Unwritable(reason) => return Err(Box::new(Unfit(reason.clone()))),
        };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Bool(value), &Type::BOOL) => value.to_sql(ty, out),
            (Self::Int(value), _) => integer(*value, ty, out),
            (Self::Float(value), &Type::FLOAT8) => value.to_sql(ty, out),
            (Self::Float(value), &Type::FLOAT4) => (*value as f32).to_sql(ty, out),
            (Self::Float(value), &Type::NUMERIC) => {
                let decimal = Decimal::try_from(*value).map_err(|_| unfit("a double", ty))?;
                decimal.to_sql(ty, out)
            }
            (Self::Text(value), _) if is_text(ty) => value.as_str().to_sql(&Type::TEXT, out),
            (Self::Text(value), &Type::JSON) => value.as_str().to_sql(&Type::TEXT, out),
            (Self::Text(value), &Type::JSONB) => {
                out.extend_from_slice(&[1]);
                value.as_str().to_sql(&Type::TEXT, out)
            }
            (Self::Bytes(value), &Type::BYTEA) => value.to_sql(ty, out),
            (Self::Decimal(value), &Type::NUMERIC) => value.to_sql(ty, out),
            (Self::Decimal(value), &Type::FLOAT8) => {
                value.to_f64().ok_or_else(|| unfit("a decimal", ty))?.to_sql(ty, out)
            }
            (Self::Timestamp(value), &Type::TIMESTAMPTZ) => value.to_sql(ty, out),
            (Self::Timestamp(value), &Type::TIMESTAMP) => {
                jiff::tz::TimeZone::UTC.to_datetime(*value).to_sql(ty, out)
            }
            (Self::Date(value), &Type::DATE) => value.to_sql(ty, out),
            (Self::Uuid(value), &Type::UUID) => value.to_sql(ty, out),
            (Self::Time(value), &Type::TIME) => value.to_sql(ty, out),
            (Self::Duration(value), &Type::INTERVAL) => {
                let (days, micros) = days(*value);
                out.extend_from_slice(&micros.to_be_bytes());
                out.extend_from_slice(
                    &i32::try_from(days).map_err(|_| unfit("a duration", ty))?.to_be_bytes(),
                );
                out.extend_from_slice(&0_i32.to_be_bytes());
                Ok(IsNull::No)
            }
            (Self::Json(text), &Type::JSONB) => {
                out.extend_from_slice(&[1]);
                text.as_str().to_sql(&Type::TEXT, out)
            }
            (Self::Json(text), _) if is_text(ty) || *ty == Type::JSON => {
                text.as_str().to_sql(&Type::TEXT, out)
            }
            (Self::Unwritable(reason), _) => Err(Box::new(Unfit(reason.clone()))),
            (other, _) => Err(unfit(other.kind(), ty)),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Received {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        let value = match *ty {
            Type::BOOL => Value::Bool(bool::from_sql(ty, raw)?),
            Type::INT2 => Value::Int(i16::from_sql(ty, raw)?.into()),
            Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::OID => Value::Int(u32::from_sql(ty, raw)?.into()),
            Type::FLOAT4 => Value::Float(f32::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Value::Float(f64::from_sql(ty, raw)?),
            Type::NUMERIC => Value::Decimal(Decimal::from_sql(ty, raw)?),
            Type::BYTEA => Value::Bytes(raw.to_vec()),
            Type::UUID => Value::Uuid(Uuid::from_sql(ty, raw)?),
            Type::DATE => Value::Date(Date::from_sql(ty, raw)?),
            Type::TIME => Value::Time(Time::from_sql(ty, raw)?),
            Type::INTERVAL => Value::Duration(interval(raw)?),
            Type::TIMESTAMPTZ => Value::Timestamp(Timestamp::from_sql(ty, raw)?),
            Type::TIMESTAMP => {
                let naive = jiff::civil::DateTime::from_sql(ty, raw)?;
                Value::Timestamp(jiff::tz::TimeZone::UTC.to_timestamp(naive)?)
            }
            Type::VOID => Value::Null,
            Type::JSONB => Value::Text(std::str::from_utf8(raw.get(1..).unwrap_or_default())?.to_owned()),
            Type::JSON => Value::Text(std::str::from_utf8(raw)?.to_owned()),
            _ if is_text(ty) => Value::Text(std::str::from_utf8(raw)?.to_owned()),
            _ => {
                return Err(Box::new(Unfit(format!(
                    "a column of type {ty} cannot be read; cast it in the statement"
                ))));
            }
        };
        Ok(Self(value))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// An integer with the width of its column.
fn integer(value: i64, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
    let too_large = |_| Box::new(Unfit(format!("an integer that does not fit {ty}")));
    match *ty {
        Type::INT8 => value.to_sql(ty, out),
        Type::INT4 => i32::try_from(value).map_err(too_large)?.to_sql(ty, out),
        Type::INT2 => i16::try_from(value).map_err(too_large)?.to_sql(ty, out),
        Type::OID => u32::try_from(value).map_err(too_large)?.to_sql(ty, out),
        Type::NUMERIC => Decimal::from(value).to_sql(ty, out),
        Type::FLOAT8 => (value as f64).to_sql(ty, out),
        _ => Err(unfit("an integer", ty)),
    }
}

/// Whole days and the microseconds of the rest, which are never negative: Python's `timedelta`.
fn days(duration: SignedDuration) -> (i64, i64) {
    let (seconds, micros) = (duration.as_secs(), i64::from(duration.subsec_micros()));
    let (seconds, micros) = if micros < 0 { (seconds - 1, micros + 1_000_000) } else { (seconds, micros) };
    (seconds.div_euclid(86_400), seconds.rem_euclid(86_400) * 1_000_000 + micros)
}

/// An interval: microseconds, days, months. Of months psycopg makes years of 365 days and months of 30.
fn interval(raw: &[u8]) -> Result<SignedDuration, Failure> {
    let malformed = || Box::new(Unfit("an interval of another form".to_owned()));
    let part = |from: usize, to: usize| raw.get(from..to).ok_or_else(malformed);
    let micros = i64::from_be_bytes(part(0, 8)?.try_into()?);
    let days = i64::from(i32::from_be_bytes(part(8, 12)?.try_into()?));
    let months = i64::from(i32::from_be_bytes(part(12, 16)?.try_into()?));
    let days = days + months / 12 * 365 + months % 12 * 30;
    Ok(SignedDuration::from_secs(days * 86_400) + SignedDuration::from_micros(micros))
}

fn is_text(ty: &Type) -> bool {
    matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN)
        || matches!(ty.kind(), Kind::Enum(_))
        || ty.name() == "citext"
}

fn unfit(value: &str, ty: &Type) -> Failure {
    Box::new(Unfit(format!("{value} where the statement has {ty}; cast the placeholder")))
}
