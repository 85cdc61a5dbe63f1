//! Stored results: what is read is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::celery::TaskResult;
use nuages_wire::pickle::Limits;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(result) = TaskResult::parse(text, Limits::default()) else { return };
    let Ok(written) = result.to_json() else { return };
    let again = TaskResult::parse(&written, Limits::default()).expect("our own result");
    assert_eq!(again.to_json().as_ref(), Ok(&written));
});
