//! Redirect targets that a visitor names: `?next=/cart/`.
//!
//! Equals `django.utils.http.url_has_allowed_host_and_scheme`, over Python's `urllib.parse.urlsplit`,
//! and `redirect_to_login`. A target is safe when it stays on this site, whatever a browser makes of
//! backslashes, control characters and missing slashes: `/\evil.cn` and `//evil.cn` are not.
//!
//! ```
//! use nuages_wire::next_urls::{login_url_with_next, url_has_allowed_host_and_scheme};
//!
//! assert!(url_has_allowed_host_and_scheme("/cart/?x=1", &["shop.cn"], true));
//! assert!(!url_has_allowed_host_and_scheme("/\\evil.cn", &["shop.cn"], true));
//! assert_eq!(login_url_with_next("/login/?a=1", "next", "/cart/"), "/login/?a=1&next=/cart/");
//! ```

use std::borrow::Cow;

use crate::percent::{escape_uri_path, iri_to_uri};
use crate::python::{is_other, strip};
use crate::querydict::QueryDict;

mod urlsplit;

pub use urlsplit::{SplitUrl, UrlError, urlsplit};

/// The longest target that is looked at, in characters (`MAX_URL_LENGTH`).
const MAX_LENGTH: usize = 2048;

/// Whether a redirect to `url` stays on one of `allowed_hosts`, over HTTPS if that is required. A host
/// has its port, and is compared as it stands; a path or query alone is allowed, an empty text is not.
pub fn url_has_allowed_host_and_scheme(url: &str, allowed_hosts: &[&str], require_https: bool) -> bool {
    let url = strip(url);
    // Browsers take a backslash for a slash, but it may also stand in a user's name: both must do.
    !url.is_empty()
        && is_allowed(url, allowed_hosts, require_https)
        && is_allowed(&url.replace('\\', "/"), allowed_hosts, require_https)
}

fn is_allowed(url: &str, allowed_hosts: &[&str], require_https: bool) -> bool {
    if url.starts_with("///") || url.chars().count() > MAX_LENGTH || url.starts_with(is_other) {
        return false;
    }
    let Ok(parts) = urlsplit(url) else { return false };
    if parts.netloc.is_empty() {
        return parts.scheme.is_empty();
    }
    let scheme_allowed = match parts.scheme.as_str() {
        "" | "http" => !require_https,
        scheme => scheme == "https",
    };
    scheme_allowed && allowed_hosts.contains(&parts.netloc.as_str())
}

/// The path and query of a request as a link (`HttpRequest.get_full_path`): `path` decoded, `query` as
/// it came.
pub fn full_path(path: &str, query: &str) -> String {
    let mut full = escape_uri_path(path);
    if !query.is_empty() {
        full.push('?');
        full.push_str(&iri_to_uri(query));
    }
    full
}

/// A path that a browser cannot take for a host: `//evil` is `/%2Fevil`
/// (`django.utils.http.escape_leading_slashes`, for redirects to a path of this site).
pub fn escape_leading_slashes(path: &str) -> Cow<'_, str> {
    match path.strip_prefix("//") {
        Some(rest) => Cow::Owned(format!("/%2F{rest}")),
        None => Cow::Borrowed(path),
    }
}

/// `login_url` with `next` in its query under the name `field`, in place of any that is there
/// (`django.contrib.auth.views.redirect_to_login`).
pub fn login_url_with_next(login_url: &str, field: &str, next: &str) -> String {
    let Ok(mut parts) = urlsplit(login_url) else { return login_url.to_owned() };
    let mut query = QueryDict::parse(&parts.query, None).unwrap_or_default();
    query.set(field, next);
    parts.query = query.urlencode_safe("/");
    parts.unsplit()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_browser_takes_for_another_host_is_refused() {
        for url in [
            "///evil",
            "/\\evil",
            "\\\\evil",
            "http:///evil",
            "http:evil",
            "/\t/evil",
            "\u{8}//evil",
            "//ok\\@evil",
        ] {
            assert!(!url_has_allowed_host_and_scheme(url, &["ok"], false), "{url:?}");
        }
        for url in ["/", "ok", "?x", "//ok/", "1:2", "https://ok/"] {
            assert!(url_has_allowed_host_and_scheme(url, &["ok"], false), "{url:?}");
        }
    }

    #[test]
    fn next_is_the_encoded_path_encoded_again() {
        let next = full_path("/a b/男", "x=1");
        assert_eq!(next, "/a%20b/%E7%94%B7?x=1");
        assert_eq!(
            login_url_with_next("/accounts/login/", "next", &next),
            "/accounts/login/?next=/a%2520b/%25E7%2594%25B7%3Fx%3D1"
        );
        assert_eq!(escape_leading_slashes(&full_path("//evil/", "")), "/%2Fevil/");
    }

    proptest! {
        #[test]
        fn nothing_panics(url in "([/:@\\\\\\[\\]#?.a%v]|.)*") {
            url_has_allowed_host_and_scheme(&url, &["a"], false);
            login_url_with_next(&url, "next", &url);
        }
    }
}
