//! The writer, `json.dumps`.

use std::fmt::Write as _;

use super::{Object, Text, Value};

/// How Python was asked to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// `ensure_ascii`: everything beyond printable ASCII is `\uXXXX`.
    pub ascii: bool,
    /// A space after each comma and colon.
    pub spaced: bool,
}

impl Style {
    /// Sessions, tokens and cookies of Django: `{"a":"\u7537"}` (`JSONSerializer`).
    pub const DJANGO: Self = Self { ascii: true, spaced: false };
    /// `json.dumps` without arguments: `{"a": "\u7537"}`.
    pub const PYTHON: Self = Self { ascii: true, spaced: true };
    /// `itsdangerous`: `{"a":"男"}`.
    pub const COMPACT: Self = Self { ascii: false, spaced: false };
}

pub(super) fn value(value: &Value, style: Style, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match number.as_i64() {
            Some(int) => out.push_str(itoa::Buffer::new().format(int)),
            // Writing to a `String` cannot fail.
            None => drop(write!(out, "{number}")),
        },
        Value::String(text) => string(text, style, out),
        Value::Array(items) => array(items, style, out),
        Value::Object(entries) => object(entries, style, out),
    }
}

fn array(items: &[Value], style: Style, out: &mut String) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(if style.spaced { ", " } else { "," });
        }
        value(item, style, out);
    }
    out.push(']');
}

pub(super) fn object(entries: &Object, style: Style, out: &mut String) {
    out.push('{');
    for (index, (key, item)) in entries.iter().enumerate() {
        if index > 0 {
            out.push_str(if style.spaced { ", " } else { "," });
        }
        string(key, style, out);
        out.push_str(if style.spaced { ": " } else { ":" });
        value(item, style, out);
    }
    out.push('}');
}

fn string(text: &Text, style: Style, out: &mut String) {
    out.push('"');
    match text.as_str() {
        Some(text) => stretch(text, style, out),
        None => {
            for (plain, surrogate) in text.segments() {
                stretch(plain, style, out);
                surrogate.into_iter().for_each(|unit| escape(unit, out));
            }
        }
    }
    out.push('"');
}

fn stretch(text: &str, style: Style, out: &mut String) {
    // Most texts need no more than this.
    let text = match text.bytes().position(|byte| !matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~')) {
        None => return out.push_str(text),
        Some(plain) => {
            out.push_str(&text[..plain]);
            &text[plain..]
        }
    };
    let mut written = 0;
    for (at, character) in text.char_indices() {
        let plain = match character {
            '"' | '\\' | '\0'..='\x1f' => false,
            ' '..='~' => true,
            _ => !style.ascii,
        };
        if plain {
            continue;
        }
        out.push_str(&text[written..at]);
        written = at + character.len_utf8();
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            _ => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| escape(*unit, out)),
        }
    }
    out.push_str(&text[written..]);
}

fn escape(unit: u16, out: &mut String) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from_digit(u32::from(unit >> shift & 15), 16).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::super::from_str;
    use super::*;

    // From json.dumps(value, ensure_ascii=…, separators=…) of Python 3.11.
    #[test]
    fn styles() {
        let value = Value::from("\"\\/\u{7f}\u{0}\u{1f}\u{8}\u{c}\n\r\t男\u{1f600}<&>\u{2028}");
        assert_eq!(
            value.to_json(Style::DJANGO),
            r#""\"\\/\u007f\u0000\u001f\b\f\n\r\t\u7537\ud83d\ude00<&>\u2028""#
        );
        assert_eq!(
            value.to_json(Style::COMPACT),
            "\"\\\"\\\\/\u{7f}\\u0000\\u001f\\b\\f\\n\\r\\t男\u{1f600}<&>\u{2028}\""
        );
        let value = Value::Object(Object::from_iter([
            ("a", Value::Array(vec![1.into(), 1.5.into()])),
            ("b", Value::Null),
        ]));
        assert_eq!(value.to_json(Style::PYTHON), r#"{"a": [1, 1.5], "b": null}"#);
        assert_eq!(value.to_json(Style::DJANGO), r#"{"a":[1,1.5],"b":null}"#);
    }

    proptest::proptest! {
        #[test]
        fn text_round_trips(text: String, ascii: bool) {
            let value = Value::from(text);
            let json = value.to_json(Style { ascii, spaced: false });
            proptest::prop_assert!(!ascii || json.is_ascii());
            proptest::prop_assert_eq!(from_str(&json), Ok(value));
        }

        #[test]
        fn floats_round_trip(float: f64) {
            let json = Value::from(float).to_json(Style::DJANGO);
            let back = from_str(&json).map(|value| value.to_json(Style::DJANGO));
            proptest::prop_assert_eq!(back, Ok(json));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[\\[\\]{}\",:0-9eE.+\\-ntfau\\\\ \u{d7ff}]*") {
            if let Ok(value) = from_str(&text) {
                let json = value.to_json(Style::PYTHON);
                proptest::prop_assert_eq!(from_str(&json).map(|value| value.to_json(Style::PYTHON)), Ok(json));
            }
        }
    }
}
