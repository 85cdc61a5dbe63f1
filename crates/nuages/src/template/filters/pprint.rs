//! `pprint`: Python's `pprint.pformat`, keys in order and lines of 80 characters.

use crate::template::value::Value;

const WIDTH: usize = 80;
const MAX_DEPTH: usize = 50;

/// The `repr` of a value, broken into lines where it does not fit into one.
pub(super) fn pformat(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out, 0, 0, 0);
    out
}

/// Writes a value that begins in column `indent` and is followed by `allowance` more characters.
fn write(value: &Value, out: &mut String, indent: usize, allowance: usize, depth: usize) {
    let line = repr(value);
    let fits = line.chars().count() <= WIDTH.saturating_sub(indent + allowance);
    let pairs = |value: &Value| match value {
        Value::Dict(dict) => sorted(dict.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
        _ => Vec::new(),
    };
    match value {
        _ if fits || depth > MAX_DEPTH => out.push_str(&line),
        Value::List(items) => lines(out, '[', items.iter(), ']', indent, |item, out, last| {
            write(item, out, indent + 1, last + allowance, depth + 1)
        }),
        Value::Tuple(items) => lines(out, '(', items.iter(), ')', indent, |item, out, last| {
            write(item, out, indent + 1, last + allowance, depth + 1)
        }),
        Value::Dict(_) => lines(out, '{', pairs(value).iter(), '}', indent, |(key, value), out, last| {
            let key = repr(key);
            out.push_str(&key);
            out.push_str(": ");
            write(value, out, indent + key.chars().count() + 3, last + allowance, depth + 1);
        }),
        _ => out.push_str(&line),
    }
}

fn lines<T>(
    out: &mut String,
    open: char,
    items: impl ExactSizeIterator<Item = T>,
    close: char,
    indent: usize,
    write: impl Fn(T, &mut String, usize),
) {
    let count = items.len();
    out.push(open);
    for (index, item) in items.enumerate() {
        write(item, out, 1);
        if index + 1 < count {
            out.push_str(",\n");
            out.push_str(&" ".repeat(indent + 1));
        }
    }
    out.push(close);
}

/// The `repr` with the keys of dictionaries in order.
fn repr(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Dict(dict) => {
            let pairs = sorted(dict.iter().map(|(key, value)| (key.clone(), value.clone())).collect());
            let pairs: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{}: {}", repr(key), repr(value))).collect();
            out.extend(["{", &pairs.join(", "), "}"]);
        }
        Value::List(items) => out.extend(["[", &items.iter().map(repr).collect::<Vec<_>>().join(", "), "]"]),
        value => value.write_repr(&mut out),
    }
    out
}

fn sorted(mut pairs: Vec<(Value, Value)>) -> Vec<(Value, Value)> {
    pairs.sort_by(|(a, _), (b, _)| a.compare(b).unwrap_or(std::cmp::Ordering::Equal));
    pairs
}
