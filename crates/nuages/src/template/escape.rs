//! HTML escaping as Python's `html.escape` does it: `'` becomes `&#x27;`.

use std::borrow::Cow;

use super::value::Value;

/// Appends `text` with `& < > " '` escaped.
pub(crate) fn escape_into(text: &str, out: &mut String) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#x27;",
            _ => continue,
        };
        out.push_str(&text[done..at]);
        out.push_str(entity);
        done = at + 1;
    }
    out.push_str(&text[done..]);
}

/// `text` with `& < > " '` escaped.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    escape_into(text, &mut out);
    out
}

/// The text of a value, escaped unless it is safe (`conditional_escape`).
pub(crate) fn conditional_escape(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Safe(text) => Cow::Borrowed(text),
        Value::Object(object) => match object.text() {
            Value::Safe(text) => Cow::Owned(text.to_string()),
            text => Cow::Owned(escape(&text.to_text())),
        },
        _ => Cow::Owned(escape(&value.to_text())),
    }
}
