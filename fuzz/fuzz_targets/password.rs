//! Stored password hashes. A cheap one is verified; one of huge costs must be refused without the work.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::password::{Algorithm, EncodedPassword, Hasher, Hashers};

/// Work that takes milliseconds, in any algorithm's own unit.
const CHEAP: u128 = 20_000;
/// More than any limit allows.
const EXCESSIVE: u128 = 1 << 33;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let encoded = EncodedPassword::from(text);
    let _ = (encoded.is_usable(), format!("{encoded:?}"));
    for algorithm in [
        Algorithm::Pbkdf2Sha256,
        Algorithm::Pbkdf2Sha1,
        Algorithm::Argon2,
        Algorithm::BcryptSha256,
        Algorithm::Bcrypt,
        Algorithm::Scrypt,
        Algorithm::Md5,
    ] {
        // Not hardened against the time of a miss: that would be a real hash each time.
        let hashers = Hashers::new(vec![Hasher::Md5, Hasher::new(algorithm)]);
        let _ = (hashers.identify(&encoded), hashers.must_update(&encoded));
        let _ = Hashers::new(vec![Hasher::new(algorithm)]).must_update(&encoded);
        if encoded.algorithm() == Some(algorithm) && is_quick(text) {
            let _ = hashers.verify("password", &encoded);
        }
    }
});

/// Whether the costs ask for little, or for so much that nothing is done.
fn is_quick(text: &str) -> bool {
    let fields: Vec<&str> = text.split('$').collect();
    let costs = match (fields[0], fields.as_slice()) {
        ("bcrypt" | "bcrypt_sha256", [_, _, _, rounds, ..]) => return matches!(*rounds, "04" | "05" | "99"),
        ("pbkdf2_sha256" | "pbkdf2_sha1", [_, iterations, ..]) => iterations.to_string(),
        ("scrypt", [_, n, _, r, p, ..]) => format!("{n},{r},{p}"),
        ("argon2", [_, costs @ .., _, _]) => costs.join(","),
        _ => return true,
    };
    let digits = costs.split(|c: char| !c.is_ascii_digit());
    let numbers: Vec<u128> = digits.filter_map(|digits| digits.parse().ok()).collect();
    numbers.iter().any(|number| *number >= EXCESSIVE)
        || numbers.iter().fold(1, |work: u128, number| work.saturating_mul((*number).max(1))) <= CHEAP
}
