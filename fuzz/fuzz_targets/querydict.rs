//! Query strings and urlencoded forms: what is read is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::charset::Charset;
use nuages_wire::querydict::{QueryDict, parse_form};

fuzz_target!(|data: &[u8]| {
    let _ = parse_form("application/x-www-form-urlencoded", data, Some(1000), Some(10));
    for charset in [Charset::UTF_8, Charset::LATIN_1, Charset::ASCII] {
        let Ok(query) = QueryDict::parse_bytes(data, charset, None) else { continue };
        let Some(written) = query.encode(charset, "/") else { continue };
        let again = QueryDict::parse_bytes(written.as_bytes(), charset, None).expect("our own query");
        assert!(again.iter().eq(query.iter().filter(|_| true)) || again.lists().eq(query.lists()));
    }
    for name in ["gbk", "shift_jis", "utf-16"] {
        let _ = Charset::lookup(name).map(|charset| QueryDict::parse_bytes(data, charset, Some(100)));
    }
});
