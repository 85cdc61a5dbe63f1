//! HTTP dates in their three forms.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::http_dates::{http_date, parse_http_date};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(moment) = parse_http_date(text, 2026) else { return };
    if let Ok(written) = http_date(moment) {
        assert_eq!(parse_http_date(&written, 2026), Ok(moment));
    }
});
