//! Which host and scheme a request is for (`HttpRequest.get_host`, `is_secure`).

use std::fmt;
use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, header};

use crate::error::Error;
use crate::settings::Settings;

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
/// Who may be named while DEBUG and ALLOWED_HOSTS is empty.
const DEBUG_HOSTS: [&str; 3] = [".localhost", "127.0.0.1", "[::1]"];

/// The host that the client asked for, as it was sent, when `ALLOWED_HOSTS` has it.
///
/// # Errors
/// [`DisallowedHost`] for one that is missing, sent twice, malformed or not allowed.
pub fn get_host(headers: &HeaderMap, settings: &Settings) -> Result<String, DisallowedHost> {
    let host = raw_host(headers, settings)?;
    let (domain, _) = split_domain_port(host).ok_or_else(|| DisallowedHost(host.to_owned()))?;
    let allowed = if settings.debug && settings.allowed_hosts.is_empty() {
        DEBUG_HOSTS.iter().any(|pattern| is_same_domain(&domain, pattern))
    } else {
        settings.allowed_hosts.iter().any(|pattern| pattern == "*" || is_same_domain(&domain, pattern))
    };
    if allowed { Ok(host.to_owned()) } else { Err(DisallowedHost(host.to_owned())) }
}

/// Whether the client spoke HTTPS, which is what the proxy says: this server itself speaks plain HTTP.
pub fn is_secure(headers: &HeaderMap, settings: &Settings) -> bool {
    let Some((name, secure)) = &settings.secure_proxy_ssl_header else { return false };
    let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(',').next().is_some_and(|first| first.trim() == secure)
}

/// The port that the request arrived at (`get_port`): what the proxy says, with `USE_X_FORWARDED_PORT`, else that of
/// the `local` address.
pub fn get_port(headers: &HeaderMap, local: Option<SocketAddr>, settings: &Settings) -> Option<u16> {
    let forwarded = headers.get(&X_FORWARDED_PORT).filter(|_| settings.use_x_forwarded_port);
    match forwarded {
        Some(port) => port.to_str().ok()?.parse().ok(),
        None => local.map(|address| address.port()),
    }
}

/// The domain in lower case and without a trailing dot, and the port (may be empty); `None` when malformed
/// (`django.http.request.split_domain_port`).
pub fn split_domain_port(host: &str) -> Option<(String, &str)> {
    // Python lower-cases the whole of Unicode: a Kelvin sign would become a `k`.
    let end = if host.starts_with('[') { host.find(']')? + 1 } else { host.find(':').unwrap_or(host.len()) };
    let (domain, rest) = host.split_at(end);
    let port = match rest.strip_prefix(':') {
        Some(port) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => port,
        None if rest.is_empty() => "",
        _ => return None,
    };
    let domain = domain.to_lowercase();
    let well_formed = match domain.strip_prefix('[').and_then(|address| address.strip_suffix(']')) {
        Some(address) => is_ipv6_like(address),
        None => domain.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-')),
    };
    let domain = domain.strip_suffix('.').unwrap_or(&domain);
    (well_formed && !domain.is_empty()).then(|| (domain.to_owned(), port))
}

/// Whether `host`, in lower case, is `pattern` or, for `.example.com`, that or a subdomain of it
/// (`django.utils.http.is_same_domain`).
pub fn is_same_domain(host: &str, pattern: &str) -> bool {
    let pattern = pattern.to_lowercase();
    match pattern.strip_prefix('.') {
        Some(domain) => host.ends_with(&pattern) || host == domain,
        None => !pattern.is_empty() && host == pattern,
    }
}

/// Django's own expression: `[a-f0-9]*:[a-f0-9.:]+`.
fn is_ipv6_like(address: &str) -> bool {
    let hexadecimal = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    address.split_once(':').is_some_and(|(first, rest)| {
        first.as_bytes().iter().all(hexadecimal)
            && !rest.is_empty()
            && rest.as_bytes().iter().all(|byte| hexadecimal(byte) || matches!(byte, b'.' | b':'))
    })
}

fn raw_host<'h>(headers: &'h HeaderMap, settings: &Settings) -> Result<&'h str, DisallowedHost> {
    let name = match settings.use_x_forwarded_host {
        true if headers.contains_key(&X_FORWARDED_HOST) => X_FORWARDED_HOST,
        _ => header::HOST,
    };
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(host), None) => {
            host.to_str().map_err(|_| DisallowedHost(String::from_utf8_lossy(host.as_bytes()).into()))
        }
        _ => Err(DisallowedHost(String::new())),
    }
}

