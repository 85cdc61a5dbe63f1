//! The tagged values of `FORMAT.md`: Python objects in JSON, `{"t": "decimal", "v": "1.10"}`.

use num_bigint::BigInt;
use serde_json::Value;

use super::case::{BadCase, from_base64};

/// A Python value of a vector.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tagged {
    None,
    Bool(bool),
    Int(BigInt),
    Float(f64),
    /// Text as Python's `surrogatepass` UTF-8, since it may hold lone surrogates.
    Str(Vec<u8>),
    SafeStr(String),
    Bytes(Vec<u8>),
    ByteArray(Vec<u8>),
    List(Vec<Tagged>),
    Tuple(Vec<Tagged>),
    Set(Vec<Tagged>),
    FrozenSet(Vec<Tagged>),
    Dict(Vec<(Tagged, Tagged)>),
    OrderedDict(Vec<(Tagged, Tagged)>),
    /// ISO 8601, as Python's `isoformat` writes it.
    DateTime(String),
    Date(String),
    Time(String),
    /// Days, seconds, microseconds.
    TimeDelta([i64; 3]),
    Decimal(String),
    Uuid(String),
}

impl Tagged {
    /// Text without lone surrogates.
    pub(crate) fn text(text: &str) -> Self {
        Tagged::Str(text.as_bytes().to_vec())
    }

    pub(crate) fn read(value: &Value) -> Result<Self, BadCase> {
        let bad = || BadCase(format!("not a tagged value: {value}"));
        Ok(match value {
            Value::Null => Tagged::None,
            Value::Bool(flag) => Tagged::Bool(*flag),
            Value::String(text) => Tagged::text(text),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Tagged::Int(number.into()),
                None => Tagged::Float(number.as_f64().ok_or_else(bad)?),
            },
            Value::Array(items) => Tagged::List(read_items(items)?),
            Value::Object(object) => {
                let tag = object.get("t").and_then(Value::as_str).ok_or_else(bad)?;
                let text = || object.get("v").and_then(Value::as_str).map(str::to_owned).ok_or_else(bad);
                let array = || object.get("v").and_then(Value::as_array).ok_or_else(bad);
                let bytes = |key| from_base64(object.get(key).and_then(Value::as_str).ok_or_else(bad)?);
                match tag {
                    "int" => Tagged::Int(text()?.parse().map_err(|_| bad())?),
                    "float" => Tagged::Float(text()?.parse().map_err(|_| bad())?),
                    "str" => Tagged::Str(bytes("v_surrogatepass_b64")?),
                    "safestr" => Tagged::SafeStr(text()?),
                    "bytes" => Tagged::Bytes(bytes("v_b64")?),
                    "bytearray" => Tagged::ByteArray(bytes("v_b64")?),
                    "tuple" => Tagged::Tuple(read_items(array()?)?),
                    "set" => Tagged::Set(read_items(array()?)?),
                    "frozenset" => Tagged::FrozenSet(read_items(array()?)?),
                    "dict" => Tagged::Dict(read_pairs(array()?)?),
                    "odict" => Tagged::OrderedDict(read_pairs(array()?)?),
                    "datetime" => Tagged::DateTime(text()?),
                    "date" => Tagged::Date(text()?),
                    "time" => Tagged::Time(text()?),
                    "timedelta" => {
                        let parts: Option<Vec<i64>> = array()?.iter().map(Value::as_i64).collect();
                        Tagged::TimeDelta(parts.and_then(|parts| parts.try_into().ok()).ok_or_else(bad)?)
                    }
                    "decimal" => Tagged::Decimal(text()?),
                    "uuid" => Tagged::Uuid(text()?),
                    _ => return Err(bad()),
                }
            }
        })
    }

    /// Equality where a set has no order and a NaN equals a NaN; a type is never equal to another.
    pub(crate) fn same(&self, other: &Self) -> bool {
        use Tagged::{Dict, Float, FrozenSet, List, OrderedDict, Set, Tuple};
        match (self, other) {
            (Float(one), Float(other)) => {
                (one.is_nan() && other.is_nan())
                    || (one == other && one.is_sign_negative() == other.is_sign_negative())
            }
            (List(one), List(other)) | (Tuple(one), Tuple(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.same(other))
            }
            (Set(one), Set(other)) | (FrozenSet(one), FrozenSet(other)) => {
                one.len() == other.len() && one.iter().all(|item| other.iter().any(|there| there.same(item)))
            }
            (Dict(one), Dict(other)) | (OrderedDict(one), OrderedDict(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| one.0.same(&other.0) && one.1.same(&other.1))
            }
            _ => self == other,
        }
    }
}

fn read_items(items: &[Value]) -> Result<Vec<Tagged>, BadCase> {
    items.iter().map(Tagged::read).collect()
}

fn read_pairs(pairs: &[Value]) -> Result<Vec<(Tagged, Tagged)>, BadCase> {
    pairs
        .iter()
        .map(|pair| match pair.as_array().map(Vec::as_slice) {
            Some([key, value]) => Ok((Tagged::read(key)?, Tagged::read(value)?)),
            _ => Err(BadCase(format!("not a pair: {pair}"))),
        })
        .collect()
}
