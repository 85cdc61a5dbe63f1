//! The alphabets of signed texts: URL-safe base64, base62, base36, and the `uid` of links.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::auth::{base36_decode, base36_encode, uid_decode};
use nuages_wire::{base62, base64};

fuzz_target!(|data: &[u8]| {
    let _ = base64::decode(data);
    assert_eq!(base64::decode(base64::encode(data).as_bytes()).as_deref(), Some(data));
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = uid_decode(text);
    if let Some(number) = base62::decode(text) {
        assert_eq!(base62::decode(&base62::encode(number)), Some(number));
    }
    if let Some(number) = base36_decode(text) {
        assert_eq!(base36_decode(&base36_encode(number)), Some(number));
    }
});
