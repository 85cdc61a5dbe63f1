//! Writing a `Set-Cookie` header (`HttpResponse.set_cookie`, `http.cookies.Morsel`).

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::http_dates::push_http_date;

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

/// What `expires` is written from.
enum Written<'a> {
    Text(&'a str),
    /// Seconds since 1970.
    Epoch(i64),
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
        self.header_with(&self.attributes(now)?)
    }

    /// The header with these attributes, which must be those of [`attributes`](Self::attributes).
    ///
    /// # Errors
    /// [`CookieError::IllegalName`].
    pub fn header_with(&self, attributes: &str) -> Result<String, CookieError> {
        if !is_legal(self.name) || is_attribute(self.name) {
            return Err(CookieError::IllegalName);
        }
        let mut header = String::with_capacity(self.name.len() + 1 + self.value.len() + attributes.len());
        header.push_str(self.name);
        header.push('=');
        quote_into(&mut header, self.value);
        header.push_str(attributes);
        Ok(header)
    }

    /// What follows the name and the value: `; HttpOnly; Max-Age=60; Path=/`. Within a second it is the same for
    /// cookies that differ in these alone.
    ///
    /// # Errors
    /// [`CookieError`] names the part that cannot be written.
    pub fn attributes(&self, now: Timestamp) -> Result<String, CookieError> {
        let (max_age, expires) = self.lifetime(now)?;
        let mut header = String::with_capacity(128);
        attribute(&mut header, "Domain", self.domain)?;
        match expires {
            Written::Text(text) => attribute(&mut header, "expires", Some(text))?,
            Written::Epoch(epoch) => {
                header.push_str("; expires=");
                push_http_date(&mut header, epoch).map_err(|_| CookieError::OutOfRange)?;
            }
        }
        if self.http_only {
            header.push_str("; HttpOnly");
        }
        if let Some(seconds) = max_age {
            header.push_str("; Max-Age=");
            header.push_str(itoa::Buffer::new().format(seconds));
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

    /// The seconds of `Max-Age`, and `expires`.
    fn lifetime(&self, now: Timestamp) -> Result<(Option<i64>, Written<'a>), CookieError> {
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
                Written::Epoch(moment.as_second() - i64::from(moment.subsec_nanosecond() < 0))
            }
            _ => Written::Text(text),
        };
        Ok((max_age.map(|age| age.as_secs()), expires))
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
    if value.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(CookieError::IllegalAttribute);
    }
    header.extend(["; ", name, "=", value]);
    Ok(())
}

/// Python's `_LegalChars`.
const fn is_legal_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~' | b':')
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
