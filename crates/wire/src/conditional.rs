//! ETags and conditional requests: `If-None-Match: W/"abc", "def"`.
//!
//! Equals `django.utils.http.parse_etags` and `quote_etag`, `django.utils.cache.get_conditional_response`
//! and `django.views.static.was_modified_since` (RFC 9110 section 13). An ETag is handled with its
//! quotes; one without them is ignored.
//!
//! ```
//! use nuages_wire::conditional::{Conditions, Decision};
//!
//! let conditions = Conditions { if_none_match: Some("W/\"abc\""), ..Conditions::default() };
//! assert_eq!(conditions.decide("GET", Some("\"abc\""), None, 2026), Decision::NotModified);
//! assert_eq!(conditions.decide("GET", Some("\"xyz\""), None, 2026), Decision::Proceed);
//! ```

use crate::http_dates::parse_http_date;
use crate::python::strip;

/// The headers of a request that make it conditional.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions<'a> {
    /// `If-Match`
    pub if_match: Option<&'a str>,
    /// `If-Unmodified-Since`
    pub if_unmodified_since: Option<&'a str>,
    /// `If-None-Match`
    pub if_none_match: Option<&'a str>,
    /// `If-Modified-Since`
    pub if_modified_since: Option<&'a str>,
}

/// What to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The full answer.
    Proceed,
    /// 304, with the cookies and of the headers only [`NOT_MODIFIED_HEADERS`].
    NotModified,
    /// 412.
    PreconditionFailed,
}

/// The headers that a 304 takes over from the full answer.
pub const NOT_MODIFIED_HEADERS: [&str; 7] =
    ["Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Last-Modified", "Vary"];

impl Conditions<'_> {
    /// Decides on a successful (2xx) answer with this ETag and time of change, in seconds since 1970;
    /// for any other status the conditions do not count. `current_year` is for two-digit years.
    pub fn decide(
        &self,
        method: &str,
        etag: Option<&str>,
        last_modified: Option<i64>,
        current_year: i16,
    ) -> Decision {
        let etag = etag.filter(|etag| !etag.is_empty());
        // Zero, the first second of 1970, is no time to Django.
        let last_modified = last_modified.filter(|time| *time != 0);
        let since = |header: Option<&str>| {
            header.and_then(|text| parse_http_date(text, current_year).ok()).filter(|time| *time != 0)
        };
        let is_read = matches!(method, "GET" | "HEAD");
        let if_match = parse_etags(self.if_match.unwrap_or_default());
        let if_none_match = parse_etags(self.if_none_match.unwrap_or_default());

        if if_match.is_empty() {
            let limit = since(self.if_unmodified_since);
            if limit.is_some_and(|limit| last_modified.is_none_or(|time| time > limit)) {
                return Decision::PreconditionFailed;
            }
        } else if !matches_strongly(etag, &if_match) {
            return Decision::PreconditionFailed;
        }

        if if_none_match.is_empty() {
            let limit = since(self.if_modified_since);
            let unchanged = limit.is_some_and(|limit| last_modified.is_some_and(|time| time <= limit));
            if unchanged && is_read { Decision::NotModified } else { Decision::Proceed }
        } else if !matches_weakly(etag, &if_none_match) {
            Decision::Proceed
        } else if is_read {
            Decision::NotModified
        } else {
            Decision::PreconditionFailed
        }
    }
}

/// The ETags of a header, or `*` alone; what is not quoted is left out.
pub fn parse_etags(header: &str) -> Vec<&str> {
    if strip(header) == "*" {
        return vec!["*"];
    }
    header.split(',').map(strip).filter(|etag| is_etag(etag)).collect()
}

/// An ETag with its quotes, which are added unless they are there.
pub fn quote_etag(etag: &str) -> String {
    if is_etag(etag) { etag.to_owned() } else { format!("\"{etag}\"") }
}

/// Whether a file changed after the time of an `If-Modified-Since` header; `modified` is in seconds
/// since 1970. Without a header, or with one that is no date, it did.
pub fn was_modified_since(header: Option<&str>, modified: i64, current_year: i16) -> bool {
    header.and_then(|text| parse_http_date(text, current_year).ok()).is_none_or(|time| modified > time)
}

fn is_etag(text: &str) -> bool {
    let quoted = text.strip_prefix("W/").unwrap_or(text);
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).is_some_and(|inner| !inner.contains('"'))
}

fn matches_strongly(etag: Option<&str>, wanted: &[&str]) -> bool {
    let Some(etag) = etag else { return false };
    wanted == ["*"] || (!etag.starts_with("W/") && wanted.contains(&etag))
}

fn matches_weakly(etag: Option<&str>, wanted: &[&str]) -> bool {
    // Django strips these characters, not this prefix.
    let bare = |etag: &str| etag.trim_matches(['W', '/']).to_owned();
    let Some(etag) = etag else { return false };
    wanted == ["*"] || wanted.iter().any(|wanted| bare(wanted) == bare(etag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_need_quotes() {
        assert_eq!(parse_etags("\"a\", W/\"b\", c, \"d\"e"), ["\"a\"", "W/\"b\""]);
        assert_eq!(parse_etags(" * "), ["*"]);
        assert_eq!(quote_etag("a"), "\"a\"");
        assert_eq!(quote_etag("W/\"a\""), "W/\"a\"");
    }

    #[test]
    fn an_etag_counts_before_a_date() {
        let conditions = Conditions {
            if_none_match: Some("\"other\""),
            if_modified_since: Some("Sun, 21 Oct 2007 23:21:47 GMT"),
            ..Conditions::default()
        };
        assert_eq!(conditions.decide("GET", Some("\"abc\""), Some(1193008907), 2026), Decision::Proceed);
        let conditions = Conditions { if_none_match: None, ..conditions };
        assert_eq!(conditions.decide("GET", Some("\"abc\""), Some(1193008907), 2026), Decision::NotModified);
        assert_eq!(conditions.decide("POST", None, Some(1193008907), 2026), Decision::Proceed);
    }

    #[test]
    fn a_strong_comparison_refuses_weak_etags() {
        let conditions = Conditions { if_match: Some("W/\"abc\""), ..Conditions::default() };
        assert_eq!(conditions.decide("PUT", Some("W/\"abc\""), None, 2026), Decision::PreconditionFailed);
    }
}