/// The Host header is missing, malformed or not in `ALLOWED_HOSTS` (`django.core.exceptions.DisallowedHost`): 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisallowedHost(
    /// The header as it came; empty when there was not exactly one.
    pub String,
);

impl fmt::Display for DisallowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Invalid HTTP_HOST header: {:?}.", self.0)?;
        match split_domain_port(&self.0) {
            Some((domain, _)) => write!(f, " You may need to add {domain:?} to ALLOWED_HOSTS."),
            None => f.write_str(" The domain name provided is not valid according to RFC 1034/1035."),
        }
    }
}

impl std::error::Error for DisallowedHost {}

impl From<DisallowedHost> for Error {
    fn from(error: DisallowedHost) -> Self {
        Self::bad_request("The request names a host that is not served here.").with_source(error)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn host(host: &str, debug: bool, allowed: &[&str]) -> bool {
        let allowed_hosts = allowed.iter().map(ToString::to_string).collect();
        let settings = Settings { debug, allowed_hosts, ..Settings::default() };
        let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
        get_host(&headers, &settings).is_ok_and(|known| known == host)
    }

    #[test]
    fn hosts_are_allowed_as_in_django() {
        // Recorded from HttpRequest.get_host.
        for (name, debug, allowed, expected) in [
            ("localhost:8000", true, &[][..], true),
            ("a.localhost", true, &[], true),
            ("127.0.0.1", true, &[], true),
            ("[::1]:8000", true, &[], true),
            ("example.com", true, &[], false),
            ("localhost", true, &["shop.example"], false),
            ("localhost", false, &[], false),
            ("Shop.Example.:80", false, &["shop.example"], true),
            ("a.shop.example", false, &["shop.example"], false),
            ("a.shop.example", false, &[".shop.example"], true),
            ("shop.example", false, &[".SHOP.example"], true),
            ("ashop.example", false, &[".shop.example"], false),
            ("anything", false, &["*"], true),
            ("a_b", false, &["*"], false),
            ("user@host", false, &["*"], false),
            ("host:", false, &["*"], false),
            ("host:8x", false, &["*"], false),
            ("", false, &["*"], false),
            ("[::1", false, &["*"], false),
            ("[1]", false, &["*"], false),
            ("[::ffff:1.2.3.4]", false, &["*"], true),
        ] {
            assert_eq!(host(name, debug, allowed), expected, "{name} {debug} {allowed:?}");
        }
    }

    #[test]
    fn two_host_headers_or_none_are_refused() {
        let settings = Settings { allowed_hosts: vec!["*".into()], ..Settings::default() };
        let mut headers = HeaderMap::new();
        assert!(get_host(&headers, &settings).is_err());
        headers.append(header::HOST, "a".parse().unwrap());
        assert!(get_host(&headers, &settings).is_ok());
        headers.append(header::HOST, "b".parse().unwrap());
        assert!(get_host(&headers, &settings).is_err());
    }

    #[test]
    fn https_is_what_the_trusted_proxy_says() {
        let name = HeaderName::from_static("x-forwarded-proto");
        let settings =
            Settings { secure_proxy_ssl_header: Some((name.clone(), "https".into())), ..Settings::default() };
        for (value, secure) in
            [("https", true), ("https, http", true), ("http, https", false), ("HTTPS", false)]
        {
            let headers = HeaderMap::from_iter([(name.clone(), value.parse().unwrap())]);
            assert_eq!(is_secure(&headers, &settings), secure, "{value}");
            assert!(!is_secure(&headers, &Settings::default()));
        }
        assert!(!is_secure(&HeaderMap::new(), &settings));
    }

    #[test]
    fn the_port_is_ours_or_the_proxys() {
        let headers = HeaderMap::from_iter([(X_FORWARDED_PORT, "8443".parse().unwrap())]);
        let local = Some(SocketAddr::from(([127, 0, 0, 1], 8000)));
        assert_eq!(get_port(&headers, local, &Settings::default()), Some(8000));
        let trusting = Settings { use_x_forwarded_port: true, ..Settings::default() };
        assert_eq!(get_port(&headers, local, &trusting), Some(8443));
        assert_eq!(get_port(&HeaderMap::new(), local, &trusting), Some(8000));
        assert_eq!(get_port(&HeaderMap::new(), None, &trusting), None);
    }
}
