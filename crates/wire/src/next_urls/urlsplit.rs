//! Python's `urllib.parse.urlsplit` (CPython 3.11) and `urlunsplit`.

use std::fmt;
use std::net::Ipv6Addr;

use unicode_normalization::UnicodeNormalization;

/// A URL in five pieces, none decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SplitUrl {
    /// `https`, in lower case.
    pub scheme: String,
    /// `user@host:port`, as it stands.
    pub netloc: String,
    /// From the first slash after the host.
    pub path: String,
    /// What follows `?`.
    pub query: String,
    /// What follows `#`.
    pub fragment: String,
}

/// Why a URL cannot be split; Python raises ValueError.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// Brackets that hold no IPv6 address, or are not closed.
    Brackets,
    /// A host with a character that stands for one of `/?#@:`.
    Host,
}

/// Splits a URL. Leading control characters and spaces are dropped, tabs and line breaks everywhere.
///
/// # Errors
/// [`UrlError`].
pub fn urlsplit(url: &str) -> Result<SplitUrl, UrlError> {
    let url: String =
        url.trim_start_matches(|c| c <= ' ').chars().filter(|c| !matches!(c, '\t' | '\r' | '\n')).collect();
    let mut parts = SplitUrl::default();
    let mut rest = url.as_str();
    if let Some((scheme, after)) = rest.split_once(':')
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    {
        parts.scheme = scheme.to_ascii_lowercase();
        rest = after;
    }
    if let Some(after) = rest.strip_prefix("//") {
        let (netloc, after) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
        check_brackets(netloc)?;
        parts.netloc = netloc.to_owned();
        rest = after;
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    check_normal_form(&parts.netloc)?;
    parts.path = path.to_owned();
    parts.query = query.to_owned();
    parts.fragment = fragment.to_owned();
    Ok(parts)
}

impl SplitUrl {
    /// The URL again (`urllib.parse.urlunsplit`).
    pub fn unsplit(&self) -> String {
        let mut url = String::new();
        if !self.scheme.is_empty() {
            url.extend([self.scheme.as_str(), ":"]);
        }
        if !self.netloc.is_empty() {
            url.extend(["//", self.netloc.as_str()]);
            if !self.path.is_empty() && !self.path.starts_with('/') {
                url.push('/');
            }
        }
        url.push_str(&self.path);
        for (mark, text) in [("?", &self.query), ("#", &self.fragment)] {
            if !text.is_empty() {
                url.extend([mark, text.as_str()]);
            }
        }
        url
    }
}

fn check_brackets(netloc: &str) -> Result<(), UrlError> {
    if netloc.contains('[') != netloc.contains(']') {
        return Err(UrlError::Brackets);
    }
    if !netloc.contains('[') {
        return Ok(());
    }
    let host_and_port = netloc.rsplit_once('@').map_or(netloc, |(_, after)| after);
    let host = match host_and_port.split_once('[') {
        Some(("", bracketed)) => {
            let (host, port) = bracketed.split_once(']').unwrap_or((bracketed, ""));
            if !port.is_empty() && !port.starts_with(':') {
                return Err(UrlError::Brackets);
            }
            host
        }
        Some(_) => return Err(UrlError::Brackets),
        None => host_and_port.split(':').next().unwrap_or_default(),
    };
    if is_ip_future(host) || is_ipv6(host) { Ok(()) } else { Err(UrlError::Brackets) }
}

/// `v1.anything`
fn is_ip_future(host: &str) -> bool {
    let Some((version, address)) = host.strip_prefix('v').and_then(|rest| rest.split_once('.')) else {
        return false;
    };
    !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit()) && !address.is_empty()
}

/// `fe80::1`, with or without a scope.
fn is_ipv6(host: &str) -> bool {
    let (address, scope) = host.split_once('%').unwrap_or((host, "0"));
    address.parse::<Ipv6Addr>().is_ok() && !scope.is_empty() && !scope.contains('%')
}

/// Refuses a host that becomes two pieces when a resolver normalises it, such as `a℀b` (`a/cb`).
fn check_normal_form(netloc: &str) -> Result<(), UrlError> {
    if netloc.is_ascii() {
        return Ok(());
    }
    let bare = netloc.chars().filter(|c| !matches!(c, '@' | ':' | '#' | '?'));
    let splits = bare.nfkc().any(|c| matches!(c, '/' | '?' | '#' | '@' | ':'));
    if splits { Err(UrlError::Host) } else { Ok(()) }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UrlError::Brackets => "invalid IPv6 address in a URL",
            UrlError::Host => "a host that changes under normalisation",
        })
    }
}

impl std::error::Error for UrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_hold_an_ipv6_address() {
        for url in ["//[::1]:80/", "//u@[fe80::1%eth0]/", "//[v1.x]/"] {
            assert!(urlsplit(url).is_ok(), "{url}");
        }
        for url in ["//[::1", "//a[::1]/", "//[::1]x/", "//[1.2.3.4]/", "//[v.x]/", "//]["] {
            assert_eq!(urlsplit(url), Err(UrlError::Brackets), "{url}");
        }
        assert_eq!(urlsplit("//a\u{2100}b/"), Err(UrlError::Host));
    }

    #[test]
    fn pieces_make_the_url_again() {
        for url in ["https://h:1/p?q#f", "/p?q", "//h", "a:b", "?q"] {
            assert_eq!(urlsplit(url).map(|parts| parts.unsplit()).as_deref(), Ok(url));
        }
    }
}
