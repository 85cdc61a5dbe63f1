//! The values a template works with: Django's kinds, printed as Python prints them.
//!
//! `{{ price }}` of `Decimal("12.50")` is `12.50`, of `true` is `True`, of a list is `[1, &#x27;two&#x27;]`.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::{Timestamp, Zoned, civil, tz::TimeZone};
use num_bigint::BigInt;
use rust_decimal::Decimal;
use uuid::Uuid;

mod access;
mod compare;
mod dict;
mod lazy;
mod number;
mod object;
mod print;
mod serialize;

pub(crate) use access::Member;
pub use dict::Dict;
pub use lazy::Lazy;
pub(crate) use number::{Number, float_to_int, parse_float, parse_int, to_float, to_int};
pub use object::Object;
pub(crate) use print::{float_text, write_aware, write_naive};

/// A value of a template's context. Cheap to clone.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Value {
    /// Python's `None`.
    #[default]
    None,
    /// A truth value; prints as `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number beyond 64 bits.
    BigInt(Arc<BigInt>),
    /// A binary floating point number.
    Float(f64),
    /// A decimal number; keeps its trailing zeros.
    Decimal(Decimal),
    /// Text that is escaped when printed.
    Text(Arc<str>),
    /// Text that is HTML already (Django's `SafeString`).
    Safe(Arc<str>),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A tuple: a list that prints with parentheses.
    Tuple(Arc<Vec<Value>>),
    /// A dictionary that keeps its order.
    Dict(Arc<Dict>),
    /// A date and time with a zone (an *aware* datetime); shown in the active time zone.
    DateTime(Arc<Zoned>),
    /// An aware datetime that keeps its own zone, as the `timezone` filter answers.
    FixedDateTime(Arc<Zoned>),
    /// A date and time without a zone (a *naive* datetime).
    NaiveDateTime(civil::DateTime),
    /// A date.
    Date(civil::Date),
    /// A time of the day.
    Time(civil::Time),
    /// A UUID.
    Uuid(Uuid),
    /// A value of the application.
    Object(Arc<dyn Object>),
    /// A value that is computed when a template first asks for it.
    Lazy(Lazy),
}

impl Value {
    /// Text that is HTML already and is not escaped again (`mark_safe`).
    pub fn safe(html: impl Into<Arc<str>>) -> Self {
        Self::Safe(html.into())
    }

    /// Text that is escaped when printed.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A list of values.
    pub fn list<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(Arc::new(items.into_iter().map(Into::into).collect()))
    }

    /// A value of the application.
    pub fn object(object: impl Object + 'static) -> Self {
        Self::Object(Arc::new(object))
    }

    /// The text of a text value, safe or not.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Safe(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list or tuple.
    pub fn as_list(&self) -> Option<&Arc<Vec<Value>>> {
        match self {
            Self::List(items) | Self::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Whether this is Python's `None`.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    pub(crate) fn is_safe(&self) -> bool {
        matches!(self, Self::Safe(_))
    }

    pub(crate) fn empty() -> Self {
        Self::Text(Arc::from(""))
    }
}

macro_rules! from {
    ($($type:ty => |$value:ident| $into:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $into
            }
        })*
    };
}

from! {
    bool => |value| Self::Bool(value);
    i8 => |value| Self::Int(value.into());
    i16 => |value| Self::Int(value.into());
    i32 => |value| Self::Int(value.into());
    i64 => |value| Self::Int(value);
    u8 => |value| Self::Int(value.into());
    u16 => |value| Self::Int(value.into());
    u32 => |value| Self::Int(value.into());
    u64 => |value| BigInt::from(value).into();
    u128 => |value| BigInt::from(value).into();
    i128 => |value| BigInt::from(value).into();
    usize => |value| BigInt::from(value).into();
    isize => |value| BigInt::from(value).into();
    f32 => |value| Self::Float(value.into());
    f64 => |value| Self::Float(value);
    char => |value| Self::Text(value.to_string().into());
    &str => |value| Self::Text(value.into());
    &String => |value| Self::Text(value.as_str().into());
    String => |value| Self::Text(value.into());
    Arc<str> => |value| Self::Text(value);
    Cow<'_, str> => |value| Self::Text(value.into());
    Decimal => |value| Self::Decimal(value);
    Uuid => |value| Self::Uuid(value);
    Zoned => |value| Self::DateTime(Arc::new(value));
    Timestamp => |value| Self::DateTime(Arc::new(value.to_zoned(TimeZone::UTC)));
    civil::DateTime => |value| Self::NaiveDateTime(value);
    civil::Date => |value| Self::Date(value);
    civil::Time => |value| Self::Time(value);
    Dict => |value| Self::Dict(Arc::new(value));
    Lazy => |value| Self::Lazy(value);
    Arc<dyn Object> => |value| Self::Object(value);
    () => |_value| Self::None;
}

impl From<BigInt> for Value {
    fn from(value: BigInt) -> Self {
        match i64::try_from(&value) {
            Ok(small) => Self::Int(small),
            Err(_) => Self::BigInt(Arc::new(value)),
        }
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(value: Vec<T>) -> Self {
        Self::list(value)
    }
}

impl<T: Clone + Into<Value>> From<&[T]> for Value {
    fn from(value: &[T]) -> Self {
        Self::list(value.iter().cloned())
    }
}

impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(value: [T; N]) -> Self {
        Self::list(value)
    }
}

impl<A: Into<Value>, B: Into<Value>> From<(A, B)> for Value {
    fn from((a, b): (A, B)) -> Self {
        Self::Tuple(Arc::new(vec![a.into(), b.into()]))
    }
}

impl<A: Into<Value>, B: Into<Value>, C: Into<Value>> From<(A, B, C)> for Value {
    fn from((a, b, c): (A, B, C)) -> Self {
        Self::Tuple(Arc::new(vec![a.into(), b.into(), c.into()]))
    }
}

impl<K: Into<Value>, V: Into<Value>> From<std::collections::BTreeMap<K, V>> for Value {
    fn from(value: std::collections::BTreeMap<K, V>) -> Self {
        value.into_iter().collect::<Dict>().into()
    }
}

impl From<&Value> for Value {
    fn from(value: &Value) -> Self {
        value.clone()
    }
}
