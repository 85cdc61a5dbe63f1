//! Keys of dicts and members of sets: what Python can hash, each once.

use std::collections::HashMap;

use num_bigint::BigInt;

use super::{PickleError, Value};
use crate::json::Text;

/// So few texts are compared one with another in less time than they are hashed.
const FEW: usize = 16;

/// The members of a set, of equal ones the first.
pub(crate) fn distinct(items: Vec<Value>) -> Result<Vec<Value>, PickleError> {
    let mut places = HashMap::with_capacity(items.len());
    let mut members = Vec::with_capacity(items.len());
    for item in items {
        if places.insert(fingerprint(&item)?, ()).is_none() {
            members.push(item);
        }
    }
    Ok(members)
}

/// The entries of a dict; of equal keys the first stays with the last value.
pub(crate) fn distinct_entries(entries: Vec<(Value, Value)>) -> Result<Vec<(Value, Value)>, PickleError> {
    let mut kept: Vec<(Value, Value)> = Vec::with_capacity(entries.len());
    if entries.len() <= FEW && entries.iter().all(|(key, _)| text(key).is_some()) {
        for (key, value) in entries {
            match kept.iter_mut().find(|(known, _)| text(known) == text(&key)) {
                Some((_, place)) => *place = value,
                None => kept.push((key, value)),
            }
        }
        return Ok(kept);
    }
    let mut places = HashMap::with_capacity(entries.len());
    for (key, value) in entries {
        let place = *places.entry(fingerprint(&key)?).or_insert(kept.len());
        match kept.get_mut(place) {
            Some((_, there)) => *there = value,
            None => kept.push((key, value)),
        }
    }
    Ok(kept)
}

fn text(key: &Value) -> Option<&Text> {
    match key {
        Value::Str(text) | Value::SafeString(text) => Some(text),
        _ => None,
    }
}

/// Bytes that two values share when Python calls them equal: `1`, `1.0` and `True` are.
fn fingerprint(value: &Value) -> Result<Vec<u8>, PickleError> {
    let mut bytes = Vec::new();
    write(value, &mut bytes)?;
    Ok(bytes)
}

fn write(value: &Value, bytes: &mut Vec<u8>) -> Result<(), PickleError> {
    match value {
        Value::None => bytes.push(b'N'),
        Value::Bool(flag) => integer(&i64::from(*flag).into(), bytes),
        Value::Int(number) => integer(&(*number).into(), bytes),
        Value::BigInt(number) => integer(number, bytes),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            integer(&(*number as i64).into(), bytes);
        }
        Value::Float(number) => counted(b'F', &number.to_bits().to_le_bytes(), bytes),
        Value::Str(text) | Value::SafeString(text) => counted(b'S', &text.to_surrogatepass(), bytes),
        Value::Bytes(content) => counted(b'B', content, bytes),
        Value::Tuple(items) => {
            counted(b'T', &items.len().to_le_bytes(), bytes);
            items.iter().try_for_each(|item| write(item, bytes))?;
        }
        Value::FrozenSet(items) => {
            let mut members = items.iter().map(fingerprint).collect::<Result<Vec<_>, _>>()?;
            members.sort();
            counted(b'Z', &members.concat(), bytes);
        }
        Value::List(_) | Value::Set(_) | Value::Dict(_) | Value::OrderedDict(_) | Value::ByteArray(_) => {
            return Err(PickleError::Broken);
        }
        Value::DateTime(_)
        | Value::Date(_)
        | Value::Time(..)
        | Value::TimeDelta(_)
        | Value::Decimal(_)
        | Value::Uuid(_)
        | Value::Opaque(_) => counted(b'O', format!("{value:?}").as_bytes(), bytes),
    }
    Ok(())
}

fn integer(number: &BigInt, bytes: &mut Vec<u8>) {
    counted(b'I', &number.to_signed_bytes_le(), bytes);
}

fn counted(kind: u8, content: &[u8], bytes: &mut Vec<u8>) {
    bytes.push(kind);
    bytes.extend_from_slice(&content.len().to_le_bytes());
    bytes.extend_from_slice(content);
}
