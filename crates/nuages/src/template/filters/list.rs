//! Filters of lists.

use std::cmp::Ordering;
use std::sync::Arc;

use super::Argument::{Must, No};
use super::{Filter, Filtered};
use crate::template::env::Env;
use crate::template::error::TemplateError;
use crate::template::escape::conditional_escape;
use crate::template::value::{Member, Value, parse_float, parse_int};

pub(crate) static FILTERS: &[Filter] = &[
    Filter::value("dictsort", Must, |value, key, _| Ok(sort(value, key, false))),
    Filter::value("dictsortreversed", Must, |value, key, _| Ok(sort(value, key, true))),
    Filter::value("first", No, |value, _, _| at(value, 0)),
    Filter::value("join", Must, join).keeps_safe(),
    Filter::value("last", No, |value, _, _| at(value, -1)).keeps_safe(),
    Filter::value("length", No, |value, _, _| Ok(value.len().unwrap_or(0).into())),
    Filter::text("make_list", No, |value, _, _| Ok(Value::list(value.chars()))),
    Filter::value("random", No, random).keeps_safe(),
    Filter::value("slice", Must, slice).keeps_safe(),
    Filter::value("unordered_list", No, |value, _, env| Ok(Value::safe(unordered_list(value, env, 1)?)))
        .keeps_safe(),
];

fn not_a_sequence() -> TemplateError {
    TemplateError::value("the value is not a sequence")
}

/// The item at an index, which counts from the end if negative; empty text if there is none.
fn at(value: &Value, index: isize) -> Filtered {
    if matches!(value, Value::Dict(_)) {
        return Err(not_a_sequence());
    }
    let items = value.items().ok_or_else(not_a_sequence)?;
    let item = if index < 0 { items.last() } else { items.first() };
    Ok(item.cloned().unwrap_or_else(Value::empty))
}

fn random(value: &Value, _: Option<&Value>, _: &Env) -> Filtered {
    let items = value.items().ok_or_else(not_a_sequence)?;
    let number = getrandom::u64().map_err(|_| TemplateError::value("no randomness"))?;
    let index = usize::try_from(number % items.len().max(1) as u64).unwrap_or(0);
    Ok(items.get(index).cloned().unwrap_or_else(Value::empty))
}

fn join(value: &Value, separator: Option<&Value>, env: &Env) -> Filtered {
    let (Some(items), Some(separator)) = (value.items(), separator) else { return Ok(value.clone()) };
    if env.autoescape {
        let separator = conditional_escape(separator);
        return Ok(Value::safe(items.iter().map(conditional_escape).collect::<Vec<_>>().join(&separator)));
    }
    let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    match (texts, separator.as_str()) {
        (Some(texts), Some(separator)) => Ok(Value::safe(texts.join(separator))),
        _ => Ok(value.clone()),
    }
}

/// Python's slice of a list or text; the value as it is if the argument is no slice.
fn slice(value: &Value, argument: Option<&Value>, _: &Env) -> Filtered {
    let argument = argument.map(|argument| argument.to_text().into_owned()).unwrap_or_default();
    let bits: Option<Vec<Option<i64>>> = argument
        .split(':')
        .map(|bit| {
            if bit.is_empty() {
                Some(None)
            } else {
                parse_int(bit).map(|bit| Some(i64::try_from(bit).unwrap_or(i64::MAX)))
            }
        })
        .collect();
    let Some(bits) = bits.filter(|bits| bits.len() <= 3) else { return Ok(value.clone()) };
    let (start, stop, step) = match bits.as_slice() {
        [stop] => (None, *stop, None),
        [start, stop] => (*start, *stop, None),
        [start, stop, step] => (*start, *stop, *step),
        _ => return Ok(value.clone()),
    };
    let step = step.unwrap_or(1);
    let items = match value {
        Value::Dict(_) => return Ok(value.clone()),
        value => match value.items() {
            Some(items) if step != 0 => items,
            _ => return Ok(value.clone()),
        },
    };
    let picked = indices(items.len(), start, stop, step).filter_map(|index| items.get(index).cloned());
    Ok(match value {
        Value::Text(_) => Value::from(picked.map(|c| c.to_text().into_owned()).collect::<String>()),
        Value::Safe(_) => Value::from(picked.map(|c| c.to_text().into_owned()).collect::<String>()),
        Value::Tuple(_) => Value::Tuple(Arc::new(picked.collect())),
        _ => Value::list(picked),
    })
}

