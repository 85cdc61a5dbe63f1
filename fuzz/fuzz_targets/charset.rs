//! Character sets. The first line of the input is the name, the rest the bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::charset::Charset;

fuzz_target!(|data: &[u8]| {
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (name, bytes) = data.split_at(line);
    let Ok(name) = std::str::from_utf8(name) else { return };
    let Ok(charset) = Charset::lookup(name) else { return };
    let _ = charset.decode(bytes);
    if let Some(text) = charset.decode_strict(bytes)
        && let Some(encoded) = charset.encode(&text)
    {
        assert_eq!(charset.decode_strict(&encoded).as_ref(), Some(&text));
    }
});
