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

use jiff::{SignedDuration, Timestamp};

use crate::http_dates::http_date;
use crate::python::strip;

/// The cookies of a request, each name once, in the order of its first appearance. `Debug` prints the names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cookies<'h> {
    pairs: Vec<(&'h str, Cow<'h, str>)>,
}

/// A cookie to set, with Django's defaults: for the whole site, until the browser closes.
/// `Debug` does not print its value.
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie<'a> {
    /// Letters, digits and ``!#$%&'*+-.^_`|~:``; not the name of an attribute.
    pub name: &'a str,
    /// Any text; characters above U+00FF are written as they are, and most servers refuse them.
    pub value: &'a str,
    /// How long the browser keeps the cookie; also sets `expires`, unless that is given as text.
    pub max_age: Option<SignedDuration>,
    /// When the browser forgets the cookie.
    pub expires: Option<Expires<'a>>,
    /// The paths that get the cookie.
    pub path: Option<&'a str>,
    /// The domain that gets the cookie, with its subdomains; else only this host.
    pub domain: Option<&'a str>,
    /// Whether the cookie travels over HTTPS only.
    pub secure: bool,
    /// Whether the cookie is hidden from scripts.
    pub http_only: bool,
    /// `Lax`, `Strict` or `None` in any case; written as it stands.
    pub same_site: Option<&'a str>,
}

/// The `expires` of a [`SetCookie`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expires<'a> {
    /// An HTTP date, written as it stands.
    Text(&'a str),
    /// A moment, from which `Max-Age` follows too.
    At(Timestamp),
}

/// Why a cookie cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CookieError {
    /// The name is empty, has a character that needs quoting, or is the name of an attribute.
    IllegalName,
    /// A control character in the path, the domain or the date.
    IllegalAttribute,
    /// `same_site` is not `Lax`, `Strict` or `None`.
    SameSite,
    /// Both a maximum age and a moment of expiry are given.
    ExpiresAndMaxAge,
    /// The cookie expires before the year 1 or after the year 9999.
    OutOfRange,
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
    for chunk in header.split(';') {
        let (name, value) = chunk.split_once('=').unwrap_or(("", chunk));
        let (name, value) = (strip(name), strip(value));
        if name.is_empty() && value.is_empty() {
            continue;
        }
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

impl<'a> SetCookie<'a> {
    /// A cookie for the whole site, until the browser closes.
    pub fn new(name: &'a str, value: &'a str) -> Self {
        SetCookie {
            name,
            value,
            max_age: None,
            expires: None,
            path: Some("/"),
            domain: None,
            secure: false,
            http_only: false,
            same_site: None,
        }
    }

    /// The cookie that makes a browser forget `name` (`HttpResponse.delete_cookie`); its path and
    /// domain must be those it was set with.
    pub fn delete(name: &'a str, same_site: Option<&'a str>) -> Self {
        let needs_secure = name.starts_with("__Secure-")
            || name.starts_with("__Host-")
            || same_site.is_some_and(|value| value.eq_ignore_ascii_case("none"));
        SetCookie {
            max_age: Some(SignedDuration::ZERO),
            expires: Some(Expires::Text("Thu, 01 Jan 1970 00:00:00 GMT")),
            secure: needs_secure,
            same_site,
            ..SetCookie::new(name, "")
        }
    }

    /// The value of a `Set-Cookie` header, its attributes in Python's order.
    ///
    /// # Errors
    /// [`CookieError`] names the part that cannot be written.
    pub fn header(&self, now: Timestamp) -> Result<String, CookieError> {
        if !is_legal(self.name) || is_attribute(self.name) {
            return Err(CookieError::IllegalName);
        }
        let (max_age, expires) = self.lifetime(now)?;
        let mut header = String::with_capacity(self.name.len() + self.value.len() + 96);
        header.push_str(self.name);
        header.push('=');
        quote_into(&mut header, self.value);
        attribute(&mut header, "Domain", self.domain)?;
        attribute(&mut header, "expires", expires.as_deref())?;
        if self.http_only {
            header.push_str("; HttpOnly");
        }
        if let Some(seconds) = max_age {
            header.push_str("; Max-Age=");
            header.push_str(&seconds.to_string());
        }
        attribute(&mut header, "Path", self.path)?;
        if let Some(same_site) = self.same_site.filter(|value| !value.is_empty()) {
            if !["lax", "none", "strict"].iter().any(|known| same_site.eq_ignore_ascii_case(known)) {
                return Err(CookieError::SameSite);
            }
            attribute(&mut header, "SameSite", Some(same_site))?;
        }
        if self.secure {
            header.push_str("; Secure");
        }
        Ok(header)
    }

    /// The seconds of `Max-Age` and the text of `expires`.
    fn lifetime(&self, now: Timestamp) -> Result<(Option<i64>, Option<Cow<'a, str>>), CookieError> {
        let (max_age, text) = match self.expires {
            None => (self.max_age, ""),
            Some(Expires::Text(text)) => (self.max_age, text),
            Some(Expires::At(_)) if self.max_age.is_some() => return Err(CookieError::ExpiresAndMaxAge),
            Some(Expires::At(moment)) => {
                // Django adds a second for the fraction that is lost below.
                let left = moment.duration_since(now) + SignedDuration::from_secs(1);
                let seconds = left.as_secs() - i64::from(left.subsec_nanos() < 0);
                (Some(SignedDuration::from_secs(seconds.max(0))), "")
            }
        };
        let expires = match max_age {
            Some(age) if text.is_empty() => {
                let moment = now.checked_add(age).map_err(|_| CookieError::OutOfRange)?;
                let floor = moment.as_second() - i64::from(moment.subsec_nanosecond() < 0);
                Some(http_date(floor).map_err(|_| CookieError::OutOfRange)?.into())
            }
            _ => Some(Cow::Borrowed(text)),
        };
        Ok((max_age.map(|age| age.as_secs()), expires))
    }
}

impl fmt::Debug for Cookies<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

impl fmt::Debug for SetCookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value: _, max_age, expires, path, domain, secure, http_only, same_site } = self;
        f.debug_struct("SetCookie")
            .field("name", name)
            .field("max_age", max_age)
            .field("expires", expires)
            .field("path", path)
            .field("domain", domain)
            .field("secure", secure)
            .field("http_only", http_only)
            .field("same_site", same_site)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for CookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CookieError::IllegalName => "illegal cookie name",
            CookieError::IllegalAttribute => "control character in a cookie attribute",
            CookieError::SameSite => "same_site must be \"lax\", \"none\" or \"strict\"",
            CookieError::ExpiresAndMaxAge => "expires and max_age cannot be used together",
            CookieError::OutOfRange => "the cookie expires in a year that cannot be written",
        })
    }
}

