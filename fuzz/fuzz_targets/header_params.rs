//! Parameters of a header line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::header_params::parse_header_parameters;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(line) = parse_header_parameters(text) {
        for (name, value) in &line.params {
            assert!(line.get(name).is_some(), "{name} {value}");
        }
    }
});
