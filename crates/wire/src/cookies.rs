//! Cookies: the request's `Cookie` header, and `Set-Cookie` lines.
//!
//! Reading equals `django.http.cookie.parse_cookie`, writing `HttpResponse.set_cookie` and
//! `delete_cookie` over Python's `http.cookies`, for instance
//! `sessionid=abc; expires=Thu, 15 Jan 2026 12:01:00 GMT; HttpOnly; Max-Age=60; Path=/; SameSite=Lax`.
//! A value with other characters than letters, digits and ``!#$%&'*+-.^_`|~:`` is quoted, its special
//! bytes in octal: `a,b;c` is `"a\054b\073c"`.
//!
//! ```
//! use jiff::{SignedDuration, Timestamp};
//! use nuages_wire::cookies::{SetCookie, parse_cookie};
//!
//! let cookies = parse_cookie(r#"sessionid=abc; note="a\054b""#);
//! assert_eq!(cookies.get("note"), Some("a,b"));
//!
//! let cookie = SetCookie {
//!     max_age: Some(SignedDuration::from_secs(60)),
//!     http_only: true,
//!     same_site: Some("Lax"),
//!     ..SetCookie::new("sessionid", "abc")
//! };
//! assert_eq!(
//!     cookie.header(Timestamp::from_second(1768478400)?)?,
//!     "sessionid=abc; expires=Thu, 15 Jan 2026 12:01:00 GMT; HttpOnly; Max-Age=60; Path=/; SameSite=Lax"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use crate::python::strip;

mod set_cookie;

pub use set_cookie::{CookieError, Expires, SetCookie};

/// The cookies of a request, each name once, in the order of its first appearance. `Debug` prints the names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cookies<'h> {
    pairs: Vec<(&'h str, Cow<'h, str>)>,
}

/// Reads a `Cookie` header (`django.http.cookie.parse_cookie`).
///
/// Nothing is percent-decoded and nothing is an error. Django decodes the header's bytes before: as
/// UTF-8 with replacement under WSGI, as latin-1 under ASGI.
pub fn parse_cookie(header: &str) -> Cookies<'_> {
    /// Beyond this many cookies their names are looked up in a map.
    const FEW: usize = 16;
    let mut cookies = Cookies::default();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (name, value) in header.split(';').filter_map(pair) {
        let value = unquote(value);
        let count = cookies.pairs.len();
        let place = if count < FEW {
            cookies.pairs.iter().position(|(known, _)| *known == name)
        } else {
            if places.is_empty() {
                places.extend(cookies.pairs.iter().enumerate().map(|(place, (name, _))| (*name, place)));
            }
            places.get(name).copied()
        };
        match place {
            Some(place) => cookies.pairs[place].1 = value,
            None => {
                if count >= FEW {
                    places.insert(name, count);
                }
                cookies.pairs.push((name, value));
            }
        }
    }
    cookies
}

/// One cookie of a `Cookie` header, without reading the others: [`parse_cookie`] and then [`Cookies::get`].
pub fn get_cookie<'h>(header: &'h str, name: &str) -> Option<Cow<'h, str>> {
    let chunks = header.rsplit(';').filter(|chunk| may_be(chunk, name));
    let (_, value) = chunks.filter_map(pair).find(|(known, _)| *known == name)?;
    Some(unquote(value))
}

/// Whether a cookie may have the name. One look at its first letter is enough for most of the others.
fn may_be(chunk: &str, name: &str) -> bool {
    let chunk = chunk.strip_prefix(' ').unwrap_or(chunk);
    match (chunk.bytes().next(), name.bytes().next()) {
        (Some(first), Some(wanted)) => first == wanted || !first.is_ascii_graphic(),
        _ => name.is_empty(),
    }
}

/// The name and the value, still quoted, in what stands between two semicolons.
fn pair(chunk: &str) -> Option<(&str, &str)> {
    let (name, value) = chunk.split_once('=').unwrap_or(("", chunk));
    let (name, value) = (strip(name), strip(value));
    (!name.is_empty() || !value.is_empty()).then_some((name, value))
}

impl Cookies<'_> {
    /// The value of a cookie; of several with one name, the last.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_ref())
    }

    /// Every cookie, as name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (*name, value.as_ref()))
    }
}

impl fmt::Debug for Cookies<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

/// Python's `http.cookies._unquote`.
fn unquote(value: &str) -> Cow<'_, str> {
    let inner = match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner,
        None => return Cow::Borrowed(value),
    };
    let Some(first) = inner.find('\\') else { return Cow::Borrowed(inner) };
    let mut text = String::with_capacity(inner.len());
    text.push_str(&inner[..first]);
    let mut rest = &inner[first..];
    while let Some(place) = rest.find('\\') {
        text.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        if let [high @ b'0'..=b'3', middle @ b'0'..=b'7', low @ b'0'..=b'7', ..] = rest.as_bytes() {
            text.push(char::from((high - b'0') << 6 | (middle - b'0') << 3 | (low - b'0')));
            rest = &rest[3..];
            continue;
        }
        // A backslash before a newline or the end stays: Python's `.` does not match a newline.
        match rest.chars().next() {
            Some(c) if c != '\n' => {
                text.push(c);
                rest = &rest[c.len_utf8()..];
            }
            _ => text.push('\\'),
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn pairs(header: &str) -> Vec<(String, String)> {
        parse_cookie(header).iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn quotes_do_not_protect_a_semicolon() {
        assert_eq!(pairs(r#"a="x;y"; b"#), [("a".into(), "\"x".into()), ("".into(), "b".into())]);
    }

    #[test]
    fn the_last_duplicate_wins_at_the_first_place_however_many_there_are() {
        let header = (0..100).map(|n| format!("k{n}=1; ")).collect::<String>() + "k3=x; k77=y";
        let pairs = pairs(&header);
        assert_eq!(pairs.len(), 100);
        assert_eq!((pairs[3].1.as_str(), pairs[77].1.as_str()), ("x", "y"));
    }

    #[test]
    fn octal_is_one_character_up_to_u_00ff() {
        assert_eq!(parse_cookie(r#"a="\347\224\267\"\400\""#).get("a"), Some("\u{e7}\u{94}\u{b7}\"400\\"));
    }

    #[test]
    fn a_line_break_cannot_enter_a_header() {
        let cookie = SetCookie { path: Some("/\r\nSet-Cookie: a=b"), ..SetCookie::new("k", "v") };
        assert_eq!(cookie.header(Timestamp::UNIX_EPOCH), Err(CookieError::IllegalAttribute));
    }

    proptest! {
        #[test]
        fn reading_never_fails(header in ".*") {
            parse_cookie(&header);
        }

        #[test]
        fn one_is_found_as_among_all(header in "([ab =;\"\t\u{a0}]|\\PC)*", name in "[ab]{0,2}") {
            let (one, all) = (get_cookie(&header, &name), parse_cookie(&header));
            prop_assert_eq!(one.as_deref(), all.get(&name));
        }

        #[test]
        fn a_value_comes_back(value in "[\u{0}-\u{ff}]*") {
            let header = SetCookie { path: None, ..SetCookie::new("k", &value) }.header(Timestamp::UNIX_EPOCH);
            let header = header.unwrap_or_default();
            let cookies = parse_cookie(&header);
            prop_assert_eq!(cookies.get("k").unwrap_or_default(), value);
        }
    }
}
