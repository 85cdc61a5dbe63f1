//! The names that browsers send.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::paths::{basename, split_suffix};
use super::{SuspiciousFileName, validate_file_name};
use crate::python::is_printable;

/// The longest name of an uploaded file, in characters.
const MAX_LENGTH: usize = 255;

/// The name of an uploaded file (`UploadedFile.name`): what follows the last `/`, its stem cut so that
/// 255 characters remain.
///
/// # Errors
/// [`SuspiciousFileName::Empty`].
pub fn uploaded_name(name: &str) -> Result<String, SuspiciousFileName> {
    let mut name = basename(name).to_owned();
    if name.chars().count() > MAX_LENGTH {
        let (stem, suffix) = split_suffix(&name);
        let suffix: String = suffix.chars().take(MAX_LENGTH).collect();
        let kept = MAX_LENGTH - suffix.chars().count();
        name = stem.chars().take(kept).collect::<String>() + &suffix;
    }
    validate_file_name(&name, false)?;
    Ok(name)
}

/// The `filename` parameter of a part without folders and unprintable characters, or nothing
/// (`MultiPartParser.sanitize_file_name`).
pub(crate) fn sanitize_file_name(name: &str) -> Option<String> {
    let name = unescape(name);
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| is_printable(*c)).collect();
    (!matches!(name.as_str(), "" | "." | "..")).then_some(name)
}

/// Replaces character references as browsers read them (`html.unescape`).
fn unescape(text: &str) -> String {
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
    plain
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

    #[test]
    fn folders_and_unprintable_characters_go() {
        assert_eq!(sanitize_file_name("C:\\a/b\\c\u{202e}.txt").as_deref(), Some("c.txt"));
        assert_eq!(sanitize_file_name("a&sol;b").as_deref(), Some("b"));
        assert_eq!(sanitize_file_name("a/.."), None);
    }
}
