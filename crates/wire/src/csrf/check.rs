//! The decision on a request (`CsrfViewMiddleware.process_view`).

use super::token::check_format;
use super::{InvalidFormat, MaskedToken, Rejection, TokenProblem, TokenSource};
use crate::crypto::constant_time_eq;
use crate::next_urls::urlsplit;

/// The settings that the decision depends on.
#[derive(Clone, Debug)]
pub struct Policy {
    /// `CSRF_TRUSTED_ORIGINS`.
    pub trusted_origins: TrustedOrigins,
    /// `CSRF_COOKIE_DOMAIN`, or `SESSION_COOKIE_DOMAIN` under `CSRF_USE_SESSIONS`: pages of this domain are trusted
    /// Referers.
    pub cookie_domain: Option<String>,
    /// The name of the token's header; Django's setting `HTTP_X_CSRFTOKEN` is `X-CSRFToken` here. Only shown in
    /// messages.
    pub header_name: String,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            trusted_origins: TrustedOrigins::default(),
            cookie_domain: None,
            header_name: "X-CSRFToken".into(),
        }
    }
}

/// `CSRF_TRUSTED_ORIGINS`, taken apart once: `https://shop.example`, `https://*.shop.example`.
#[derive(Clone, Debug, Default)]
pub struct TrustedOrigins {
    exact: Vec<String>,
    /// Scheme and `.domain` of each wildcard.
    wildcard: Vec<(String, String)>,
    /// Hosts of both kinds, for the Referer.
    hosts: Vec<String>,
}

/// Where a request says that it comes from, and where it went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Source<'a> {
    /// `request.is_secure()`.
    pub secure: bool,
    /// `request.get_host()`, with its port as it stands; `None` when the host is not allowed.
    pub host: Option<&'a str>,
    /// `request.get_port()`; counts only beside [`Policy::cookie_domain`], and 0 stands for the default port.
    pub port: u16,
    /// The `Origin` header.
    pub origin: Option<&'a str>,
    /// The `Referer` header.
    pub referer: Option<&'a str>,
}

