//! Decompression within a bound, and compression.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::zlib::{compress, decompress};

const LIMIT: usize = 1 << 16;

fuzz_target!(|data: &[u8]| {
    if let Ok(inflated) = decompress(data, LIMIT) {
        assert!(inflated.len() <= LIMIT);
    }
    assert_eq!(decompress(&compress(data), data.len()).as_deref(), Ok(data));
});
