//! Numbers of different kinds together: comparing, adding, `int()` and `float()`.

use std::cmp::Ordering;

use num_bigint::BigInt;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::Value;

/// A numeric value taken out of a [`Value`]; booleans count as 0 and 1.
#[derive(Clone, Debug)]
pub(crate) enum Number {
    Int(BigInt),
    Float(f64),
    Decimal(Decimal),
}

impl Number {
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => Self::Int(BigInt::from(u8::from(*value))),
            Value::Int(value) => Self::Int(BigInt::from(*value)),
            Value::BigInt(value) => Self::Int(BigInt::clone(value)),
            Value::Float(value) => Self::Float(*value),
            Value::Decimal(value) => Self::Decimal(*value),
            _ => return None,
        })
    }

    pub(crate) fn is_whole(&self) -> bool {
        match self {
            Self::Int(_) => true,
            Self::Float(value) => value.is_finite() && value.fract() == 0.0,
            Self::Decimal(value) => value.is_integer(),
        }
    }

    pub(crate) fn to_f64(&self) -> f64 {
        match self {
            Self::Int(value) => big_to_f64(value),
            Self::Float(value) => *value,
            Self::Decimal(value) => value.to_f64().unwrap_or(f64::NAN),
        }
    }

    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Decimal(a), Self::Decimal(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Decimal(b)) => Some(decimal_of(a).map_or_else(|| sign(a), |a| a.cmp(b))),
            (Self::Decimal(a), Self::Int(b)) => {
                Some(decimal_of(b).map_or_else(|| sign(b).reverse(), |b| a.cmp(&b)))
            }
            // A float is compared by its exact value: 0.1 is not Decimal("0.1").
            (Self::Float(a), Self::Decimal(b)) => match Decimal::from_f64_retain(*a) {
                Some(a) => Some(a.cmp(b)),
                None => a.partial_cmp(&0.0),
            },
            (Self::Decimal(_), Self::Float(_)) => other.compare(self).map(Ordering::reverse),
            _ => self.to_f64().partial_cmp(&other.to_f64()),
        }
    }
}

/// Python's `int(value)`: cuts a fraction, reads text; `None` where it raises.
pub(crate) fn to_int(value: &Value) -> Option<BigInt> {
    match value {
        Value::Text(text) | Value::Safe(text) => parse_int(text),
        Value::Float(float) => float_to_int(*float),
        Value::Decimal(decimal) => decimal.trunc().to_i128().map(BigInt::from),
        _ => match Number::of(value)? {
            Number::Int(value) => Some(value),
            _ => None,
        },
    }
}

/// The integer part of a finite float.
pub(crate) fn float_to_int(value: f64) -> Option<BigInt> {
    if !value.is_finite() {
        return None;
    }
    let bits = value.abs().to_bits();
    let exponent = i64::try_from(bits >> 52).ok()? - 1075;
    let mantissa = BigInt::from((bits & ((1 << 52) - 1)) | (1 << 52));
    let whole = match exponent {
        0.. => mantissa << exponent,
        -53..0 => mantissa >> exponent.unsigned_abs(),
        _ => BigInt::ZERO,
    };
    Some(if value < 0.0 { -whole } else { whole })
}

/// Python's `int(text)`: blanks around, a sign, digits with single underscores between.
pub(crate) fn parse_int(text: &str) -> Option<BigInt> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain: String = digits
        .chars()
        .filter_map(|c| {
            c.to_digit(10)
                .and_then(|d| char::from_digit(d, 10))
                .or_else(|| full_width_digit(c))
                .or((c == '_').then_some('_'))
        })
        .collect();
    let well_formed = plain.chars().count() == digits.chars().count()
        && !plain.is_empty()
        && !plain.starts_with('_')
        && !plain.ends_with('_')
        && !plain.contains("__");
    if !well_formed || plain.len() > 4300 {
        return None;
    }
    let value: BigInt = plain.replace('_', "").parse().ok()?;
    Some(if text.starts_with('-') { -value } else { value })
}

/// Python's `float(value)`; `Err(true)` where it raises a `TypeError`, `Err(false)` for a `ValueError`.
pub(crate) fn to_float(value: &Value) -> Result<f64, bool> {
    match value {
        Value::Text(text) | Value::Safe(text) => parse_float(text).ok_or(false),
        _ => Number::of(value).map(|number| number.to_f64()).ok_or(true),
    }
}

/// Python's `float(text)`.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim();
    let text = if text.contains('_') { text.replace('_', "") } else { text.to_owned() };
    text.parse().ok()
}

fn full_width_digit(c: char) -> Option<char> {
    ('０'..='９').contains(&c).then(|| char::from_digit(u32::from(c) - u32::from('０'), 10)).flatten()
}

fn decimal_of(value: &BigInt) -> Option<Decimal> {
    i128::try_from(value).ok().and_then(|value| Decimal::try_from_i128_with_scale(value, 0).ok())
}

fn big_to_f64(value: &BigInt) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

/// The order of a number too big for a decimal against any decimal.
fn sign(value: &BigInt) -> Ordering {
    value.cmp(&BigInt::ZERO)
}
