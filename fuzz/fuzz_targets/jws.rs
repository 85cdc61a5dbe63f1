//! The legacy JSON web signature. The input stands for the whole token and, signed with our key, for header and payload.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::crypto::Algorithm;
use nuages_wire::itsdangerous::{
    JwsAlgorithm, KeyDerivation, Options, Signer, TimedJsonWebSignatureSerializer,
};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let keys = nuages_fuzz::keys();
    for algorithm in [JwsAlgorithm::Hs256, JwsAlgorithm::Hs512] {
        let serializer = TimedJsonWebSignatureSerializer::new(&keys, None, algorithm);
        let _ = (serializer.loads(text, nuages_fuzz::NOW), serializer.loads_untimed(text));
    }
    // Without a salt the key is used as it is.
    let options =
        Options { key_derivation: KeyDerivation::None, digest: Algorithm::Sha256, ..Options::default() };
    let Ok(signer) = Signer::with_options(&keys, "", &options) else { return };
    let serializer = TimedJsonWebSignatureSerializer::new(&keys, None, JwsAlgorithm::Hs256);
    let signed = signer.sign(text);
    let _ = serializer.loads(&signed, nuages_fuzz::NOW);
    if let Ok(value) = serializer.loads_untimed(&signed) {
        let token = serializer.dumps(&value, 60, nuages_fuzz::NOW);
        let again = serializer.loads(&token, nuages_fuzz::NOW).expect("our own token");
        assert_eq!(serializer.dumps(&again, 60, nuages_fuzz::NOW), token);
    }
});
