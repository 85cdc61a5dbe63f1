//! Python's `urllib.parse.quote`, under the sets of safe characters that Django gives it.

use std::borrow::Cow;

/// What `reverse()` leaves as it is, beside letters, digits and `_.-~` (`RFC3986_SUBDELIMS + "/~:@"`).
const REVERSE_SAFE: &[u8] = b"!$&'()*+,;=/~:@";
/// As `django.utils.encoding.escape_uri_path`: a `%`, `;` or `=` in a decoded path is a character of a name.
const PATH_SAFE: &[u8] = b"/:@&+$,-_.!~*'()";
/// As `django.utils.encoding.iri_to_uri`: what is encoded already stays so.
const IRI_SAFE: &[u8] = b"/#%[]=:;$&()+,!?*@'~";

/// A URL's path as `reverse()` writes it: `/商品/` is `/%E5%95%86%E5%93%81/`.
pub(crate) fn quote_reversed(path: &str) -> String {
    quote(path, REVERSE_SAFE)
}

/// The decoded `path` as `HttpRequest.get_full_path()` writes it.
pub(crate) fn escape_uri_path(path: &str) -> String {
    quote(path, PATH_SAFE)
}

/// A text with anything beyond ASCII percent-encoded, for `Location` and query strings.
pub(crate) fn iri_to_uri(iri: &str) -> String {
    quote(iri, IRI_SAFE)
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

fn quote(text: &str, safe: &[u8]) -> String {
    let mut quoted = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) || safe.contains(&byte) {
            quoted.push(char::from(byte));
        } else {
            push_escape(&mut quoted, byte);
        }
    }
    quoted
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
        assert_eq!(escape_uri_path("/a b/男;=%"), "/a%20b/%E7%94%B7%3B%3D%25");
        assert_eq!(iri_to_uri("x=1&q=男%20[]"), "x=1&q=%E7%94%B7%20[]");
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
