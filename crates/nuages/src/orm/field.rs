//! The Rust types of columns.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::db::{DbError, FromValue, Json, Value};
use crate::schema::{Default, Field, Kind};

/// A Rust type that a column may have. Implement it for your own enums, with [`FromValue`] and `Into<Value>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of a column",
    note = "columns are i16, i32, i64, u16, u32, f64, bool, String, Vec<u8>, Decimal, Timestamp, Date, Time, SignedDuration, Uuid, Json<T>, or an Option of one"
)]
pub trait FieldType: FromValue + Into<Value> + Send + 'static {
    /// The column's type unless an attribute says more.
    const KIND: Kind;
    /// Whether the column may be NULL.
    const NULL: bool = false;
    /// The type without its `Option`.
    type Present: FieldType;
}

macro_rules! field_types {
    ($($rust:ty => $kind:expr;)*) => {$(
        impl FieldType for $rust {
            const KIND: Kind = $kind;
            type Present = Self;
        }
    )*};
}

field_types! {
    i16 => Kind::SmallInteger;
    i32 => Kind::Integer;
    i64 => Kind::BigInteger;
    u16 => Kind::PositiveSmallInteger;
    u32 => Kind::PositiveInteger;
    f64 => Kind::Float;
    bool => Kind::Boolean;
    String => Kind::Text;
    Vec<u8> => Kind::Binary;
    Decimal => Kind::Decimal { digits: 28, places: 2 };
    Timestamp => Kind::DateTime;
    Date => Kind::Date;
    Time => Kind::Time;
    SignedDuration => Kind::Duration;
    Uuid => Kind::Uuid;
}

impl<T: Serialize + DeserializeOwned + Send + 'static> FieldType for Json<T> {
    const KIND: Kind = Kind::Json;
    type Present = Self;
}

impl<T: FieldType> FieldType for Option<T> {
    const KIND: Kind = T::KIND;
    const NULL: bool = true;
    type Present = T::Present;
}

/// A value out of the column: a decimal gets the column's places, as Django's `quantize` gives them.
pub(super) fn read<T: FromValue>(value: Value, field: &Field) -> Result<T, DbError> {
    let value = match (field.kind, value) {
        (Kind::Decimal { places, .. }, value) if value != Value::Null => {
            let mut decimal = Decimal::from_value(value)?;
            decimal.rescale(places);
            Value::Decimal(decimal)
        }
        (_, value) => value,
    };
    T::from_value(value)
}

/// A value to be stored in the column: a decimal with the column's places, half to even (`format_number`).
pub(super) fn write(value: Value, field: &Field) -> Value {
    match (field.kind, value) {
        (Kind::Decimal { places, .. }, Value::Decimal(decimal)) => {
            let mut decimal = decimal.round_dp(places);
            decimal.rescale(places);
            Value::Decimal(decimal)
        }
        (_, value) => value,
    }
}

/// A default as a value of the column.
pub(super) fn default(default: Default, kind: Kind) -> Result<Value, DbError> {
    let value = match default {
        Default::Boolean(value) => Value::Bool(value),
        Default::Integer(value) => Value::Int(value),
        Default::Text(text) => Value::Text(text.to_owned()),
    };
    Ok(match (kind, value) {
        (Kind::Decimal { .. }, value) => Value::Decimal(Decimal::from_value(value)?),
        (Kind::Time, value) => Value::Time(Time::from_value(value)?),
        (Kind::Duration, value) => Value::Duration(SignedDuration::from_value(value)?),
        (Kind::Json, Value::Text(text)) => Value::Json(text),
        (_, value) => value,
    })
}
