//! Redirect targets, `urlsplit` and percent-encoding. The first line is the URL, the second the host.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::next_urls::{
    escape_leading_slashes, full_path, login_url_with_next, url_has_allowed_host_and_scheme, urlsplit,
};
use nuages_wire::percent::{escape_uri_path, filepath_to_uri, iri_to_uri, quote, quote_plus, unquote};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let [url, host] = nuages_fuzz::lines(text);
    let (url, host) = (url.unwrap_or_default(), host.unwrap_or("shop.example"));
    let _ = urlsplit(text).map(|url| url.unsplit());
    for require_https in [false, true] {
        if url_has_allowed_host_and_scheme(url, &[host], require_https) {
            assert!(!url.trim().starts_with("javascript:") && !url.starts_with("///"), "{url:?}");
        }
    }
    assert!(!escape_leading_slashes(url).starts_with("//"));
    let _ = (full_path(url, host), login_url_with_next(url, "next", host));
    let _ = (escape_uri_path(text), filepath_to_uri(text), iri_to_uri(text), quote_plus(text, "/"));
    assert_eq!(unquote(&quote(text, "/")), text);
});
