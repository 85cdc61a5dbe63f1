//! Signed values and tokens. The input stands for the whole text and, signed with our key, for its payload, so that
//! what comes behind the check of the signature is reached too.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::signing::{CookieSalt, Signer, TimestampSigner, get_signed_cookie, set_signed_cookie};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let keys = nuages_fuzz::keys();
    let (plain, timed) = (Signer::new(&keys, "salt"), TimestampSigner::new(&keys, "salt"));
    let _ = plain.unsign(text);
    let _ = timed.loads(text, Some(1), nuages_fuzz::NOW);
    assert_eq!(plain.unsign(&plain.sign(text)), Ok(text));
    // A signature without a time, then the payload with both.
    let _ = timed.loads(&Signer::new(&keys, "salt").sign(text), None, nuages_fuzz::NOW);
    let signed = timed.sign(text, nuages_fuzz::NOW);
    assert_eq!(timed.unsign(&signed, Some(0), nuages_fuzz::NOW), Ok(text));
    let _ = timed.loads_bytes(&signed, None, nuages_fuzz::NOW);
    if let Ok(value) = timed.loads(&signed, None, nuages_fuzz::NOW) {
        let token = timed.dumps(&value, true, nuages_fuzz::NOW);
        let again = timed.loads(&token, Some(0), nuages_fuzz::NOW).expect("our own token");
        assert_eq!(timed.dumps(&again, true, nuages_fuzz::NOW), token);
    }
    for form in [CookieSalt::Legacy, CookieSalt::V2] {
        let cookie = set_signed_cookie(&keys, "name", text, "salt", form, nuages_fuzz::NOW);
        let value = get_signed_cookie(&keys, "name", &cookie, "salt", Some(0), true, nuages_fuzz::NOW);
        assert_eq!(value, Ok(text));
    }
});