/// The secret that the site stored with this visitor.
#[derive(Clone, Copy, Debug)]
pub enum Stored<'a> {
    /// None, neither in the cookie nor in the session.
    Nothing,
    /// The value of the cookie `csrftoken`.
    Cookie(&'a str),
    /// The session entry [`SESSION_ENTRY`](super::SESSION_ENTRY), whose form Django does not check.
    Session(&'a str),
}

/// Whether a method passes without any check: `GET`, `HEAD`, `OPTIONS` and `TRACE`, in any case, for Django turns every
/// method into upper case first.
pub fn is_safe_method(method: &str) -> bool {
    ["GET", "HEAD", "OPTIONS", "TRACE"].iter().any(|safe| safe.eq_ignore_ascii_case(method))
}

impl Policy {
    /// First step: an `Origin` must be the site's own or trusted; without one, a secure request needs such a `Referer`.
    ///
    /// # Errors
    /// A [`Rejection`] about the Origin or the Referer.
    pub fn check_source(&self, source: &Source<'_>) -> Result<(), Rejection> {
        match source.origin {
            Some(origin) if self.trusts_origin(origin, source) => Ok(()),
            Some(origin) => Err(Rejection::BadOrigin(origin.into())),
            None if source.secure => self.check_referer(source),
            None => Ok(()),
        }
    }

    /// Second step: the token of the form, or else of the header, must be that of the stored secret.
    ///
    /// `form` is the field [`FORM_FIELD`](super::FORM_FIELD) of a `POST`, and `None` for any other method.
    ///
    /// # Errors
    /// A [`Rejection`] about the cookie or the token.
    pub fn check_token(
        &self,
        stored: Stored<'_>,
        form: Option<&str>,
        header: Option<&str>,
    ) -> Result<(), Rejection> {
        let secret = match stored {
            Stored::Nothing => return Err(Rejection::NoCookie),
            Stored::Cookie(cookie) => {
                check_format(cookie).map_err(Rejection::Cookie)?;
                cookie
            }
            Stored::Session(entry) => entry,
        };
        let (token, from) = match (form.filter(|token| !token.is_empty()), header) {
            (Some(token), _) => (token, TokenSource::Post),
            (None, Some(token)) => (token, TokenSource::Header(title(&self.header_name))),
            (None, None) => return Err(Rejection::TokenMissing),
        };
        let reject = |problem| Err(Rejection::Token(from.clone(), problem));
        match matches(token, secret) {
            Ok(true) => Ok(()),
            Ok(false) => reject(TokenProblem::Incorrect),
            Err(problem) => reject(TokenProblem::Format(problem)),
        }
    }

    fn trusts_origin(&self, origin: &str, source: &Source<'_>) -> bool {
        let scheme = if source.secure { "https" } else { "http" };
        let own = source.host.is_some_and(|host| {
            origin.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://")) == Some(host)
        });
        let trusted = &self.trusted_origins;
        own || trusted.exact.iter().any(|exact| exact == origin)
            || urlsplit(origin).is_ok_and(|url| {
                let mut wildcards = trusted.wildcard.iter().filter(|(scheme, _)| *scheme == url.scheme);
                wildcards.any(|(_, domain)| is_same_domain(&url.netloc, domain))
            })
    }

    fn check_referer(&self, source: &Source<'_>) -> Result<(), Rejection> {
        let referer = source.referer.ok_or(Rejection::NoReferer)?;
        let referer = urlsplit(referer)
            .ok()
            .filter(|url| !url.scheme.is_empty() && !url.netloc.is_empty())
            .ok_or(Rejection::MalformedReferer)?;
        if referer.scheme != "https" {
            return Err(Rejection::InsecureReferer);
        }
        let from = |pattern: &str| is_same_domain(&referer.netloc, pattern);
        let good = self.trusted_origins.hosts.iter().any(|host| from(host))
            || match (&self.cookie_domain, source.port) {
                (None, _) => source.host.is_some_and(from),
                (Some(domain), 0 | 80 | 443) => from(domain),
                (Some(domain), port) => from(&format!("{domain}:{port}")),
            };
        if good { Ok(()) } else { Err(Rejection::BadReferer(referer.unsplit())) }
    }
}

impl TrustedOrigins {
    /// The origins of the setting; one that is no URL is never matched but exactly.
    pub fn new<S: AsRef<str>>(origins: impl IntoIterator<Item = S>) -> Self {
        let mut trusted = Self::default();
        for origin in origins {
            let origin = origin.as_ref();
            let url = urlsplit(origin).unwrap_or_default();
            let host = url.netloc.trim_start_matches('*').to_owned();
            if origin.contains('*') {
                trusted.wildcard.push((url.scheme, host.clone()));
            } else {
                trusted.exact.push(origin.into());
            }
            trusted.hosts.push(host);
        }
        trusted
    }
}

/// `_does_token_match`: the token must be well formed, the secret need not be.
fn matches(token: &str, secret: &str) -> Result<bool, InvalidFormat> {
    check_format(token)?;
    let unmasked = |text: &str| match MaskedToken::parse(text) {
        Ok(token) => token.unmask().as_str().to_owned(),
        Err(_) => text.to_owned(),
    };
    Ok(constant_time_eq(unmasked(token).as_bytes(), unmasked(secret).as_bytes()))
}

/// `django.utils.http.is_same_domain`: `.example.com` is that domain and all below it.
fn is_same_domain(host: &str, pattern: &str) -> bool {
    let pattern = pattern.to_lowercase();
    match pattern.strip_prefix('.') {
        Some(domain) => host == domain || host.ends_with(&pattern) || host == pattern,
        None => !pattern.is_empty() && host == pattern,
    }
}

/// Python's `str.title()` of a header's name.
fn title(name: &str) -> String {
    let mut start = true;
    let letter = |letter: char| {
        let titled = if start { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
        start = !letter.is_alphabetic();
        titled
    };
    name.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(cookie_domain: Option<&str>) -> Policy {
        Policy {
            trusted_origins: TrustedOrigins::new(["https://a.example.com", "https://*.example.org"]),
            cookie_domain: cookie_domain.map(Into::into),
            ..Policy::default()
        }
    }

    #[test]
    fn origins() {
        let trusts = |origin| {
            let source =
                Source { secure: true, host: Some("shop:8443"), origin: Some(origin), ..Source::default() };
            policy(None).check_source(&source).is_ok()
        };
        for good in
            ["https://shop:8443", "https://a.example.com", "https://example.org", "https://x.y.example.org"]
        {
            assert!(trusts(good), "{good}");
        }
        for bad in
            ["null", "", "http://shop:8443", "https://shop", "https://SHOP:8443", "https://evilexample.org"]
        {
            assert!(!trusts(bad), "{bad}");
        }
    }

    #[test]
    fn referers() {
        let check = |referer, domain, port| {
            let source = Source { secure: true, host: Some("shop"), port, referer, ..Source::default() };
            policy(domain).check_source(&source)
        };
        assert_eq!(check(None, None, 443), Err(Rejection::NoReferer));
        assert_eq!(check(Some("/x"), None, 443), Err(Rejection::MalformedReferer));
        assert_eq!(check(Some("http://shop/"), None, 443), Err(Rejection::InsecureReferer));
        assert_eq!(check(Some("https://shop/x"), None, 443), Ok(()));
        assert_eq!(
            check(Some("https://Evil/?"), None, 443),
            Err(Rejection::BadReferer("https://Evil/".into()))
        );
        assert_eq!(check(Some("https://b.shop.example:8443/"), Some(".shop.example"), 8443), Ok(()));
        assert!(check(Some("https://b.shop.example/"), Some(".shop.example"), 8443).is_err());
        assert!(check(Some("https://shop/"), Some(".shop.example"), 443).is_err());
    }

    #[test]
    fn messages() {
        let (good, other) = ("a".repeat(32), "b".repeat(32));
        let check = |form, header| policy(None).check_token(Stored::Cookie(&good), form, header);
        let text = |result: Result<(), Rejection>| result.err().map(|rejection| rejection.to_string());
        assert_eq!(
            text(check(Some(&other), Some(&good))).as_deref(),
            Some("CSRF token from POST incorrect.")
        );
        assert_eq!(
            text(check(Some(""), Some("x"))).as_deref(),
            Some("CSRF token from the 'X-Csrftoken' HTTP header has incorrect length.")
        );
        assert_eq!(
            text(policy(None).check_token(Stored::Nothing, None, None)).as_deref(),
            Some("CSRF cookie not set.")
        );
        assert_eq!(
            policy(None).check_token(Stored::Session("short"), Some(&good), None),
            Err(Rejection::Token(TokenSource::Post, TokenProblem::Incorrect))
        );
    }
}
