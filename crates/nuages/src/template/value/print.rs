//! `str()` and `repr()` of Python.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::{Zoned, civil};

use super::Value;

impl Value {
    /// Python's `str(value)`.
    pub(crate) fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) | Self::Safe(text) => Cow::Borrowed(text),
            Self::None => Cow::Borrowed("None"),
            Self::Bool(true) => Cow::Borrowed("True"),
            Self::Bool(false) => Cow::Borrowed("False"),
            Self::Lazy(lazy) => lazy.get().map_or(Cow::Borrowed(""), Value::to_text),
            _ => {
                let mut out = String::new();
                self.write_text(&mut out);
                Cow::Owned(out)
            }
        }
    }

    /// Appends Python's `str(value)`.
    pub(crate) fn write_text(&self, out: &mut String) {
        match self {
            Self::Int(value) => write_int(out, *value),
            Self::BigInt(value) => _ = write!(out, "{value}"),
            Self::Float(value) => out.push_str(&float_text(*value)),
            Self::Decimal(value) => _ = write!(out, "{value}"),
            Self::DateTime(at) | Self::FixedDateTime(at) => write_aware(out, at, ' '),
            Self::NaiveDateTime(at) => write_naive(out, *at, ' '),
            Self::Date(date) => _ = write!(out, "{date}"),
            Self::Time(time) => write_time(out, *time),
            Self::Uuid(uuid) => _ = write!(out, "{uuid}"),
            Self::Object(object) => object.text().write_text(out),
            Self::List(_) | Self::Tuple(_) | Self::Dict(_) => self.write_repr(out),
            _ => out.push_str(&self.to_text()),
        }
    }

    /// Appends Python's `repr(value)`.
    pub(crate) fn write_repr(&self, out: &mut String) {
        match self {
            Self::Text(text) | Self::Safe(text) => repr_text(out, text),
            Self::Decimal(value) => _ = write!(out, "Decimal('{value}')"),
            Self::List(items) => write_items(out, '[', items, ']'),
            Self::Tuple(items) if items.len() == 1 => {
                out.push('(');
                items[0].write_repr(out);
                out.push_str(",)");
            }
            Self::Tuple(items) => write_items(out, '(', items, ')'),
            Self::Dict(dict) => {
                out.push('{');
                for (index, (key, value)) in dict.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    key.write_repr(out);
                    out.push_str(": ");
                    value.write_repr(out);
                }
                out.push('}');
            }
            Self::Date(date) => {
                _ = write!(out, "datetime.date({}, {}, {})", date.year(), date.month(), date.day())
            }
            Self::Time(time) => _ = write!(out, "datetime.time({})", time_arguments(*time)),
            Self::NaiveDateTime(at) => _ = write!(out, "datetime.datetime({})", datetime_arguments(*at)),
            Self::DateTime(at) | Self::FixedDateTime(at) => {
                let zone = match at.time_zone().iana_name() {
                    Some("UTC") | None => "datetime.timezone.utc".to_owned(),
                    Some(name) => format!("zoneinfo.ZoneInfo(key='{name}')"),
                };
                _ = write!(out, "datetime.datetime({}, tzinfo={zone})", datetime_arguments(at.datetime()));
            }
            Self::Uuid(uuid) => _ = write!(out, "UUID('{uuid}')"),
            Self::Object(object) => out.push_str(&object.text().to_text()),
            _ => self.write_text(out),
        }
    }
}

/// Python's `repr` of a float: `1.0`, `1e-07`, `1e+21`.
pub(crate) fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return if value.fract() == 0.0 { format!("{value:.1}") } else { format!("{value}") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Python's `repr` of text: single quotes unless it holds one and no double quote.
pub(crate) fn repr_text(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => _ = write!(out, "\\{c}"),
            c if is_printable(c) => out.push(c),
            c => match u32::from(c) {
                code @ 0..=0xff => _ = write!(out, "\\x{code:02x}"),
                code @ 0x100..=0xffff => _ = write!(out, "\\u{code:04x}"),
                code => _ = write!(out, "\\U{code:08x}"),
            },
        }
    }
    out.push(quote);
}

/// Whether Python prints the character as it is: no control, format, separator (but the blank), surrogate or private one.
fn is_printable(c: char) -> bool {
    let hidden = matches!(c, '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..);
    c == ' ' || !(c.is_control() || c.is_whitespace() || hidden)
}

fn write_items(out: &mut String, open: char, items: &[Value], close: char) {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ", " });
        item.write_repr(out);
    }
    out.push(close);
}

fn write_int(out: &mut String, value: i64) {
    // Digits are made by hand: this is the commonest thing a page prints after text.
    let mut buffer = [0u8; 20];
    let mut at = buffer.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        buffer[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push('-');
    }
    out.extend(buffer[at..].iter().map(|digit| char::from(*digit)));
}

fn write_time(out: &mut String, time: civil::Time) {
    _ = write!(out, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    let micros = time.subsec_nanosecond() / 1000;
    if micros != 0 {
        _ = write!(out, ".{micros:06}");
    }
}

/// `datetime.isoformat(sep)` of a naive datetime.
pub(crate) fn write_naive(out: &mut String, at: civil::DateTime, separator: char) {
    _ = write!(out, "{}{separator}", at.date());
    write_time(out, at.time());
}

/// `datetime.isoformat(sep)` of an aware datetime: `2024-03-15 16:30:45+00:00`.
pub(crate) fn write_aware(out: &mut String, at: &Zoned, separator: char) {
    write_naive(out, at.datetime(), separator);
    let seconds = at.offset().seconds();
    let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    _ = write!(out, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 != 0 {
        _ = write!(out, ":{:02}", seconds % 60);
    }
}

fn datetime_arguments(at: civil::DateTime) -> String {
    format!("{}, {}, {}, {}", at.year(), at.month(), at.day(), time_arguments(at.time()))
}

fn time_arguments(time: civil::Time) -> String {
    let mut text = format!("{}, {}", time.hour(), time.minute());
    let micros = time.subsec_nanosecond() / 1000;
    if time.second() != 0 || micros != 0 {
        _ = write!(text, ", {}", time.second());
    }
    if micros != 0 {
        _ = write!(text, ", {micros}");
    }
    text
}
