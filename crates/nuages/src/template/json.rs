//! JSON as Python's `json.dumps` with Django's encoder writes it: `{"a": [1, "\u8336"]}`.

use std::fmt::Write as _;

use super::error::TemplateError;
use super::value::{Value, float_text, write_aware, write_naive};

const MAX_DEPTH: usize = 100;

/// The JSON of a value.
pub(crate) fn dumps(value: &Value) -> Result<String, TemplateError> {
    let mut out = String::new();
    write(value, &mut out, 0)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String, depth: usize) -> Result<(), TemplateError> {
    if depth > MAX_DEPTH {
        return Err(super::error::ErrorKind::Limit("nesting of JSON").into());
    }
    match value {
        Value::None => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(_) | Value::BigInt(_) => value.write_text(out),
        Value::Float(value) if value.is_finite() => out.push_str(&float_text(*value)),
        Value::Float(value) => out.push_str(if value.is_nan() {
            "NaN"
        } else if *value > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }),
        Value::Text(text) | Value::Safe(text) => write_string(text, out),
        Value::Decimal(_) | Value::Uuid(_) | Value::Date(_) => write_string(&value.to_text(), out),
        Value::Time(_) => write_string(&milliseconds(value.to_text().into_owned(), "00:00:00".len()), out),
        Value::NaiveDateTime(at) => {
            let mut text = String::new();
            write_naive(&mut text, *at, 'T');
            write_string(&milliseconds(text, "2000-01-01T00:00:00".len()), out);
        }
        Value::DateTime(at) | Value::FixedDateTime(at) => {
            let mut text = String::new();
            write_aware(&mut text, at, 'T');
            let text = milliseconds(text, "2000-01-01T00:00:00".len());
            write_string(
                &text.strip_suffix("+00:00").map_or_else(|| text.clone(), |text| format!("{text}Z")),
                out,
            );
        }
        Value::List(items) | Value::Tuple(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write(item, out, depth + 1)?;
            }
            out.push(']');
        }
        Value::Dict(dict) => {
            out.push('{');
            for (index, (key, value)) in dict.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                match key {
                    Value::None | Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_) => {
                        let mut text = String::new();
                        write(key, &mut text, depth + 1)?;
                        write_string(&text, out);
                    }
                    Value::Text(text) | Value::Safe(text) => write_string(text, out),
                    _ => return Err(TemplateError::value("keys must be str, int, float, bool or None")),
                }
                out.push_str(": ");
                write(value, out, depth + 1)?;
            }
            out.push('}');
        }
        Value::Lazy(lazy) => write(lazy.get().unwrap_or(&Value::None), out, depth + 1)?,
        Value::Object(object) => match object.json() {
            Some(value) => write(&value, out, depth + 1)?,
            None => return Err(TemplateError::value("the object is not JSON serializable")),
        },
    }
    Ok(())
}

/// Cuts microseconds to milliseconds, as ECMA-262 has them.
fn milliseconds(mut text: String, seconds_end: usize) -> String {
    if text[seconds_end..].starts_with('.') {
        text.replace_range(seconds_end + 4..seconds_end + 7, "");
    }
    text
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}
