//! The parameters of a header line: `form-data; name="a"; filename="x;y"`.
//!
//! Equals `django.utils.http.parse_header_parameters` of Django 5.2.18 and later, which is Python's
//! `email.message.Message.get_params`: quoted values, RFC 2231 continuations (`a*0=x; a*1=y`) and
//! character sets (`filename*=UTF-8''%E4%B8%AD.txt`, which beats a plain `filename`).
//!
//! ```
//! use nuages_wire::header_params::parse_header_parameters;
//!
//! let line = parse_header_parameters("form-data; filename=\"old\"; filename*=UTF-8''%E4%B8%AD.txt")?;
//! assert_eq!(line.value, "form-data");
//! assert_eq!(line.get("filename"), Some("中.txt"));
//! # Ok::<(), nuages_wire::header_params::HeaderParamsError>(())
//! ```

use std::cmp::Ordering;
use std::fmt;

use crate::charset::{Charset, CharsetError};
use crate::percent::unquote_in;
use crate::python::strip;

/// A header line taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderLine {
    /// What stands before the first `;`, in lower case.
    pub value: String,
    /// Each parameter once, its name in lower case; of several with one name, the last.
    pub params: Vec<(String, String)>,
}

/// Why a header line has no meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderParamsError {
    /// A parameter names a character set that nobody knows.
    UnknownCharset,
    /// A parameter is in a character set that this crate does not decode.
    UnsupportedCharset,
    /// A parameter has both a part with a number and one without (`a*=x; a*0=y`).
    MixedContinuations,
}

impl HeaderLine {
    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn set(&mut self, name: &str, value: String) {
        match self.params.iter_mut().find(|(known, _)| known == name) {
            _ if name.is_empty() => {}
            Some((_, there)) => *there = value,
            None => self.params.push((name.to_owned(), value)),
        }
    }
}

/// One part of an RFC 2231 value.
struct Continuation {
    /// The digits of its number; none for `name*=`.
    number: Option<String>,
    value: String,
    encoded: bool,
}

/// Takes a header line apart (`django.utils.http.parse_header_parameters`).
///
/// # Errors
/// [`HeaderParamsError`], where Django raises ValueError (or TypeError) and ignores the line.
pub fn parse_header_parameters(line: &str) -> Result<HeaderLine, HeaderParamsError> {
    if !line.contains(';') {
        return Ok(HeaderLine { value: strip(line).to_lowercase(), params: Vec::new() });
    }
    let mut pieces = split_parameters(line).into_iter();
    let (first, _) = pieces.next().unwrap_or_default();
    let mut parsed = HeaderLine { value: first.to_lowercase(), params: Vec::new() };
    let mut extended: Vec<(String, Vec<Continuation>)> = Vec::new();
    for (name, value) in pieces {
        let value = unquote(&value);
        let Some((base, number)) = continuation(&name) else {
            parsed.set(&name, value);
            continue;
        };
        let part = Continuation { number: number.map(str::to_owned), value, encoded: name.ends_with('*') };
        match extended.iter_mut().find(|(known, _)| known == base) {
            Some((_, parts)) => parts.push(part),
            None => extended.push((base.to_owned(), vec![part])),
        }
    }
    for (name, parts) in extended {
        parsed.set(&name, join(parts)?);
    }
    Ok(parsed)
}

/// Splits at each `;` outside quotes, then at the first `=` (`email.message._parseparam`).
fn split_parameters(line: &str) -> Vec<(String, String)> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted, mut previous) = (0, false, b';');
    for (place, byte) in line.bytes().chain([b';']).enumerate() {
        let end = place == line.len();
        if byte == b'"' && (previous != b'\\' || place == start) {
            quoted = !quoted;
        } else if end || (byte == b';' && !quoted) {
            let piece = &line[start..place];
            pieces.push(match piece.split_once('=') {
                Some((name, value)) => (strip(name).to_lowercase(), strip(value).to_owned()),
                None => (strip(piece).to_owned(), String::new()),
            });
            (start, quoted) = (place + 1, false);
        }
        previous = byte;
    }
    pieces
}

/// Takes `name*`, `name*0` or `name*0*` apart.
fn continuation(name: &str) -> Option<(&str, Option<&str>)> {
    let (base, number) = name.split_once('*')?;
    if base.is_empty() || !base.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    if number.is_empty() {
        return Some((base, None));
    }
    let digits = number.strip_suffix('*').unwrap_or(number);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some((base, Some(digits)))
}

