//! What Django does with paths beyond percent-encoding them.

use std::borrow::Cow;

use nuages_wire::percent::quote;

/// A URL's path as `reverse()` writes it: `/商品/` is `/%E5%95%86%E5%93%81/`. Beside what `quote` always leaves, that is
/// `RFC3986_SUBDELIMS + "/~:@"`.
pub(crate) fn quote_reversed(path: &str) -> String {
    quote(path, "!$&'()*+,;=/~:@")
}

/// A path that begins `//` names another host; `/%2F` does not (`django.utils.http.escape_leading_slashes`).
pub(crate) fn escape_leading_slashes(path: String) -> String {
    match path.strip_prefix("//") {
        Some(rest) => format!("/%2F{rest}"),
        None => path,
    }
}

/// The path with its `%XX` decoded. Bytes that are not UTF-8 stay written as `%FF`
/// (`django.utils.encoding.repercent_broken_unicode`).
pub(crate) fn decode_path(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut text = String::with_capacity(path.len());
    for chunk in percent_decode(path.as_bytes()).utf8_chunks() {
        text.push_str(chunk.valid());
        for &byte in chunk.invalid() {
            push_escape(&mut text, byte);
        }
    }
    Cow::Owned(text)
}

/// Decodes `%XX`; a `%` without two hexadecimal digits stays.
pub(crate) fn percent_decode(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let escape = match tail {
            [high, low, ..] if first == b'%' => hexadecimal(*high).zip(hexadecimal(*low)),
            _ => None,
        };
        match escape {
            Some((high, low)) => {
                bytes.push(high * 16 + low);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    bytes
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn push_escape(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    text.push('%');
    text.push(char::from(DIGITS[usize::from(byte >> 4)]));
    text.push(char::from(DIGITS[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_as_django_does() {
        // Recorded from django.utils.encoding and django.urls.
        assert_eq!(quote_reversed("/a b;=%/\""), "/a%20b;=%25/%22");
        assert_eq!(escape_leading_slashes("//evil.example".into()), "/%2Fevil.example");
    }

    #[test]
    fn a_path_is_decoded_once_and_broken_bytes_stay_written() {
        assert_eq!(decode_path("/a%20b/%E7%94%B7"), "/a b/男");
        assert_eq!(decode_path("/%2541"), "/%41");
        assert_eq!(decode_path("/%ff%zz%"), "/%FF%zz%");
    }
}
