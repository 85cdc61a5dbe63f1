//! `pbkdf2_sha256` and `pbkdf2_sha1`.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;
use ::pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::Sha256;

use super::{Algorithm, Error};
use crate::int;

/// The most rounds that are run: ten times Django 5.2's, some three seconds.
const MAX_ITERATIONS: u32 = 10_000_000;

pub(super) struct Stored<'a> {
    pub(super) iterations: u32,
    pub(super) salt: &'a str,
}

pub(super) fn encode(
    algorithm: Algorithm,
    password: &str,
    salt: &str,
    iterations: u32,
) -> Result<String, Error> {
    if iterations > MAX_ITERATIONS {
        return Err(Error::TooCostly);
    }
    let (password, salt_bytes) = (password.as_bytes(), salt.as_bytes());
    let mut sum = [0; 32];
    let sum = match algorithm {
        Algorithm::Pbkdf2Sha1 => {
            pbkdf2_hmac::<Sha1>(password, salt_bytes, iterations, &mut sum[..20]);
            &sum[..20]
        }
        _ => {
            pbkdf2_hmac::<Sha256>(password, salt_bytes, iterations, &mut sum);
            &sum[..]
        }
    };
    Ok(format!("{}${iterations}${salt}${}", algorithm.name(), STANDARD.encode(sum)))
}

/// The fields after the algorithm; the hash may hold further `$`.
pub(super) fn decode(text: &str) -> Result<Stored<'_>, Error> {
    let mut fields = text.splitn(4, '$').skip(1);
    let (Some(iterations), Some(salt), Some(_)) = (fields.next(), fields.next(), fields.next()) else {
        return Err(Error::Malformed);
    };
    let iterations = int::parse(iterations, 10).filter(|&number| number >= 0).ok_or(Error::Malformed)?;
    let iterations = u32::try_from(iterations).map_err(|_| Error::TooCostly)?;
    Ok(Stored { iterations, salt })
}

#[cfg(test)]
mod tests {
    use super::super::{EncodedPassword, Hasher};
    use super::*;

    // From Django 5.2.19.
    #[test]
    fn djangos_own_hash() {
        let hasher = Hasher::new(Algorithm::Pbkdf2Sha256);
        let encoded =
            EncodedPassword::from("pbkdf2_sha256$20000$seasalt$2N6rnsheBbFYoDdjYk2Ruwt9XLYXsjAlBP27CmwsX20=");
        assert_eq!(hasher.must_update(&encoded), Ok(true));
        let encoded = hasher.encode("default-cost", "dddddddddddddddddddddd");
        assert_eq!(
            encoded,
            Ok("pbkdf2_sha256$1000000$dddddddddddddddddddddd$oPMkPmCG8CW/Tzzpzx7J7VGObXxETK26e32upfxP1hI="
                .into())
        );
    }

    #[test]
    fn stored_counts() {
        let verify = |text: &str| Hasher::new(Algorithm::Pbkdf2Sha256).verify("secret", &text.into());
        assert_eq!(verify("pbkdf2_sha256$0$salt$h"), Ok(false));
        assert_eq!(verify("pbkdf2_sha256$1 $salt$h"), Ok(false));
        assert_eq!(verify("pbkdf2_sha256$-1$salt$h"), Err(Error::Malformed));
        assert_eq!(verify("pbkdf2_sha256$1$$h"), Err(Error::Malformed));
        assert_eq!(verify("pbkdf2_sha256$10000001$salt$h"), Err(Error::TooCostly));
        assert_eq!(verify("pbkdf2_sha256$99999999999$salt$h"), Err(Error::TooCostly));
    }
}