impl std::error::Error for CookieError {}

fn attribute(header: &mut String, name: &str, value: Option<&str>) -> Result<(), CookieError> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(()) };
    if value.chars().any(|c| c.is_ascii_control()) {
        return Err(CookieError::IllegalAttribute);
    }
    header.extend(["; ", name, "=", value]);
    Ok(())
}

/// Python's `_LegalChars`.
fn is_legal_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:".contains(&byte)
}

fn is_legal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_legal_char)
}

/// Python's `Morsel._reserved`.
fn is_attribute(name: &str) -> bool {
    ["expires", "path", "comment", "domain", "max-age", "secure", "httponly", "version", "samesite"]
        .iter()
        .any(|reserved| reserved.eq_ignore_ascii_case(name))
}

/// Python's `http.cookies._quote`.
fn quote_into(header: &mut String, value: &str) {
    if is_legal(value) {
        return header.push_str(value);
    }
    header.push('"');
    for c in value.chars() {
        match u8::try_from(c) {
            Ok(b'"') => header.push_str("\\\""),
            Ok(b'\\') => header.push_str("\\\\"),
            Ok(byte) if !is_legal_char(byte) && !b" ()/<=>?@[]{}".contains(&byte) => {
                header.push('\\');
                header.extend([byte >> 6, byte >> 3 & 7, byte & 7].map(|digit| char::from(b'0' + digit)));
            }
            _ => header.push(c),
        }
    }
    header.push('"');
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
        fn a_value_comes_back(value in "[\u{0}-\u{ff}]*") {
            let header = SetCookie { path: None, ..SetCookie::new("k", &value) }.header(Timestamp::UNIX_EPOCH);
            let header = header.unwrap_or_default();
            let cookies = parse_cookie(&header);
            prop_assert_eq!(cookies.get("k").unwrap_or_default(), value);
        }
    }
}
