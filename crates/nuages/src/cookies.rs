//! Cookies of a request and of an answer: `nuages_wire::cookies` over axum's headers.
//!
//! ```
//! use http::HeaderMap;
//! use nuages::cookies::{self, SetCookie};
//! use nuages::time::Clock;
//!
//! let mut headers = HeaderMap::new();
//! cookies::set(&mut headers, &SetCookie::new("theme", "dark"), &Clock::system())?;
//! cookies::vary(&mut headers, "Cookie");
//! assert_eq!(headers["set-cookie"], "theme=dark; Path=/");
//! assert_eq!(headers["vary"], "Cookie");
//! # Ok::<(), nuages::Error>(())
//! ```

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};

use crate::error::{Error, Result};
use crate::time::Clock;

use nuages_wire::cookies::get_cookie;
pub use nuages_wire::cookies::{Expires, SetCookie};

mod signed;

pub use signed::{SignedCookieError, SignedCookies};

/// The cookies that came with a request (`request.COOKIES`), read once and shared by whoever extracts them.
#[derive(Clone, Default)]
pub struct Cookies(Arc<[(Box<str>, Box<str>)]>);

impl Cookies {
    /// The cookies of these headers. Several `Cookie` lines count as one, in order; bytes that are not UTF-8 become
    /// U+FFFD, as under WSGI.
    pub fn read(headers: &HeaderMap) -> Self {
        let mut line = String::new();
        for value in headers.get_all(header::COOKIE) {
            if !line.is_empty() {
                line.push_str("; ");
            }
            line.push_str(&String::from_utf8_lossy(value.as_bytes()));
        }
        let cookies = nuages_wire::cookies::parse_cookie(&line);
        Self(cookies.iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// A cookie's value; of several with one name, the last.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Every cookie, as name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

impl fmt::Debug for Cookies {
    /// The names alone: values are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Cookies {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get_or_insert_with(|| Self::read(&parts.headers)).clone())
    }
}

/// The value of one cookie, for who wants no other: as [`Cookies::get`], and nothing is kept.
pub fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<Cow<'h, str>> {
    let lines = headers.get_all(header::COOKIE).iter().rev();
    lines.map(HeaderValue::as_bytes).find_map(|line| match std::str::from_utf8(line) {
        Ok(line) => get_cookie(line, name),
        Err(_) => Some(get_cookie(&String::from_utf8_lossy(line), name)?.into_owned().into()),
    })
}

/// Writes a cookie into an answer's headers, in place of an earlier one of its name.
///
/// # Errors
/// A cookie that cannot be written, by its name, attributes or characters.
pub fn set(headers: &mut HeaderMap, cookie: &SetCookie<'_>, clock: &Clock) -> Result<()> {
    insert(headers, cookie.name, cookie.header(clock.now()).map_err(Error::internal)?)
}

/// [`set`], with the line of the cookie `name` written already.
pub(crate) fn insert(headers: &mut HeaderMap, name: &str, line: String) -> Result<()> {
    // Django's server sends headers as latin-1 and fails on anything beyond it.
    let bytes = if line.is_ascii() {
        Some(line.into_bytes())
    } else {
        line.chars().map(|c| u8::try_from(c).ok()).collect()
    };
    let value = bytes.and_then(|bytes| HeaderValue::try_from(bytes).ok()).ok_or_else(|| {
        Error::internal(format!("the cookie `{name}` has a character that no header can carry"))
    })?;
    if let header::Entry::Vacant(entry) = headers.entry(header::SET_COOKIE) {
        entry.insert(value);
        return Ok(());
    }
    let lines = headers.get_all(header::SET_COOKIE).iter();
    let others: Vec<_> = lines.filter(|line| !names(line, name)).cloned().collect();
    headers.remove(header::SET_COOKIE);
    for line in others.into_iter().chain([value]) {
        headers.append(header::SET_COOKIE, line);
    }
    Ok(())
}

/// Whether a `Set-Cookie` line is about `cookie`.
fn names(line: &HeaderValue, cookie: &str) -> bool {
    line.as_bytes().strip_prefix(cookie.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
}

/// Adds a header's name to `Vary`, once whatever its case; `*` stands alone (`django.utils.cache.patch_vary_headers`).
pub fn vary(headers: &mut HeaderMap, name: &'static str) {
    if let header::Entry::Vacant(entry) = headers.entry(header::VARY) {
        entry.insert(HeaderValue::from_static(name));
        return;
    }
    let lines = headers.get_all(header::VARY).iter().filter_map(|value| value.to_str().ok());
    let mut names: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    names.retain(|known| !known.is_empty());
    if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        names.push(name);
    }
    let line = if names.contains(&"*") { "*".to_owned() } else { names.join(", ") };
    if let Ok(value) = HeaderValue::try_from(line) {
        headers.insert(header::VARY, value);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn headers(name: header::HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::try_from(*value).unwrap())).collect()
    }

    #[test]
    fn cookies_are_read_from_every_line_and_the_last_wins() {
        let headers = headers(header::COOKIE, &["a=1; b=2", "a=3; a=\"4,\\0545\"; ="]);
        let cookies = Cookies::read(&headers);
        for (name, value) in [("a", Some("4,,5")), ("b", Some("2")), ("c", None), ("", None)] {
            assert_eq!(cookies.get(name), value);
            assert_eq!(get(&headers, name).as_deref(), value);
        }
        assert_eq!(format!("{cookies:?}"), r#"["a", "b"]"#);
    }

    #[test]
    fn a_later_cookie_of_one_name_replaces_the_earlier() {
        let clock = Clock::system();
        let mut headers = HeaderMap::new();
        for (name, value) in [("a", "1"), ("ab", "2"), ("a", "é")] {
            set(&mut headers, &SetCookie::new(name, value), &clock).unwrap();
        }
        let lines: Vec<_> = headers.get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(lines, ["ab=2; Path=/", r#"a="\351"; Path=/"#]);
        assert!(set(&mut headers, &SetCookie::new("a", "男"), &clock).is_err());
        assert!(set(&mut headers, &SetCookie::new("a b", ""), &clock).is_err());
    }

    #[test]
    fn vary_is_patched_as_django_does() {
        for (before, name, after) in [
            (&[][..], "Cookie", "Cookie"),
            (&["Accept-Language"], "Cookie", "Accept-Language, Cookie"),
            (&["accept, cookie"], "Cookie", "accept, cookie"),
            (&["a", "b"], "c", "a, b, c"),
            (&["Accept-Language"], "*", "*"),
            (&["*"], "Cookie", "*"),
        ] {
            let mut headers = headers(header::VARY, before);
            vary(&mut headers, name);
            assert_eq!(headers[header::VARY], after);
        }
    }
}
