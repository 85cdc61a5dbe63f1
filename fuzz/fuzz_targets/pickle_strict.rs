//! Pickles of known types: what is read is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::pickle::{Limits, Protocol, dumps, loads};

fuzz_target!(|data: &[u8]| {
    let limits = Limits { values: 1 << 16, ..Limits::default() };
    let Ok(value) = loads(data, limits) else { return };
    let _ = value.to_json();
    assert!(value.opaque_names().is_empty());
    for protocol in [Protocol::V4, Protocol::V5] {
        let written = dumps(&value, protocol);
        let again = loads(&written, Limits::default()).unwrap_or_else(|error| panic!("{error}: {value:?}"));
        assert_eq!(dumps(&again, protocol), written, "{value:?} {again:?}");
    }
});
