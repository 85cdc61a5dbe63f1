//! Messages of a cookie, whose text or payload the input is, and of a session.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::messages::{CookieCodec, from_session, to_session};
use nuages_wire::signing::TimestampSigner;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let keys = nuages_fuzz::keys();
    let codec = CookieCodec::new(&keys);
    let _ = codec.decode(text);
    if let Ok(messages) = from_session(text) {
        let stored = to_session(&messages);
        assert_eq!(from_session(&stored).as_ref(), Ok(&messages), "{stored}");
    }
    let signer = TimestampSigner::new(&keys.for_cookies(), "django.contrib.messages");
    let Ok(Some(decoded)) = codec.decode(&signer.sign(text, nuages_fuzz::NOW)) else { return };
    for remove_oldest in [false, true] {
        let stored = codec.store(&decoded.messages, remove_oldest, nuages_fuzz::NOW);
        let Some(cookie) = stored.cookie else { continue };
        let again = codec.decode(&cookie).expect("our own cookie").expect("messages").messages;
        assert_eq!(again.len() + stored.unstored.len(), decoded.messages.len());
    }
});
