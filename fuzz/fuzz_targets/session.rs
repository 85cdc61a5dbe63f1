//! Stored sessions, their expiry and their names. The input is a stored text, its payload, and a key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::datetime::DateTime;
use nuages_wire::session::{Codec, Expiry, Policy, SessionKey, file_is_expired, file_name};
use nuages_wire::signing::TimestampSigner;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let keys = nuages_fuzz::keys();
    let codec = Codec::new(&keys);
    let _ = codec.decode(text);
    let _ = (SessionKey::parse(text), file_name("sessionid", text));
    let signed = TimestampSigner::new(&keys, Codec::SALT).sign(text, nuages_fuzz::NOW);
    let Ok(session) = codec.decode_within(&signed, Some(0), nuages_fuzz::NOW) else { return };
    let stored = codec.encode(&session, nuages_fuzz::NOW);
    let again = codec.decode(&stored).expect("our own session");
    assert_eq!(codec.encode(&again, nuages_fuzz::NOW), stored);

    let now = DateTime::utc(jiff::Timestamp::UNIX_EPOCH);
    let _ = file_is_expired(&session, &now, &now, Policy::default());
    if let Ok(expiry) = Expiry::of(&session) {
        let _ = (expiry.age(&now, Policy::default()), expiry.date(&now, Policy::default()));
        let mut stored = session.clone();
        expiry.store(&mut stored);
        assert_eq!(Expiry::of(&stored), Ok(expiry));
    }
});
