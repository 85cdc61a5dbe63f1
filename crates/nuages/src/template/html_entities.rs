//! Character references of HTML: `&amp;`, `&#8230;`, `&#x2026;` and the common names.

use std::borrow::Cow;

const NAMES: &[(&str, &str)] = &[
    ("amp", "&"),
    ("AMP", "&"),
    ("LT", "<"),
    ("GT", ">"),
    ("QUOT", "\""),
    ("COPY", "©"),
    ("REG", "®"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{a0}"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("hellip", "…"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("bull", "•"),
    ("middot", "·"),
    ("times", "×"),
    ("deg", "°"),
    ("euro", "€"),
    ("pound", "£"),
    ("yen", "¥"),
    ("cent", "¢"),
    ("sect", "§"),
    ("para", "¶"),
    ("plusmn", "±"),
    ("frac12", "½"),
    ("frac14", "¼"),
    ("eacute", "é"),
    ("egrave", "è"),
    ("aacute", "á"),
    ("agrave", "à"),
    ("ouml", "ö"),
    ("uuml", "ü"),
    ("auml", "ä"),
    ("szlig", "ß"),
    ("ccedil", "ç"),
    ("ntilde", "ñ"),
    ("larr", "←"),
    ("rarr", "→"),
    ("uarr", "↑"),
    ("darr", "↓"),
];

/// Names that HTML also reads without their semicolon.
const WITHOUT_SEMICOLON: [&str; 15] = [
    "amp", "lt", "gt", "quot", "nbsp", "copy", "reg", "sect", "para", "AMP", "LT", "GT", "QUOT", "COPY",
    "REG",
];

/// The text with its character references read; unknown ones stay.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (character, length) = reference(&rest[1..]).unwrap_or((Cow::Borrowed("&"), 0));
        out.push_str(&character);
        rest = &rest[1 + length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that the text after `&` names, and the length of its name.
fn reference(text: &str) -> Option<(Cow<'static, str>, usize)> {
    if let Some(number) = text.strip_prefix('#') {
        let (radix, digits, prefix) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (16, digits, 2),
            None => (10, number, 1),
        };
        let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        let code =
            u32::from_str_radix(digits.get(..length).filter(|digits| !digits.is_empty())?, radix).ok()?;
        let character = char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{fffd}');
        let semicolon = usize::from(digits[length..].starts_with(';'));
        return Some((Cow::Owned(character.to_string()), prefix + length + semicolon));
    }
    let length = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let name = &text[..length];
    if text[length..].starts_with(';') {
        return NAMES
            .iter()
            .find(|(have, _)| *have == name)
            .map(|(_, character)| (Cow::Borrowed(*character), length + 1));
    }
    let prefix = WITHOUT_SEMICOLON.iter().find(|have| name.starts_with(**have))?;
    NAMES
        .iter()
        .find(|(have, _)| have == prefix)
        .map(|(_, character)| (Cow::Borrowed(*character), prefix.len()))
}
