//! The arguments of a task for people to read, as in `celery.utils.saferepr`.

use crate::json::Number;
use crate::pickle::Value;

/// The longest text, in characters.
const MAX_LENGTH: usize = 1024;
/// Containers within containers that are shown.
const MAX_DEPTH: usize = 3;

/// Python's notation of a value, shortened. Without items a list is `()`, as Celery shows no arguments.
pub(super) fn saferepr(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::List(items) if items.is_empty() => text.push_str("()"),
        value => write(value, 0, &mut text),
    }
    if text.chars().count() > MAX_LENGTH {
        text = text.chars().take(MAX_LENGTH - 3).chain("...".chars()).collect();
    }
    text
}

fn write(value: &Value, depth: usize, out: &mut String) {
    if out.len() > 4 * MAX_LENGTH {
        return;
    }
    match value {
        Value::None => out.push_str("None"),
        Value::Bool(flag) => out.push_str(if *flag { "True" } else { "False" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::BigInt(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&Number::from(*number).to_string()),
        Value::Str(text) | Value::SafeString(text) => {
            out.extend(["'", text.to_str_lossy(), "'"]);
        }
        Value::List(items) => sequence("[", items, "]", depth, out),
        Value::Tuple(items) => sequence("(", items, ")", depth, out),
        Value::Dict(entries) | Value::OrderedDict(entries) => {
            if depth >= MAX_DEPTH && !entries.is_empty() {
                return out.push_str("{...}");
            }
            out.push('{');
            for (place, (key, value)) in entries.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                write(key, depth + 1, out);
                out.push_str(": ");
                write(value, depth + 1, out);
            }
            out.push('}');
        }
        other => match super::to_json(other) {
            Some(json) => out.push_str(&json.to_string()),
            None => out.push_str("..."),
        },
    }
}

fn sequence(open: &str, items: &[Value], close: &str, depth: usize, out: &mut String) {
    out.push_str(open);
    if depth >= MAX_DEPTH && !items.is_empty() {
        out.push_str("...");
    } else {
        for (place, item) in items.iter().enumerate() {
            out.push_str(if place > 0 { ", " } else { "" });
            write(item, depth + 1, out);
        }
    }
    out.push_str(close);
}