/// Python's `slice.indices()`.
fn indices(length: usize, start: Option<i64>, stop: Option<i64>, step: i64) -> impl Iterator<Item = usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clip = |index: i64| if index < 0 { (index.saturating_add(length)).max(low) } else { index.min(high) };
    let mut at = start.map_or(if step > 0 { low } else { high }, clip);
    let stop = stop.map_or(if step > 0 { high } else { low }, clip);
    std::iter::from_fn(move || {
        let inside = if step > 0 { at < stop } else { at > stop };
        let index = usize::try_from(at).ok().filter(|_| inside)?;
        at = at.saturating_add(step);
        Some(index)
    })
}

/// Sorts by a member of each item; empty text where an item lacks it or two cannot be compared.
fn sort(value: &Value, key: Option<&Value>, reversed: bool) -> Value {
    let sorted = || {
        let key = key?;
        let mut items = value
            .items()?
            .iter()
            .map(|item| Some((member(item, key)?, item.clone())))
            .collect::<Option<Vec<_>>>()?;
        let mut comparable = true;
        items.sort_by(|(a, _), (b, _)| {
            let order = a.compare(b).unwrap_or_else(|| {
                comparable &= a.equals(b) && !a.is_none();
                Ordering::Equal
            });
            if reversed { order.reverse() } else { order }
        });
        comparable.then(|| Value::list(items.into_iter().map(|(_, item)| item)))
    };
    sorted().unwrap_or_else(Value::empty)
}

fn member(item: &Value, key: &Value) -> Option<Value> {
    let text = key.to_text();
    if key.as_str().is_none_or(|text| parse_float(text).is_some()) {
        // A number is an index; the same number as text is none.
        let index = if key.as_str().is_none() { text.parse::<usize>().ok() } else { None };
        return match (item, index) {
            (Value::Dict(dict), _) => dict.get_value(key).cloned(),
            (item, Some(index)) => item.items()?.get(index).cloned(),
            _ => None,
        };
    }
    if text.starts_with('_') || text.contains("._") {
        return None;
    }
    let mut value = item.clone();
    for part in text.split('.') {
        value = match value.member(part, None) {
            Member::Found(found) => found.into_owned(),
            Member::Missing => return None,
        };
    }
    Some(value)
}

const MAX_DEPTH: usize = 50;

/// The items of a list whose item is followed by the list of its children.
fn unordered_list(value: &Value, env: &Env, depth: usize) -> Result<String, TemplateError> {
    if depth > MAX_DEPTH {
        return Err(crate::template::error::ErrorKind::Limit("nesting of a list").into());
    }
    let items = value.items().ok_or_else(not_a_sequence)?;
    let indent = "\t".repeat(depth);
    let mut lines = Vec::new();
    let mut rest = items.iter().peekable();
    while let Some(item) = rest.next() {
        let children = rest.next_if(|next| next.as_list().is_some());
        let text = if env.autoescape { conditional_escape(item) } else { item.to_text() };
        let sublist = match children.filter(|children| children.is_true()) {
            Some(children) => format!(
                "\n{indent}<ul>\n{}\n{indent}</ul>\n{indent}",
                unordered_list(children, env, depth + 1)?
            ),
            None => String::new(),
        };
        lines.push(format!("{indent}<li>{text}{sublist}</li>"));
    }
    Ok(lines.join("\n"))
}
