//! Numbers that print as Python prints them.

use std::fmt;

/// A Python `int` or `float`.
///
/// ```
/// use nuages_wire::json::Number;
///
/// assert_eq!(Number::from(1.0).to_string(), "1.0");
/// assert_eq!(Number::from(1e16).to_string(), "1e+16");
/// assert_eq!(Number::from_decimal("18446744073709551616").unwrap().as_f64(), 18446744073709551616.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Number(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Int(i64),
    /// Canonical decimal digits of an integer beyond `i64`.
    BigInt(Box<str>),
    Float(f64),
}

/// The digits that `int()` of Python 3.11 takes at most (`sys.int_info.default_max_str_digits`).
const MAX_DIGITS: usize = 4300;

impl Number {
    /// The integer of a decimal text such as `-12`; `None` for anything else and beyond 4300 digits, where Python's
    /// `int()` refuses too.
    pub fn from_decimal(text: &str) -> Option<Self> {
        if let Ok(int) = text.parse::<i64>() {
            return (!text.starts_with('+')).then_some(Self(Kind::Int(int)));
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        let canonical = digits.trim_start_matches('0');
        let sign = if digits.len() < text.len() { "-" } else { "" };
        let canonical = format!("{sign}{canonical}");
        // Leading zeros may have hidden a small number.
        Some(Self(match canonical.parse() {
            Ok(int) => Kind::Int(int),
            Err(_) if canonical.len() == sign.len() => Kind::Int(0),
            Err(_) => Kind::BigInt(canonical.into_boxed_str()),
        }))
    }

    /// Whether this is a float; `1.0` is, `1` is not.
    pub fn is_float(&self) -> bool {
        matches!(self.0, Kind::Float(_))
    }

    /// The integer, when this is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Kind::Int(int) => Some(int),
            _ => None,
        }
    }

    /// The integer, when this is one that fits.
    pub fn as_i128(&self) -> Option<i128> {
        match &self.0 {
            Kind::Int(int) => Some(i128::from(*int)),
            Kind::BigInt(digits) => digits.parse().ok(),
            Kind::Float(_) => None,
        }
    }

    /// The nearest float, infinite when the integer is beyond it.
    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            Kind::Int(int) => *int as f64,
            Kind::BigInt(digits) => digits.parse().unwrap_or(f64::NAN),
            Kind::Float(float) => *float,
        }
    }
}

/// Python's text of the number as JSON: `repr`, and `NaN`, `Infinity`, `-Infinity`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Int(int) => int.fmt(f),
            Kind::BigInt(digits) => f.write_str(digits),
            Kind::Float(float) if float.is_nan() => f.write_str("NaN"),
            Kind::Float(float) if float.is_infinite() => {
                f.write_str(if *float > 0.0 { "Infinity" } else { "-Infinity" })
            }
            Kind::Float(float) => f.write_str(&float_repr(*float)),
        }
    }
}

/// Python's `repr` of a float: the shortest digits that give it back, with an exponent from 1e16 up and below 1e-4
/// (`1e+16`, `1e-05`, `0.0001`, `inf`, `nan`).
pub fn float_repr(float: f64) -> String {
    if float.is_nan() {
        return "nan".into();
    }
    if float.is_infinite() {
        return if float > 0.0 { "inf" } else { "-inf" }.into();
    }
    let scientific = format!("{float:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(-4..16) => format!("{float:?}"),
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
        }
        Err(_) => scientific,
    }
}

impl From<f64> for Number {
    fn from(float: f64) -> Self {
        Self(Kind::Float(float))
    }
}

impl From<i64> for Number {
    fn from(int: i64) -> Self {
        Self(Kind::Int(int))
    }
}

macro_rules! from_int {
    ($($small:ty),+; $($large:ty),+) => {
        $(impl From<$small> for Number {
            fn from(int: $small) -> Self {
                Self(Kind::Int(i64::from(int)))
            }
        })+
        $(impl From<$large> for Number {
            fn from(int: $large) -> Self {
                Self(i64::try_from(int).map_or_else(|_| Kind::BigInt(int.to_string().into_boxed_str()), Kind::Int))
            }
        })+
    };
}
from_int!(i8, i16, i32, u8, u16, u32; u64, i128, u128);

#[cfg(test)]
mod tests {
    use super::*;

    // From repr() of Python 3.11.
    #[test]
    fn floats_print_like_python() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1000000000000000.0, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.2345678901234568e17, "1.2345678901234568e+17"),
            (1e22, "1e+22"),
            (0.0001, "0.0001"),
            (1e-05, "1e-05"),
            (1.5e-07, "1.5e-07"),
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (9999999999999998.0, "9999999999999998.0"),
            (0.30000000000000004, "0.30000000000000004"),
            (-2.5e-09, "-2.5e-09"),
            (1e100, "1e+100"),
            (123456.789, "123456.789"),
        ];
        for (float, text) in cases {
            assert_eq!(float_repr(float), text);
        }
    }

    #[test]
    fn integers_of_any_size() {
        let text = |text: &str| Number::from_decimal(text).map(|number| number.to_string());
        assert_eq!(text("-9223372036854775809").as_deref(), Some("-9223372036854775809"));
        assert_eq!(text("0000000000000000000000012").as_deref(), Some("12"));
        assert_eq!(text("-0").as_deref(), Some("0"));
        assert_eq!(text("-000000000000000000000000").as_deref(), Some("0"));
        assert_eq!(text(&"9".repeat(4300)), Some("9".repeat(4300)));
        assert_eq!(text(&"9".repeat(4301)), None);
        for bad in ["", "-", "+1", "1.0", "1e5", " 1", "٣"] {
            assert_eq!(text(bad), None, "{bad:?}");
        }
        assert_eq!(Number::from(u64::MAX).to_string(), "18446744073709551615");
    }
}
