//! Python's JSON, as `json` and `django.core.signing.JSONSerializer` read and write it.
//!
//! A session that holds a cart, as Django stores it: `{"cart":{"7":2},"total":1e+16,"name":"\u7537"}`. Three things set
//! it apart from the JSON of other languages, and all of them survive here:
//!
//! - integers have any size and `1.0` is not `1`; a float is written as Python's `repr` (`1e+16`, `5e-324`), and
//!   `NaN`, `Infinity` and `-Infinity` are values;
//! - objects keep the order of their keys, and of a key given twice the last value wins in the first one's place;
//! - text may hold lone surrogates, which no Rust `String` can ([`Text`]).
//!
//! ```
//! use nuages_wire::json::{self, Style, Value};
//!
//! let value: Value = r#"{"n": 1.0, "big": 18446744073709551616, "name": "\u7537"}"#.parse()?;
//! let Value::Object(object) = &value else { unreachable!() };
//! assert_eq!(object.get("name").and_then(Value::as_str), Some("男"));
//! assert_eq!(value.to_json(Style::DJANGO), r#"{"n":1.0,"big":18446744073709551616,"name":"\u7537"}"#);
//! assert_eq!(value.to_string(), r#"{"n":1.0,"big":18446744073709551616,"name":"男"}"#);
//! # Ok::<(), json::Error>(())
//! ```
//!
//! With the feature `serde`, `to_value` and `from_value` go between a [`Value`] and a type of one's own.

mod number;
mod object;
mod read;
#[cfg(feature = "serde")]
mod serde;
mod text;
mod write;

use std::fmt;
use std::str::FromStr;

pub use number::{Number, float_repr};
pub use object::Object;
pub use read::{Error, Limits, from_latin1, from_str, from_str_with};
#[cfg(feature = "serde")]
pub use serde::{SerdeError, from_value, to_value};
pub use text::Text;
pub use write::Style;

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`, Python's `None`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of any size or a float.
    Number(Number),
    /// Text.
    String(Text),
    /// A list.
    Array(Vec<Value>),
    /// A dict with text keys.
    Object(Object),
}

impl Value {
    /// The text, when this is text without lone surrogates.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => text.as_str(),
            _ => None,
        }
    }

    /// The integer, when this is one that fits; a float is never an integer.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// The boolean, when this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The items, when this is a list.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, when this is an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// The JSON text in a style of Python's.
    pub fn to_json(&self, style: Style) -> String {
        let mut out = String::new();
        write::value(self, style, &mut out);
        out
    }
}

/// Compact, and not escaped beyond what JSON asks for ([`Style::COMPACT`]).
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json(Style::COMPACT))
    }
}

/// [`from_str`].
impl FromStr for Value {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        from_str(text)
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),+ $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )+};
}
from! {
    bool => Bool, Number => Number, f64 => Number,
    i8 => Number, i16 => Number, i32 => Number, i64 => Number, i128 => Number,
    u8 => Number, u16 => Number, u32 => Number, u64 => Number, u128 => Number,
    Text => String, String => String, &str => String,
    Vec<Value> => Array, Object => Object,
}
