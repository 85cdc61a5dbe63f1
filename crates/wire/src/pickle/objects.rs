//! The objects that are understood, each from the one call that Python pickles it as.

use jiff::SignedDuration;
use jiff::civil::{self, Date, Time};
use jiff::tz::Offset;

use super::keys::{distinct, distinct_entries};
use super::load::{Names, modern_module};
use super::{Call, Change, OpaqueKind, PickleError, Value};
use crate::datetime::DateTime;
use crate::json::Text;

/// The most days of a `timedelta`, either way.
const MAX_DAYS: i64 = 999_999_999;

/// The value of a known object; nothing for one that is to be kept as it is.
pub(super) fn known_object(kind: &OpaqueKind, names: Names) -> Result<Option<Value>, PickleError> {
    let OpaqueKind::Object { call, callable, arguments: Value::Tuple(arguments), keywords: None, changes } =
        kind
    else {
        return Ok(None);
    };
    let Some((module, name)) = global(callable) else { return Ok(None) };
    let value = match (module, name, changes.as_slice()) {
        // A time zone is part of a date, and no value of its own.
        ("datetime", "timezone", []) => return Ok(None),
        ("collections", "OrderedDict", changes) if *call == Call::Reduce => ordered_dict(arguments, changes),
        ("uuid", "UUID", [Change::Build(state)]) if *call == Call::NewObject && arguments.is_empty() => {
            uuid(state)
        }
        ("copyreg", "_reconstructor", [Change::Build(state)]) if *call == Call::Reduce => {
            reconstructed_uuid(arguments, state)
        }
        ("django.utils.safestring", "SafeString", []) if *call == Call::NewObject => safe_string(arguments),
        (_, _, []) if *call == Call::Reduce => {
            reduced(module, name, arguments).filter(|_| names == Names::Known || !loses(name, arguments))
        }
        _ => None,
    };
    match value {
        Some(Err(error)) => Err(error),
        Some(Ok(value)) => Ok(Some(value)),
        None if names == Names::Known => Err(PickleError::Arguments),
        None => Ok(None),
    }
}

/// Whether a date says more than its value would: the second of two equal times when a clock is set
/// back, or the name of a time zone.
fn loses(name: &str, arguments: &[Value]) -> bool {
    let fold = match (name, arguments.first().and_then(packed).as_deref()) {
        ("datetime", Some([_, _, month, ..])) => *month,
        ("time", Some([hour, ..])) => *hour,
        _ => 0,
    };
    fold & 0x80 != 0 || arguments.get(1).is_some_and(has_zone_name)
}

fn has_zone_name(zone: &Value) -> bool {
    let Value::Opaque(opaque) = zone else { return false };
    matches!(&*opaque.0, OpaqueKind::Object { arguments: Value::Tuple(arguments), .. } if arguments.len() > 1)
}

type Known = Option<Result<Value, PickleError>>;

fn reduced(module: &str, name: &str, arguments: &[Value]) -> Known {
    let value = match (module, name, arguments) {
        ("builtins", "bytes", []) => Value::Bytes(Vec::new()),
        ("builtins", "bytearray", []) => Value::ByteArray(Vec::new()),
        ("builtins", "bytearray", [Value::Bytes(bytes)]) => Value::ByteArray(bytes.clone()),
        ("builtins", "set" | "frozenset", _) => {
            let items = match arguments {
                [] => Vec::new(),
                [Value::List(items) | Value::Tuple(items)] => items.clone(),
                _ => return None,
            };
            let wrap = if name == "set" { Value::Set } else { Value::FrozenSet };
            return Some(distinct(items).map(wrap));
        }
        ("_codecs", "encode", [Value::Str(text), Value::Str(encoding)])
            if matches!(encoding.as_str(), Some("latin1" | "latin-1")) =>
        {
            Value::Bytes(latin1(text)?)
        }
        ("datetime", "datetime", [state]) => Value::DateTime(datetime(&packed(state)?, None)?),
        ("datetime", "datetime", [state, zone]) => {
            Value::DateTime(datetime(&packed(state)?, Some(offset(zone)?))?)
        }
        ("datetime", "date", [state]) => Value::Date(date(&packed(state)?)?),
        ("datetime", "time", [state]) => Value::Time(time(&packed(state)?)?, None),
        ("datetime", "time", [state, zone]) => Value::Time(time(&packed(state)?)?, Some(offset(zone)?)),
        ("datetime", "timedelta", [Value::Int(days), Value::Int(seconds), Value::Int(micros)]) => {
            Value::TimeDelta(duration(*days, *seconds, *micros)?)
        }
        ("decimal", "Decimal", [Value::Str(text)]) => {
            Value::Decimal(text.as_str().filter(|text| is_decimal(text))?.to_owned())
        }
        _ => return None,
    };
    Some(Ok(value))
}

