//! ETags and conditional requests, whose headers are the input's lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::conditional::{Conditions, parse_etags, quote_etag, was_modified_since};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let [if_match, if_unmodified_since, if_none_match, if_modified_since, etag] = nuages_fuzz::lines(text);
    let conditions = Conditions { if_match, if_unmodified_since, if_none_match, if_modified_since };
    for method in ["GET", "PUT"] {
        let _ = conditions.decide(method, etag, Some(nuages_fuzz::NOW), 2026);
        let _ = conditions.decide(method, None, None, 2026);
    }
    let _ = was_modified_since(if_match, nuages_fuzz::NOW, 2026);
    for etag in parse_etags(text).into_iter().filter(|etag| *etag != "*") {
        assert_eq!(quote_etag(etag), etag);
    }
});
