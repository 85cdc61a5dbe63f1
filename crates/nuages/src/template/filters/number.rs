//! Filters of numbers.

use num_bigint::BigInt;

use super::Argument::{Maybe, Must, No};
use super::{Filter, Filtered, text_argument};
use crate::template::decimal::BigDecimal;
use crate::template::env::Env;
use crate::template::error::TemplateError;
use crate::template::formats::{format_digits, number_format};
use crate::template::value::{Value, float_text, parse_int, to_float, to_int};

pub(crate) static FILTERS: &[Filter] = &[
    Filter::value("add", Must, add),
    Filter::value("divisibleby", Must, divisibleby),
    Filter::value("filesizeformat", No, |value, _, env| {
        Ok(Value::from(filesizeformat(value, env).replace(' ', "\u{a0}")))
    })
    .keeps_safe(),
    Filter::value("floatformat", Maybe, floatformat).keeps_safe(),
    Filter::value("get_digit", Must, get_digit),
    Filter::value("pluralize", Maybe, pluralize),
];

/// Adds two numbers if both are, else joins two texts or lists; empty where neither works.
fn add(value: &Value, other: Option<&Value>, _: &Env) -> Filtered {
    let other = other.unwrap_or(&Value::None);
    if let (Some(a), Some(b)) = (to_int(value), to_int(other)) {
        return Ok((a + b).into());
    }
    Ok(match (value, other) {
        (Value::Safe(a), Value::Safe(b)) => Value::safe([&**a, &**b].concat()),
        (Value::Text(a) | Value::Safe(a), Value::Text(b) | Value::Safe(b)) => {
            Value::from([&**a, &**b].concat())
        }
        (Value::List(a), Value::List(b)) => Value::list(a.iter().chain(b.iter())),
        (Value::Tuple(a), Value::Tuple(b)) => {
            Value::Tuple(std::sync::Arc::new(a.iter().chain(b.iter()).cloned().collect()))
        }
        _ => Value::empty(),
    })
}

fn int(value: Option<&Value>) -> Result<BigInt, TemplateError> {
    value.and_then(to_int).ok_or_else(|| TemplateError::value("invalid literal for int()"))
}

fn divisibleby(value: &Value, by: Option<&Value>, _: &Env) -> Filtered {
    let (value, by) = (int(Some(value))?, int(by)?);
    if by == BigInt::ZERO {
        return Err(TemplateError::value("integer modulo by zero"));
    }
    Ok(Value::Bool(value % by == BigInt::ZERO))
}

fn get_digit(value: &Value, position: Option<&Value>, _: &Env) -> Filtered {
    let position = position.unwrap_or(&Value::None);
    // Text that is no number is left alone; what cannot be a number at all is an error.
    let refused = |value: &Value| to_int(value).is_none() && value.as_str().is_none();
    let error = || TemplateError::value("int() argument must be a string or a number");
    if refused(position) {
        return Err(error());
    }
    let Some(position) = to_int(position) else { return Ok(value.clone()) };
    if refused(value) {
        return Err(error());
    }
    let Some(number) = to_int(value) else { return Ok(value.clone()) };
    if position < BigInt::from(1) {
        return Ok(number.into());
    }
    let digits = number.to_string();
    let digit = usize::try_from(position)
        .ok()
        .and_then(|position| digits.len().checked_sub(position))
        .and_then(|at| digits.get(at..at + 1));
    match digit {
        Some(digit) => digit
            .parse::<i64>()
            .map(Value::Int)
            .map_err(|_| TemplateError::value("invalid literal for int()")),
        None => Ok(Value::Int(0)),
    }
}

/// The argument of `floatformat`: how many places, and whether grouped and localised.
struct Places {
    places: i64,
    force_grouping: bool,
    use_l10n: bool,
}

impl Places {
    /// `Ok(None)` where the argument is no number.
    fn parse(argument: Option<&Value>) -> Result<Option<Self>, TemplateError> {
        let mut places = Self { places: -1, force_grouping: false, use_l10n: true };
        let text = match argument {
            None => return Ok(Some(places)),
            Some(value) => match value.as_str() {
                Some("") => return Err(TemplateError::value("string index out of range")),
                Some(text) => text,
                None => {
                    places.places = clamp(&int(argument)?);
                    return Ok(Some(places));
                }
            },
        };
        let flags = if text.ends_with("gu") || text.ends_with("ug") {
            2
        } else {
            usize::from(text.ends_with(['g', 'u']))
        };
        let (number, flags) = text.split_at(text.len() - flags);
        places.force_grouping = flags.contains('g');
        places.use_l10n = !flags.contains('u');
        if !number.is_empty() || flags.is_empty() {
            let Some(number) = parse_int(number) else { return Ok(None) };
            places.places = clamp(&number);
        }
        Ok(Some(places))
    }
}