fn join(mut parts: Vec<Continuation>) -> Result<String, HeaderParamsError> {
    let numbered = parts.iter().filter(|part| part.number.is_some()).count();
    if numbered != 0 && numbered != parts.len() {
        return Err(HeaderParamsError::MixedContinuations);
    }
    parts.sort_by(|one, other| {
        by_number(&one.number, &other.number)
            .then_with(|| one.value.cmp(&other.value))
            .then(one.encoded.cmp(&other.encoded))
    });
    let mut text = String::new();
    for part in &parts {
        if part.encoded {
            text.push_str(&unquote_in(&part.value, Charset::LATIN_1));
        } else {
            text.push_str(&part.value);
        }
    }
    if !parts.iter().any(|part| part.encoded) {
        return Ok(text);
    }
    // Python quotes before it looks for the character set, and takes the quotes off after.
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    let pieces: Vec<&str> = text.splitn(3, '\'').collect();
    let (charset, value) = match pieces.as_slice() {
        [charset, _language, value] => (Some(*charset), *value),
        _ => (None, text.as_str()),
    };
    let value = unescape(value);
    let charset = match charset.map(Charset::lookup) {
        None => Charset::ASCII,
        Some(Ok(charset)) => charset,
        Some(Err(_)) if charset == Some("") => return Ok(unquote(&value)),
        Some(Err(CharsetError::Unsupported)) => return Err(HeaderParamsError::UnsupportedCharset),
        Some(Err(CharsetError::Unknown)) => return Err(HeaderParamsError::UnknownCharset),
    };
    Ok(charset.decode(&raw_unicode_escape(&value)).into_owned())
}

fn by_number(one: &Option<String>, other: &Option<String>) -> Ordering {
    let key = |number: &Option<String>| {
        let digits = number.as_deref().unwrap_or_default().trim_start_matches('0').to_owned();
        (digits.len(), digits)
    };
    key(one).cmp(&key(other))
}

/// `email.utils.unquote`.
fn unquote(text: &str) -> String {
    if let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return unescape(inner);
    }
    let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    inner.unwrap_or(text).to_owned()
}

fn unescape(text: &str) -> String {
    text.replace("\\\\", "\\").replace("\\\"", "\"")
}

/// Python's `raw-unicode-escape`: latin-1, and `\uXXXX` for the rest.
fn raw_unicode_escape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c) {
            code @ 0..=0xff => bytes.extend(u8::try_from(code)),
            code @ 0x100..=0xffff => bytes.extend(format!("\\u{code:04x}").bytes()),
            code => bytes.extend(format!("\\U{code:08x}").bytes()),
        }
    }
    bytes
}

impl fmt::Display for HeaderParamsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HeaderParamsError::UnknownCharset => "a parameter in an unknown character set",
            HeaderParamsError::UnsupportedCharset => "a parameter in an unsupported character set",
            HeaderParamsError::MixedContinuations => "a parameter both with and without numbered parts",
        })
    }
}

impl std::error::Error for HeaderParamsError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn get(line: &str, name: &str) -> Option<String> {
        parse_header_parameters(line).ok()?.get(name).map(str::to_owned)
    }

    #[test]
    fn a_quoted_semicolon_does_not_split() {
        assert_eq!(get("form-data; name=\"a\"; filename=\"x;y\"", "filename").as_deref(), Some("x;y"));
        assert_eq!(get("x; a=\"b\\\"c;d\"", "a").as_deref(), Some("b\"c;d"));
        assert_eq!(get("x; a=\"unterminated; b=c", "a").as_deref(), Some("\"unterminated; b=c"));
    }

    #[test]
    fn continuations_are_joined_by_number() {
        assert_eq!(get("x; a*10=c; a*2=b; a*0=a", "a").as_deref(), Some("abc"));
        assert_eq!(get("x; a*0*=utf-8''%E4; a*1*=%B8%AD", "a").as_deref(), Some("中"));
        assert_eq!(parse_header_parameters("x; a*=1; a*0=2"), Err(HeaderParamsError::MixedContinuations));
    }

    #[test]
    fn an_unknown_character_set_spoils_the_line() {
        assert_eq!(parse_header_parameters("x; a*=BOGUS''y"), Err(HeaderParamsError::UnknownCharset));
    }

    proptest! {
        #[test]
        fn no_line_panics(line in "([a-z*;='\"\\\\%0-9 <>]|.)*") {
            let _ = parse_header_parameters(&line);
        }
    }
}
