//! `bcrypt_sha256` and `bcrypt`.

use ::base64::Engine as _;
use ::base64::alphabet::BCRYPT;
use ::base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

use super::{Algorithm, Error};
use crate::crypto;
use crate::int;

const BASE64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, NO_PAD);

/// Binary logarithm of the most rounds that are run: 64 times Django's default, some ten seconds.
const MAX_ROUNDS: u32 = 18;

/// `bcrypt.gensalt(rounds)` of 16 random bytes.
pub(super) fn salt(rounds: u32, bytes: &[u8; 16]) -> String {
    format!("$2b${rounds:02}${}", BASE64.encode(bytes))
}

/// The hash under a salt `$2b$12$<22 characters>`; what follows those is ignored, so that a stored hash is a salt.
pub(super) fn encode(algorithm: Algorithm, password: &str, salt: &str) -> Result<String, Error> {
    let mut fields = salt.splitn(4, '$');
    let (Some(""), Some(version), Some(rounds), Some(rest)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(Error::InvalidSalt);
    };
    let salt = rest.get(..22).ok_or(Error::InvalidSalt)?;
    let salt_bytes = BASE64.decode(salt).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    let salt_bytes = salt_bytes.ok_or(Error::InvalidSalt)?;
    let rounds: u32 = rounds.parse().map_err(|_| Error::InvalidSalt)?;
    if !matches!(version, "2a" | "2b" | "2x" | "2y") || !(4..=31).contains(&rounds) {
        return Err(Error::InvalidSalt);
    }
    if rounds > MAX_ROUNDS {
        return Err(Error::TooCostly);
    }
    let mut password = match algorithm {
        Algorithm::BcryptSha256 => {
            crypto::Algorithm::Sha256.digest(&[password.as_bytes()]).to_hex().into_bytes()
        }
        _ => password.as_bytes().to_vec(),
    };
    if password.len() > 72 {
        return Err(Error::PasswordTooLong);
    }
    // The algorithm runs over the final NUL of a C string as well, where that still fits.
    password.push(0);
    password.truncate(72);
    let sum = ::bcrypt::bcrypt(rounds, salt_bytes, &password);
    Ok(format!("{}$${version}${rounds:02}${salt}{}", algorithm.name(), BASE64.encode(&sum[..23])))
}

/// The rounds of a stored hash, `bcrypt$$2b$12$…`.
pub(super) fn rounds(text: &str) -> Result<u32, Error> {
    let fields: Vec<&str> = text.splitn(5, '$').collect();
    let &[_, _, _, rounds, _] = fields.as_slice() else { return Err(Error::Malformed) };
    int::parse(rounds, 10).and_then(|number| u32::try_from(number).ok()).ok_or(Error::Malformed)
}

#[cfg(test)]
mod tests {
    use super::super::{EncodedPassword, Hasher};
    use super::*;

    // From Django 5.2.19 with bcrypt 5.0.
    #[test]
    fn djangos_own_hashes() {
        let sha256 = "bcrypt_sha256$$2b$04$0cC1z9ZCay/aZ.BbCACA9O39Y8./GUPrY4biyiNRIXGGN4t5iwwZ6";
        let salt = "$2b$04$0cC1z9ZCay/aZ.BbCACA9O";
        assert_eq!(encode(Algorithm::BcryptSha256, "Passw0rd!", salt).as_deref(), Ok(sha256));
        let plain = "bcrypt$$2b$04$ybX/yA81Xz0z1.Ab0Zac9.M0SCYRgKSiTRiPLgn2f8hpJE7QpnZH.";
        let hasher = Hasher::Bcrypt { rounds: 4 };
        assert_eq!(hasher.verify("", &EncodedPassword::from(plain)), Ok(true));
        assert_eq!(hasher.must_update(&EncodedPassword::from(plain)), Ok(false));
        let longest = "bcrypt$$2b$04$ybX/yA81Xz0z1.Ab0Zac9.JL/g0Zb2/YAQz41q.CGvJbDvLnxFjiy";
        let salt = "$2b$04$ybX/yA81Xz0z1.Ab0Zac9.";
        assert_eq!(encode(Algorithm::Bcrypt, &"a".repeat(72), salt).as_deref(), Ok(longest));
        assert_eq!(encode(Algorithm::Bcrypt, &"a".repeat(73), salt), Err(Error::PasswordTooLong));
    }

    #[test]
    fn salts() {
        let encode = |salt| encode(Algorithm::Bcrypt, "p", salt);
        for bad in [
            "",
            "$2$04$ybX/yA81Xz0z1.Ab0Zac9.",
            "$2b$03$ybX/yA81Xz0z1.Ab0Zac9.",
            "$2b$04$ybX/yA81Xz0z1.Ab0Zac9",
            "$2b$04$ybX/yA81Xz0z1.Ab0Zac9A",
        ] {
            assert_eq!(encode(bad), Err(Error::InvalidSalt), "{bad}");
        }
        assert_eq!(encode("$2b$31$ybX/yA81Xz0z1.Ab0Zac9."), Err(Error::TooCostly));
        let salt = salt(12, &[7; 16]);
        assert_eq!(salt.len(), 29);
        assert!(salt.starts_with("$2b$12$"));
    }
}
