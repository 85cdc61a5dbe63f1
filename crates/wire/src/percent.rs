//! Percent-encoding: `/a b/男` is `/a%20b/%E7%94%B7`.
//!
//! Equals Python's `urllib.parse.quote` and `unquote`, and the functions of `django.utils.encoding`
//! built on them. Letters, digits and `_.-~` are never encoded; each function keeps a few more.
//!
//! ```
//! use nuages_wire::percent::{escape_uri_path, iri_to_uri, quote};
//!
//! assert_eq!(quote("a b/男", "/"), "a%20b/%E7%94%B7");
//! assert_eq!(escape_uri_path("/50%?"), "/50%25%3F");
//! assert_eq!(iri_to_uri("q=%41&男"), "q=%41&%E7%94%B7");
//! ```

use std::borrow::Cow;

use crate::charset::Charset;

/// Encodes every byte but letters, digits, `_.-~` and the ASCII characters of `safe`
/// (`urllib.parse.quote`; its default `safe` is `"/"`).
pub fn quote(text: &str, safe: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + text.len() / 2);
    quote_into(&mut quoted, text.as_bytes(), safe.as_bytes(), false);
    quoted
}

/// [`quote`] for a form: a space is `+` (`urllib.parse.quote_plus`).
pub fn quote_plus(text: &str, safe: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + text.len() / 2);
    quote_into(&mut quoted, text.as_bytes(), safe.as_bytes(), true);
    quoted
}

/// A path that a URL can carry (`django.utils.encoding.escape_uri_path`); `%` is encoded too.
pub fn escape_uri_path(path: &str) -> String {
    quote(path, "/:@&+$,-_.!~*'()")
}

/// Any part of a URL with its non-ASCII characters encoded (`django.utils.encoding.iri_to_uri`); what
/// is already encoded stays.
pub fn iri_to_uri(iri: &str) -> String {
    quote(iri, "/#%[]=:;$&()+,!?*@'~")
}

/// A stored file's name as a part of its URL (`django.utils.encoding.filepath_to_uri`).
pub fn filepath_to_uri(path: &str) -> String {
    quote(&path.replace('\\', "/"), "/~!*()'")
}

/// Decodes `%XX` as UTF-8, invalid bytes as U+FFFD; what is no escape stays (`urllib.parse.unquote`).
pub fn unquote(text: &str) -> Cow<'_, str> {
    unquote_in(text, Charset::UTF_8)
}

/// [`unquote`] in another character set. Python decodes each run of ASCII on its own.
pub(crate) fn unquote_in(text: &str, charset: Charset) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        if run > 0 {
            decoded.push_str(&charset.decode(&unquote_to_bytes(&rest.as_bytes()[..run])));
            rest = &rest[run..];
        }
        let run = rest.bytes().position(|byte| byte.is_ascii()).unwrap_or(rest.len());
        decoded.push_str(&rest[..run]);
        rest = &rest[run..];
    }
    Cow::Owned(decoded)
}

/// The path of a URL with its `%XX` decoded; bytes that are not UTF-8 stay written as `%FF`
/// (`django.utils.encoding.repercent_broken_unicode` after decoding).
pub fn unquote_path(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut text = String::with_capacity(path.len());
    for chunk in unquote_to_bytes(path.as_bytes()).utf8_chunks() {
        text.push_str(chunk.valid());
        quote_into(&mut text, chunk.invalid(), b"", false);
    }
    Cow::Owned(text)
}

/// An encoded path whose every segment is UTF-8 once it is decoded: an escape that is not is escaped itself, `/a/%FF` is
/// `/a/%25FF`. [`unquote_path`] makes the same of both.
pub fn repercent_path(path: &str) -> Cow<'_, str> {
    let is_text = |segment: &str| std::str::from_utf8(&unquote_to_bytes(segment.as_bytes())).is_ok();
    if !path.contains('%') || path.split('/').all(is_text) {
        return Cow::Borrowed(path);
    }
    let segments = path.split('/').map(|segment| match is_text(segment) {
        true => Cow::Borrowed(segment),
        false => Cow::Owned(quote(&unquote_path(segment), ":@&+$,-_.!~*'();=")),
    });
    Cow::Owned(segments.collect::<Vec<_>>().join("/"))
}

/// Decodes `%XX`; what is no escape stays (`urllib.parse.unquote_to_bytes`).
pub fn unquote_to_bytes(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(place) = memchr::memchr(b'%', rest) {
        decoded.extend_from_slice(&rest[..place]);
        rest = &rest[place..];
        match rest {
            [_, high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                decoded.push(hex_digit(*high) << 4 | hex_digit(*low));
                rest = &rest[3..];
            }
            _ => {
                decoded.push(b'%');
                rest = &rest[1..];
            }
        }
    }
    decoded.extend_from_slice(rest);
    decoded
}

/// Appends `bytes`, encoded, to `quoted`.
pub(crate) fn quote_into(quoted: &mut String, bytes: &[u8], safe: &[u8], plus: bool) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        if byte.is_ascii_alphanumeric()
            || b"_.-~".contains(&byte)
            || (byte.is_ascii() && safe.contains(&byte))
        {
            quoted.push(char::from(byte));
        } else if byte == b' ' && plus {
            quoted.push('+');
        } else {
            let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
            quoted.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

fn hex_digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        _ => (byte | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bad_escape_stays_and_a_bad_byte_is_replaced() {
        assert_eq!(unquote("%zz%4"), "%zz%4");
        assert_eq!(unquote("%FF中%E4%B8%AD"), "\u{fffd}中中");
    }

    #[test]
    fn a_path_is_decoded_once_and_broken_bytes_stay_written() {
        assert_eq!(unquote_path("/a%20b/%E7%94%B7"), "/a b/男");
        assert_eq!(unquote_path("/%2541"), "/%41");
        assert_eq!(unquote_path("/%ff%zz%"), "/%FF%zz%");
    }

    #[test]
    fn a_segment_that_is_no_text_is_escaped_once_more() {
        assert_eq!(repercent_path("/list/%e4%b8%ad/a%2Fb"), "/list/%e4%b8%ad/a%2Fb");
        assert_eq!(repercent_path("/a%2Fb/%ff%2F/x%"), "/a%2Fb/%25FF%2F/x%");
    }

    proptest! {
        #[test]
        fn a_path_means_the_same_and_is_text(path in "(/|%|[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}|a){0,20}") {
            let mended = repercent_path(&path);
            prop_assert_eq!(unquote_path(&mended), unquote_path(&path));
            prop_assert!(String::from_utf8(unquote_to_bytes(mended.as_bytes())).is_ok());
        }

        #[test]
        fn what_is_quoted_comes_back(text in ".*") {
            let quoted = quote(&text, "/");
            prop_assert_eq!(unquote(&quoted), text);
        }
    }
}
