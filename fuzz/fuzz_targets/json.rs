//! Python's JSON: what is read is written in each style and read again as the same value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::json::{Style, from_latin1, from_str};

fuzz_target!(|data: &[u8]| {
    let _ = from_latin1(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(value) = from_str(text) else { return };
    for style in [Style::DJANGO, Style::PYTHON, Style::COMPACT] {
        let written = value.to_json(style);
        let again = from_str(&written).expect("what is written is JSON");
        assert_eq!(again.to_json(style), written);
    }
});
