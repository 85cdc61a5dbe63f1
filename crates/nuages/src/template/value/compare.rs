//! Truth, equality and order as Python has them.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Number, Value};

impl Value {
    /// Python's `bool(value)`.
    pub fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::BigInt(_) => true,
            Self::Float(value) => *value != 0.0,
            Self::Decimal(value) => !value.is_zero(),
            Self::Text(text) | Self::Safe(text) => !text.is_empty(),
            Self::List(items) | Self::Tuple(items) => !items.is_empty(),
            Self::Dict(dict) => !dict.is_empty(),
            Self::Object(object) => object.is_true(),
            Self::Lazy(lazy) => lazy.get().is_some_and(Self::is_true),
            Self::DateTime(_)
            | Self::FixedDateTime(_)
            | Self::NaiveDateTime(_)
            | Self::Date(_)
            | Self::Time(_)
            | Self::Uuid(_) => true,
        }
    }

    /// Python's `a == b`.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.equals(b))
            }
            (Self::Dict(a), Self::Dict(b)) => {
                a.len() == b.len()
                    && a.iter().all(|(key, value)| b.get_value(key).is_some_and(|other| value.equals(other)))
            }
            (Self::Object(a), Self::Object(b)) => Arc::ptr_eq(a, b),
            (Self::Uuid(a), Self::Uuid(b)) => a == b,
            (Self::List(_), Self::Tuple(_)) | (Self::Tuple(_), Self::List(_)) => false,
            _ => self.compare(other) == Some(Ordering::Equal),
        }
    }

    /// Python's `<` and `>`; `None` where Python raises a `TypeError` or the values have no order.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Text(a) | Self::Safe(a), Self::Text(b) | Self::Safe(b)) => Some(a.cmp(b)),
            (Self::DateTime(a) | Self::FixedDateTime(a), Self::DateTime(b) | Self::FixedDateTime(b)) => {
                Some(a.timestamp().cmp(&b.timestamp()))
            }
            (Self::NaiveDateTime(a), Self::NaiveDateTime(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Time(b)) => Some(a.cmp(b)),
            (Self::Uuid(a), Self::Uuid(b)) => Some(a.cmp(b)),
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => {
                for (a, b) in a.iter().zip(b.iter()) {
                    if !a.equals(b) {
                        return a.compare(b);
                    }
                }
                Some(a.len().cmp(&b.len()))
            }
            _ => Number::of(self)?.compare(&Number::of(other)?),
        }
    }

    /// Python's `needle in self`; `None` where Python raises a `TypeError`.
    pub(crate) fn contains(&self, needle: &Self) -> Option<bool> {
        match self {
            Self::Text(text) | Self::Safe(text) => needle.as_str().map(|needle| text.contains(needle)),
            Self::Dict(dict) => Some(dict.get_value(needle).is_some()),
            _ => self.items().map(|items| items.iter().any(|item| item.equals(needle))),
        }
    }

    /// Python's `a is b`: the same singleton, or the same object.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Decimal(a), Self::Decimal(b)) => a == b,
            (Self::Text(a), Self::Text(b)) | (Self::Safe(a), Self::Safe(b)) => Arc::ptr_eq(a, b),
            (Self::List(a), Self::List(b)) | (Self::Tuple(a), Self::Tuple(b)) => Arc::ptr_eq(a, b),
            (Self::Dict(a), Self::Dict(b)) => Arc::ptr_eq(a, b),
            (Self::Object(a), Self::Object(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}
