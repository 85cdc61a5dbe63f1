//! Tagged values as the values of a pickle, and back.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use nuages_wire::datetime::DateTime;
use nuages_wire::json::Text;
use nuages_wire::pickle::Value;

use super::{BadCase, Tagged, jiff_from};

/// The value that a tagged one stands for.
pub(super) fn to_value(tagged: &Tagged) -> Result<Value, BadCase> {
    let bad = || BadCase(format!("no value for {tagged:?}"));
    let items = |items: &[Tagged]| items.iter().map(to_value).collect::<Result<Vec<_>, _>>();
    let entries = |entries: &[(Tagged, Tagged)]| {
        entries
            .iter()
            .map(|(key, value)| Ok((to_value(key)?, to_value(value)?)))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(match tagged {
        Tagged::None => Value::None,
        Tagged::Bool(flag) => Value::Bool(*flag),
        Tagged::Int(number) => Value::integer(number.clone()),
        Tagged::Float(number) => Value::Float(*number),
        Tagged::Str(bytes) => Value::Str(Text::from_surrogatepass(bytes).ok_or_else(bad)?),
        Tagged::SafeStr(text) => Value::SafeString(text.as_str().into()),
        Tagged::Bytes(bytes) => Value::Bytes(bytes.clone()),
        Tagged::ByteArray(bytes) => Value::ByteArray(bytes.clone()),
        Tagged::List(list) => Value::List(items(list)?),
        Tagged::Tuple(list) => Value::Tuple(items(list)?),
        Tagged::Set(list) => Value::Set(items(list)?),
        Tagged::FrozenSet(list) => Value::FrozenSet(items(list)?),
        Tagged::Dict(dict) => Value::Dict(entries(dict)?),
        Tagged::OrderedDict(dict) => Value::OrderedDict(entries(dict)?),
        Tagged::DateTime(text) => Value::DateTime(text.parse().map_err(|_| bad())?),
        Tagged::Date(text) => Value::Date(text.parse::<Date>().map_err(|_| bad())?),
        Tagged::Time(text) => {
            let whole: DateTime = format!("2000-01-01T{text}").parse().map_err(|_| bad())?;
            Value::Time(whole.civil.time(), whole.offset)
        }
        Tagged::TimeDelta(_) => Value::TimeDelta(jiff_from::duration(tagged)?.ok_or_else(bad)?),
        Tagged::Decimal(text) => Value::Decimal(text.clone()),
        Tagged::Uuid(text) => {
            let digits: String = text.chars().filter(|c| *c != '-').collect();
            Value::Uuid(u128::from_str_radix(&digits, 16).map_err(|_| bad())?)
        }
    })
}

/// The tagged form of a value; an opaque one has none.
pub(super) fn to_tagged(value: &Value) -> Result<Tagged, BadCase> {
    let items = |items: &[Value]| items.iter().map(to_tagged).collect::<Result<Vec<_>, _>>();
    let entries = |entries: &[(Value, Value)]| {
        entries
            .iter()
            .map(|(key, value)| Ok((to_tagged(key)?, to_tagged(value)?)))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(match value {
        Value::None => Tagged::None,
        Value::Bool(flag) => Tagged::Bool(*flag),
        Value::Int(number) => Tagged::Int((*number).into()),
        Value::BigInt(number) => Tagged::Int(number.clone()),
        Value::Float(number) => Tagged::Float(*number),
        Value::Str(text) => Tagged::Str(text.to_surrogatepass()),
        Value::SafeString(text) => Tagged::SafeStr(text.to_str_lossy().to_owned()),
        Value::Bytes(bytes) => Tagged::Bytes(bytes.clone()),
        Value::ByteArray(bytes) => Tagged::ByteArray(bytes.clone()),
        Value::List(list) => Tagged::List(items(list)?),
        Value::Tuple(list) => Tagged::Tuple(items(list)?),
        Value::Set(list) => Tagged::Set(items(list)?),
        Value::FrozenSet(list) => Tagged::FrozenSet(items(list)?),
        Value::Dict(dict) => Tagged::Dict(entries(dict)?),
        Value::OrderedDict(dict) => Tagged::OrderedDict(entries(dict)?),
        Value::DateTime(moment) => Tagged::DateTime(moment.to_string()),
        Value::Date(date) => Tagged::Date(date.to_string()),
        Value::Time(time, offset) => Tagged::Time(time_text(*time, *offset)),
        Value::TimeDelta(duration) => {
            let borrowed = i64::from(duration.subsec_nanos() < 0);
            let seconds = duration.as_secs() - borrowed;
            let micros = i64::from(duration.subsec_micros()) + borrowed * 1_000_000;
            Tagged::TimeDelta([seconds.div_euclid(86_400), seconds.rem_euclid(86_400), micros])
        }
        Value::Decimal(text) => Tagged::Decimal(text.clone()),
        Value::Uuid(number) => {
            let hex = format!("{number:032x}");
            let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
            Tagged::Uuid(parts.join("-"))
        }
        Value::Opaque(opaque) => return Err(BadCase(format!("an opaque {}", opaque.name()))),
    })
}

fn time_text(time: Time, offset: Option<Offset>) -> String {
    let whole = DateTime { civil: Date::constant(2000, 1, 1).to_datetime(time), offset };
    whole.to_string().split_off("2000-01-01T".len())
}
