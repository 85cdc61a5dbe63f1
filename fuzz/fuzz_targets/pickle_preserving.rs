//! Pickles with objects that are kept unbuilt: they are written back and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::pickle::{Limits, Protocol, dumps, loads, loads_preserving};

fuzz_target!(|data: &[u8]| {
    let limits = Limits { values: 1 << 16, ..Limits::default() };
    let Ok(value) = loads_preserving(data, limits) else {
        assert!(loads(data, limits).is_err(), "the strict reader takes more");
        return;
    };
    let _ = (value.opaque_names(), value.to_json());
    for protocol in [Protocol::V4, Protocol::V5] {
        let written = dumps(&value, protocol);
        let again = loads_preserving(&written, Limits::default())
            .unwrap_or_else(|error| panic!("{error}: {value:?}"));
        assert_eq!(dumps(&again, protocol), written, "{value:?} {again:?}");
    }
});
