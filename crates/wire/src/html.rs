//! Character references of HTML: `&amp;`, `&#8230;`, `&#x2026;` and all the names, as Python's `html.unescape` reads them.
//!
//! ```
//! use nuages_wire::html::unescape;
//!
//! assert_eq!(unescape("&lt;1 &amp 2&hellip; &#128; &bogus;"), "<1 & 2… € &bogus;");
//! ```

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Replaces character references as browsers read them (`html.unescape`); what is none stays.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('&') {
        plain.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        match numeric(rest).or_else(|| named(rest)) {
            Some((length, replacement)) => {
                plain.push_str(&replacement);
                rest = &rest[length..];
            }
            None => plain.push('&'),
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// `#60;` or `#x3c;`, the semicolon optional: its length and what it stands for.
fn numeric(text: &str) -> Option<(usize, String)> {
    let body = text.strip_prefix('#')?;
    let (digits, radix) = match body.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (body, 10),
    };
    let count = digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
    if count == 0 {
        return None;
    }
    let semicolon = usize::from(digits[count..].starts_with(';'));
    let length = text.len() - digits.len() + count + semicolon;
    let significant = digits[..count].trim_start_matches('0');
    let code = match significant.len() {
        0 => 0,
        1..=8 => u32::from_str_radix(significant, radix).ok()?,
        _ => u32::MAX,
    };
    Some((length, character(code)))
}

fn character(code: u32) -> String {
    let c1 = code.checked_sub(0x80).and_then(|place| WINDOWS_1252.get(usize::try_from(place).ok()?));
    match code {
        0 => "\u{fffd}".to_owned(),
        0x80..=0x9f => c1.map(|c| (*c).to_string()).unwrap_or_default(),
        0x01..=0x08 | 0x0b | 0x0e..=0x1f | 0x7f | 0xfdd0..=0xfdef => String::new(),
        _ if code & 0xfffe == 0xfffe && code <= 0x10_ffff => String::new(),
        _ => char::from_u32(code).unwrap_or('\u{fffd}').to_string(),
    }
}

/// What browsers take the C1 controls for.
const WINDOWS_1252: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2c6}',
    '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}', '\u{2018}',
    '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}',
    '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
];

/// The table of HTML by name, so that a body full of `&` costs no walk through all 2231 for each.
static NAMED: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    entities::ENTITIES.iter().map(|entity| (&entity.entity[1..], entity.characters)).collect()
});

/// The longest name that `text` begins with, for instance `lt;` or `amp`.
fn named(text: &str) -> Option<(usize, String)> {
    // A name ends at these, and Python looks at 32 characters and a semicolon.
    let end = text.char_indices().take(32).find(|(_, c)| "\t\n\u{c} <&#;".contains(*c));
    let end = match end {
        Some((place, ';')) => place + 1,
        Some((place, _)) => place,
        None => {
            let end = text.char_indices().nth(32).map_or(text.len(), |(place, _)| place);
            end + usize::from(text[end..].starts_with(';'))
        }
    };
    (2..=end).rev().find_map(|length| Some((length, (*NAMED.get(text.get(..length)?)?).to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_as_python_does() {
        for (text, plain) in [
            ("&lt;&amp&#60;&#x3C", "<&<<"),
            ("&notit; &notin;", "¬it; ∉"),
            ("&#128;&#0;&#1;&#xD800;&#99999999999;", "€\u{fffd}\u{fffd}\u{fffd}"),
            ("&; &bogus; &#; &#x;", "&; &bogus; &#; &#x;"),
            ("&#13;", "\r"),
        ] {
            assert_eq!(unescape(text), plain, "{text}");
        }
    }
}
