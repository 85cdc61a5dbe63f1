//! CSRF tokens and the decision on a request, whose headers are the input's lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::csrf::{
    MaskedToken, Policy, Secret, Source, Stored, TrustedOrigins, check_format, token_matches,
};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let [token, stored, host, origin, referer, trusted] = nuages_fuzz::lines(text);
    let token = token.unwrap_or_default();
    let _ = check_format(token);
    if let Ok(masked) = MaskedToken::parse(token) {
        assert!(token_matches(token, &masked.unmask()));
    }
    if let Ok(secret) = Secret::parse(token) {
        let masked = secret.mask(&mut |bytes| bytes.fill(token.len() as u8));
        assert_eq!(masked.unmask().as_str(), secret.as_str());
        assert!(token_matches(masked.as_str(), &secret));
    }
    let policy = Policy {
        trusted_origins: TrustedOrigins::new(trusted),
        cookie_domain: trusted.map(str::to_owned),
        ..Policy::default()
    };
    for secure in [false, true] {
        let _ = policy.check_source(&Source { secure, host, port: 443, origin, referer });
    }
    for stored in [Stored::Nothing, Stored::Cookie(stored.unwrap_or_default()), Stored::Session(token)] {
        let _ = policy.check_token(stored, Some(token), Some(token));
        let _ = policy.check_token(stored, None, Some(token));
    }
});
