//! Tokens of itsdangerous. The input stands for the whole token and, signed with our key, for its payload.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::itsdangerous::{
    KeyDerivation, Options, Signer, TimestampSigner, UrlSafeSerializer, UrlSafeTimedSerializer,
};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let keys = nuages_fuzz::keys();
    let plain = UrlSafeSerializer::new(&keys, "salt");
    let timed = UrlSafeTimedSerializer::new(&keys, "salt");
    let _ = (plain.loads(text), timed.loads(text, Some(1), nuages_fuzz::NOW));
    if let Ok(value) = plain.loads(&Signer::new(&keys, "salt").sign(text)) {
        let token = plain.dumps(&value);
        let again = plain.loads(&token).expect("our own token");
        assert_eq!(plain.dumps(&again), token);
    }
    let _ = timed.loads(&Signer::new(&keys, "salt").sign(text), None, nuages_fuzz::NOW);
    let signed = TimestampSigner::new(&keys, "salt").sign(text, nuages_fuzz::NOW);
    let _ = timed.loads(&signed, Some(0), nuages_fuzz::NOW);
    for key_derivation in [KeyDerivation::Concat, KeyDerivation::Hmac, KeyDerivation::None] {
        let signer = Signer::with_options(&keys, text, &Options { key_derivation, ..Options::default() });
        if let Ok(signer) = signer {
            assert_eq!(signer.unsign(&signer.sign(text)), Ok(text));
        }
    }
    // As in Python, only a single character of the alphabet is refused; longer ones may occur in a signature.
    let separated = Signer::with_options(&keys, "salt", &Options { separator: text, ..Options::default() });
    let _ = separated.map(|signer| signer.unsign(&signer.sign("value")).is_ok());
});