/// Places beyond a thousand are not meant.
fn clamp(places: &BigInt) -> i64 {
    i64::try_from(places).unwrap_or(1000).clamp(-1000, 1000)
}

/// Django's `floatformat`.
pub(super) fn floatformat(value: &Value, argument: Option<&Value>, env: &Env) -> Filtered {
    let text = value.to_text();
    let special = matches!(value, Value::Float(float) if !float.is_finite()) || is_special(&text);
    let places = Places::parse(argument)?;
    let decimal = match BigDecimal::parse(&text) {
        Some(decimal) => decimal,
        None if special => return Ok(Value::from(text.as_ref())),
        None => match to_float(value).ok().and_then(|float| BigDecimal::parse(&float_text(float))) {
            Some(decimal) => decimal,
            None => return Ok(Value::empty()),
        },
    };
    let Some(Places { places, force_grouping, use_l10n }) = places else {
        return Ok(Value::from(text.as_ref()));
    };
    let size = i64::try_from(decimal.digits.len()).unwrap_or(i64::MAX).saturating_add(decimal.exponent.abs());
    if size > 200 {
        return Ok(Value::from(text.as_ref()));
    }
    let write = |text: &str, places: usize| {
        Value::safe(format_digits(text, Some(places), env, use_l10n, force_grouping))
    };
    if decimal.is_whole() && places <= 0 {
        return Ok(write(&decimal.to_int().unwrap_or_default().to_string(), 0));
    }
    let places = usize::try_from(places.unsigned_abs()).unwrap_or(0);
    let Some(mut rounded) = decimal.round_half_up(places) else { return Ok(Value::from(text.as_ref())) };
    rounded.negative &= !rounded.is_zero();
    Ok(write(&rounded.to_plain(), places))
}

/// What `Decimal()` reads besides numbers.
fn is_special(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['+', '-']).to_ascii_lowercase();
    matches!(text.as_str(), "inf" | "infinity")
        || text
            .trim_start_matches('s')
            .strip_prefix("nan")
            .is_some_and(|rest| rest.bytes().all(|digit| digit.is_ascii_digit()))
}

fn filesizeformat(value: &Value, env: &Env) -> String {
    let count = |size: u64| {
        env.ngettext("%(size)d byte", "%(size)d bytes", size).replace("%(size)d", &size.to_string())
    };
    let Some(bytes) = to_int(value) else { return count(0) };
    let negative = bytes.sign() == num_bigint::Sign::Minus;
    let size = match to_float(&Value::from(bytes)) {
        Ok(size) => size.abs(),
        Err(_) => 0.0,
    };
    const UNITS: [&str; 5] = ["%s KB", "%s MB", "%s GB", "%s TB", "%s PB"];
    let text = if size < 1024.0 {
        count(float_to_u64(size))
    } else {
        let mut shown = size / 1024.0;
        let mut unit = 0;
        while shown >= 1024.0 && unit + 1 < UNITS.len() {
            shown /= 1024.0;
            unit += 1;
        }
        let rounded = format!("{shown:.1}").parse().unwrap_or(shown);
        env.gettext(UNITS[unit])
            .replace("%s", &number_format(&Value::Float(rounded), Some(1), env, true, false))
    };
    if negative { format!("-{text}") } else { text }
}

/// A number without fraction as an integer; 0 where it has none.
pub(super) fn float_to_u64(size: f64) -> u64 {
    format!("{size:.0}").parse().unwrap_or(0)
}

fn pluralize(value: &Value, suffixes: Option<&Value>, _: &Env) -> Filtered {
    let suffixes = match suffixes {
        None => "s",
        suffixes => text_argument(suffixes)?,
    };
    let (singular, plural) = suffixes.split_once(',').unwrap_or(("", suffixes));
    if plural.contains(',') {
        return Ok(Value::empty());
    }
    let one = match to_float(value) {
        Ok(number) => number == 1.0,
        Err(false) => return Ok(Value::empty()),
        Err(true) => match value.len() {
            Some(length) => length == 1,
            None => return Ok(Value::empty()),
        },
    };
    Ok(Value::from(if one { singular } else { plural }))
}
