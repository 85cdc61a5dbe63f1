//! Python's `urllib.parse.urlsplit`.

use std::net::Ipv6Addr;

/// The five parts of a URL, as Python 3.11 splits them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SplitUrl {
    /// Lower case, without the colon.
    pub(crate) scheme: String,
    /// User, host and port, as they stand.
    pub(crate) netloc: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) fragment: String,
}

/// Splits a URL; `None` where Python raises `ValueError` for the brackets of a host. (Python also refuses a host that
/// has a delimiter only after NFKC normalization; here such a host just equals no other.)
pub(crate) fn urlsplit(url: &str) -> Option<SplitUrl> {
    let url: String =
        url.trim_start_matches(|c| c <= ' ').chars().filter(|c| !matches!(c, '\t' | '\r' | '\n')).collect();
    let mut rest = url.as_str();
    let mut split = SplitUrl::default();
    if let Some((scheme, after)) = rest.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
        split.scheme = scheme.to_ascii_lowercase();
        rest = after;
    }
    if let Some(after) = rest.strip_prefix("//") {
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        let (netloc, after) = after.split_at(end);
        check_brackets(netloc)?;
        split.netloc = netloc.into();
        rest = after;
    }
    if let Some((before, fragment)) = rest.split_once('#') {
        split.fragment = fragment.into();
        rest = before;
    }
    if let Some((before, query)) = rest.split_once('?') {
        split.query = query.into();
        rest = before;
    }
    split.path = rest.into();
    Some(split)
}

impl SplitUrl {
    /// `geturl()` of a URL that has a netloc.
    pub(crate) fn to_url(&self) -> String {
        let mut url = String::new();
        let part = |url: &mut String, before: &str, part: &str, after: &str| {
            if !part.is_empty() {
                url.push_str(before);
                url.push_str(part);
                url.push_str(after);
            }
        };
        part(&mut url, "", &self.scheme, ":");
        part(&mut url, "//", &self.netloc, "");
        part(&mut url, "", &self.path, "");
        part(&mut url, "?", &self.query, "");
        part(&mut url, "#", &self.fragment, "");
        url
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn check_brackets(netloc: &str) -> Option<()> {
    let (open, close) = (netloc.split_once('['), netloc.contains(']'));
    let inside = match (open, close) {
        (None, false) => return Some(()),
        (Some((_, after)), true) => after.split(']').next().unwrap_or_default(),
        _ => return None,
    };
    let valid = match inside.strip_prefix('v') {
        Some(future) => future.split_once('.').is_some_and(|(version, address)| {
            !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit()) && !address.is_empty()
        }),
        None => {
            let (address, scope) = inside.split_once('%').unwrap_or((inside, "scope"));
            address.parse::<Ipv6Addr>().is_ok() && !scope.is_empty() && !scope.contains('%')
        }
    };
    valid.then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // Each from urlsplit(url)[:5] of Python 3.11.
    #[test]
    fn like_python() {
        let cases: &[(&str, Option<[&str; 5]>)] = &[
            ("http://h/p?q#f", Some(["http", "h", "/p", "q", "f"])),
            ("HTTP://H", Some(["http", "H", "", "", ""])),
            ("//h", Some(["", "h", "", "", ""])),
            ("/p", Some(["", "", "/p", "", ""])),
            ("1:2", Some(["", "", "1:2", "", ""])),
            ("a:b", Some(["a", "", "b", "", ""])),
            ("http:///x", Some(["http", "", "/x", "", ""])),
            ("http:ok", Some(["http", "", "ok", "", ""])),
            ("javascript:alert(1)", Some(["javascript", "", "alert(1)", "", ""])),
            (" \u{0}http://h", Some(["http", "h", "", "", ""])),
            ("ht\u{9}tp://h/\u{a}", Some(["http", "h", "/", "", ""])),
            ("http://[::1]:80/", Some(["http", "[::1]:80", "/", "", ""])),
            ("http://[", None),
            ("http://]", None),
            ("http://[::1", None),
            ("http://[1.2.3.4]", None),
            ("http://[v1.x]", Some(["http", "[v1.x]", "", "", ""])),
            ("http://[v.x]", None),
            ("http://[fe80::1%eth0]/", Some(["http", "[fe80::1%eth0]", "/", "", ""])),
            ("http://[fe80::1%]/", None),
            ("http://u:p@h:1?q?#f#g", Some(["http", "u:p@h:1", "", "q?", "f#g"])),
            ("https://", Some(["https", "", "", "", ""])),
            ("x", Some(["", "", "x", "", ""])),
            ("", Some(["", "", "", "", ""])),
            ("?q", Some(["", "", "", "q", ""])),
            ("#f", Some(["", "", "", "", "f"])),
            ("\u{e9}:x", Some(["", "", "\u{e9}:x", "", ""])),
            ("a_b:x", Some(["", "", "a_b:x", "", ""])),
            ("http://h#?", Some(["http", "h", "", "", "?"])),
            ("http://a]b[c", None),
        ];
        for (url, parts) in cases {
            let ours = urlsplit(url);
            let ours = ours
                .as_ref()
                .map(|url| [&*url.scheme, &*url.netloc, &*url.path, &*url.query, &*url.fragment]);
            assert_eq!(ours, *parts, "{url:?}");
        }
    }

    #[test]
    fn back_to_a_url() {
        let back = |url| urlsplit(url).map(|url| url.to_url());
        assert_eq!(back("HTTPS://Host/x?#").as_deref(), Some("https://Host/x"));
        assert_eq!(back("https://h?q#f").as_deref(), Some("https://h?q#f"));
    }
}