fn ordered_dict(arguments: &[Value], changes: &[Change]) -> Known {
    let mut entries = match arguments {
        [] => Vec::new(),
        [Value::List(pairs)] => pairs
            .iter()
            .map(|pair| match pair {
                Value::List(pair) | Value::Tuple(pair) => match pair.as_slice() {
                    [key, value] => Some((key.clone(), value.clone())),
                    _ => None,
                },
                _ => None,
            })
            .collect::<Option<Vec<_>>>()?,
        _ => return None,
    };
    for change in changes {
        let Change::SetItems(more) = change else { return None };
        entries.extend(more.iter().cloned());
    }
    Some(distinct_entries(entries).map(Value::OrderedDict))
}

fn uuid(state: &Value) -> Known {
    let number = match state.get("int")? {
        Value::Int(number) => u128::try_from(*number).ok()?,
        Value::BigInt(number) => u128::try_from(number).ok()?,
        _ => return None,
    };
    Some(Ok(Value::Uuid(number)))
}

/// `copyreg._reconstructor(UUID, object, None)`, of protocols 0 and 1.
fn reconstructed_uuid(arguments: &[Value], state: &Value) -> Known {
    let [class, base, Value::None] = arguments else { return None };
    (global(class)? == ("uuid", "UUID") && global(base)? == ("builtins", "object")).then(|| uuid(state))?
}

fn safe_string(arguments: &[Value]) -> Known {
    match arguments {
        [Value::Str(text)] => Some(Ok(Value::SafeString(text.clone()))),
        _ => None,
    }
}

/// The module and name of a bare name.
fn global(value: &Value) -> Option<(&str, &str)> {
    let Value::Opaque(opaque) = value else { return None };
    match &*opaque.0 {
        OpaqueKind::Global { module, name } => Some((modern_module(module.as_str()?), name.as_str()?)),
        OpaqueKind::Object { .. } => None,
    }
}

/// The state of a date; Python 2 wrote it as text.
fn packed(state: &Value) -> Option<Vec<u8>> {
    match state {
        Value::Bytes(bytes) => Some(bytes.clone()),
        Value::Str(text) => latin1(text),
        _ => None,
    }
}

fn latin1(text: &Text) -> Option<Vec<u8>> {
    text.as_str()?.chars().map(|c| u8::try_from(c).ok()).collect()
}

/// `timezone(timedelta(…))`, with or without a name.
fn offset(zone: &Value) -> Option<Offset> {
    let Value::Opaque(opaque) = zone else { return None };
    let OpaqueKind::Object { call: Call::Reduce, callable, arguments: Value::Tuple(arguments), .. } =
        &*opaque.0
    else {
        return None;
    };
    let (("datetime", "timezone"), [Value::TimeDelta(ahead)] | [Value::TimeDelta(ahead), Value::Str(_)]) =
        (global(callable)?, arguments.as_slice())
    else {
        return None;
    };
    let seconds = i32::try_from(ahead.as_secs()).ok()?;
    (ahead.subsec_nanos() == 0 && seconds.abs() < 86_400).then(|| Offset::from_seconds(seconds).ok())?
}

fn date(state: &[u8]) -> Option<Date> {
    let [high, low, month, day] = *state else { return None };
    let year = i16::from_be_bytes([high, low]);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().filter(|date| date.year() >= 1)
}

fn time(state: &[u8]) -> Option<Time> {
    let [hour, minute, second, high, middle, low] = *state else { return None };
    let micros = i32::from_be_bytes([0, high, middle, low]);
    // The highest bit of the hour tells the second of two equal times when a clock is set back.
    let nanos = if micros < 1_000_000 { micros * 1000 } else { return None };
    let number = |byte: u8| i8::try_from(byte).ok();
    Time::new(number(hour & 0x7f)?, number(minute)?, number(second)?, nanos).ok()
}

fn datetime(state: &[u8], offset: Option<Offset>) -> Option<DateTime> {
    let [high, low, month, day, rest @ ..] = state else { return None };
    let date = date(&[*high, *low, month & 0x7f, *day])?;
    Some(DateTime { civil: civil::DateTime::from_parts(date, time(rest)?), offset })
}

fn duration(days: i64, seconds: i64, micros: i64) -> Option<SignedDuration> {
    let seconds = days.checked_mul(86_400)?.checked_add(seconds)?;
    let duration = SignedDuration::from_secs(seconds).checked_add(SignedDuration::from_micros(micros))?;
    (duration.as_secs().div_euclid(86_400).abs() <= MAX_DAYS).then_some(duration)
}

/// Whether `Decimal()` takes the text.
pub(crate) fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    if matches!(lower.as_str(), "inf" | "infinity") {
        return true;
    }
    let all_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(payload) = lower.strip_prefix("nan").or_else(|| lower.strip_prefix("snan")) {
        return all_digits(payload);
    }
    let (number, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // Python refuses exponents beyond 10^18.
    let exponent_fits = !exponent.is_empty() && all_digits(exponent);
    whole.len() + fraction.len() > 0
        && all_digits(whole)
        && all_digits(fraction)
        && exponent_fits
        && exponent.len() <= 18
}
