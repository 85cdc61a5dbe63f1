//! Dates with times as Python writes them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::datetime::{DateTime, to_sqlite};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(moment) = text.parse::<DateTime>() else { return };
    assert_eq!(moment.to_string().parse(), Ok(moment), "{moment}");
    let _ = (moment.timestamp(), to_sqlite(moment.civil), moment.since(&moment));
    let _ = (moment.checked_add_seconds(i64::MAX), moment.checked_add_seconds(i64::MIN));
});
