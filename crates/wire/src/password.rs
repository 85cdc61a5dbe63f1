//! Password hashes (`django.contrib.auth.hashers`).
//!
//! The column `password` holds an [`EncodedPassword`], whose first field names the algorithm:
//!
//! | algorithm | encoded |
//! |---|---|
//! | `pbkdf2_sha256` | `pbkdf2_sha256$1000000$<salt>$<base64, 32 bytes>` |
//! | `pbkdf2_sha1` | the same with SHA-1, 20 bytes |
//! | `argon2` | `argon2$argon2id$v=19$m=102400,t=2,p=8$<salt, base64>$<base64, 32 bytes>` |
//! | `bcrypt_sha256` | `bcrypt_sha256$$2b$12$<22 characters of salt><31 of sum>`, over the hexadecimal SHA-256 |
//! | `bcrypt` | `bcrypt$$2b$12$…`, at most 72 bytes of password |
//! | `scrypt` | `scrypt$16384$<salt>$8$5$<base64, 64 bytes>` |
//! | `md5` | `md5$<salt>$<hexadecimal>`, for tests |
//! | unusable | `!` and 40 random characters: nothing verifies |
//!
//! ```
//! use nuages_wire::password::{EncodedPassword, Hasher, Hashers};
//!
//! let hashers = Hashers::new(vec![Hasher::Pbkdf2Sha256 { iterations: 1 }]);
//! let encoded = hashers.preferred().encode("x", "short")?;
//! assert_eq!(encoded.as_str(), "pbkdf2_sha256$1$short$R83ZFn3h7dv9647yMJt8BBBgpbl1G20X11QcVw6YmBE=");
//! assert!(hashers.verify("x", &encoded)?.correct);
//! assert!(!hashers.verify("y", &encoded)?.correct);
//! assert!(!hashers.verify("x", &EncodedPassword::from("!unusable"))?.correct);
//! # Ok::<(), nuages_wire::password::Error>(())
//! ```
//!
//! Hashing costs CPU time and memory on purpose, a third of a second and up to 100 MB: move it off the threads that
//! serve requests, and bound how many run at once. Stored costs beyond what is sane are refused ([`Error::TooCostly`]).

mod argon2;
mod bcrypt;
mod hasher;
mod pbkdf2;
mod scrypt;

use std::fmt;

pub use hasher::{Algorithm, Hasher};

use crate::crypto::{constant_time_eq, random_string};

const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Why a password was not hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A known algorithm's hash that is not one. Django raises `ValueError` (500); refuse the login.
    Malformed,
    /// Stored parameters that would cost more memory or time than any sane hash.
    TooCostly,
    /// No salt, one with a `$`, or one that the algorithm refuses.
    InvalidSalt,
    /// More than the 72 bytes that `bcrypt` takes.
    PasswordTooLong,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the stored password hash is malformed",
            Self::TooCostly => "the stored password hash asks for too much work",
            Self::InvalidSalt => "the salt is empty or not one of this algorithm",
            Self::PasswordTooLong => "bcrypt takes at most 72 bytes of password",
        })
    }
}

impl std::error::Error for Error {}

/// What the column `password` holds; `Debug` prints the algorithm only.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedPassword(String);

/// The answer of [`Hashers::verify`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The password is the right one.
    pub correct: bool,
    /// The hash should be made anew with the preferred hasher, before the session's hash is computed.
    pub must_update: bool,
}

/// `PASSWORD_HASHERS`: those that verify; the first one is preferred and makes new hashes.
#[derive(Clone, Debug)]
pub struct Hashers {
    preferred: Hasher,
    others: Vec<Hasher>,
}

impl EncodedPassword {
    /// A hash that no password verifies, `make_password(None)`; `fill` draws random bytes.
    pub fn unusable(fill: &mut impl FnMut(&mut [u8])) -> Self {
        Self(format!("!{}", random_string(40, LETTERS, fill)))
    }

    /// The text in the column.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this was not made unusable (`is_password_usable`); it may still be no hash at all.
    pub fn is_usable(&self) -> bool {
        !self.0.starts_with('!')
    }

    /// The algorithm that the text names; `None` for none that this crate knows (`identify_hasher`).
    pub fn algorithm(&self) -> Option<Algorithm> {
        // Unsalted hashes of ancient Django, no longer verified.
        if self.0.chars().count() == 37 && self.0.starts_with("md5$$") {
            return None;
        }
        Algorithm::from_name(self.0.split('$').next().unwrap_or_default())
    }

    fn equals(&self, other: &str) -> bool {
        constant_time_eq(self.0.as_bytes(), other.as_bytes())
    }
}

impl From<String> for EncodedPassword {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for EncodedPassword {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for EncodedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.algorithm().map_or("unknown", Algorithm::name);
        write!(f, "EncodedPassword({name}, ..)")
    }
}

/// Django 5.2's own: `pbkdf2_sha256`, `pbkdf2_sha1`, `argon2`, `bcrypt_sha256`, `scrypt`.
impl Default for Hashers {
    fn default() -> Self {
        use Algorithm::{Argon2, BcryptSha256, Pbkdf2Sha1, Scrypt};
        let others = [Pbkdf2Sha1, Argon2, BcryptSha256, Scrypt].map(Hasher::new).to_vec();
        Self { preferred: Hasher::default(), others }
    }
}

impl Hashers {
    /// These hashers, the first one preferred; none means [`Hasher::default`].
    pub fn new(hashers: Vec<Hasher>) -> Self {
        let mut hashers = hashers.into_iter();
        Self { preferred: hashers.next().unwrap_or_default(), others: hashers.collect() }
    }

    /// The hasher of new passwords.
    pub fn preferred(&self) -> &Hasher {
        &self.preferred
    }

    /// The installed hasher of an algorithm.
    pub fn get(&self, algorithm: Algorithm) -> Option<&Hasher> {
        std::iter::once(&self.preferred).chain(&self.others).find(|hasher| hasher.algorithm() == algorithm)
    }

    /// The installed hasher of a stored hash (`identify_hasher`); `None` where Django raises `ValueError`.
    pub fn identify(&self, encoded: &EncodedPassword) -> Option<&Hasher> {
        self.get(encoded.algorithm()?)
    }

    /// `make_password`: a new hash; `fill` draws the random salt.
    ///
    /// # Errors
    /// [`Error::PasswordTooLong`] of `bcrypt`.
    pub fn make_password(
        &self,
        password: &str,
        fill: &mut impl FnMut(&mut [u8]),
    ) -> Result<EncodedPassword, Error> {
        self.preferred.encode(password, &self.preferred.salt(fill))
    }

    /// Whether the hash should be made anew: another algorithm, other costs (higher ones too) or a short salt.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn must_update(&self, encoded: &EncodedPassword) -> Result<bool, Error> {
        if encoded.algorithm() != Some(self.preferred.algorithm()) {
            return Ok(true);
        }
        self.preferred.must_update(encoded)
    }

    /// `verify_password`: an unusable hash and one of no installed algorithm are never correct.
    ///
    /// As in Django, what such a hash would save in time is spent on a throw-away one, and a wrong password against an
    /// old, cheaper hash costs as much as a new one, so that time does not tell accounts apart. For a user who does not
    /// exist, spend the same with [`Hashers::waste_time`].
    ///
    /// # Errors
    /// [`Error::Malformed`] and [`Error::TooCostly`] about the stored hash.
    pub fn verify(&self, password: &str, encoded: &EncodedPassword) -> Result<Verified, Error> {
        let hasher = match self.identify(encoded) {
            Some(hasher) if encoded.is_usable() => hasher,
            _ => {
                self.waste_time(password);
                return Ok(Verified { correct: false, must_update: false });
            }
        };
        let must_update = self.must_update(encoded)?;
        let correct = hasher.verify(password, encoded)?;
        if !correct && must_update && hasher.algorithm() == self.preferred.algorithm() {
            self.preferred.harden_runtime(password, encoded)?;
        }
        Ok(Verified { correct, must_update })
    }

    /// Hashes a password once and forgets it.
    pub fn waste_time(&self, password: &str) {
        let salt = self.preferred.salt(&mut |bytes| bytes.fill(0));
        // A password that is too long for bcrypt costs nothing there either.
        let _ = std::hint::black_box(self.preferred.encode(password, &salt));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_hash_never_verifies() {
        let hashers = Hashers::new(vec![Hasher::Md5]);
        for text in [
            "",
            "plain",
            "$",
            "!",
            "!md5$salt$x",
            "sha1$a$b",
            "md5$$00000000000000000000000000000000",
            "scrypt$",
        ] {
            let verified = hashers.verify("secret", &text.into());
            assert_eq!(verified, Ok(Verified { correct: false, must_update: false }), "{text}");
        }
        assert!(!EncodedPassword::unusable(&mut |bytes| bytes.fill(7)).is_usable());
        assert_eq!(format!("{:?}", EncodedPassword::from("md5$salt$x")), "EncodedPassword(md5, ..)");
    }

    #[test]
    fn another_algorithm_must_update() {
        let hashers = Hashers::new(vec![Hasher::Pbkdf2Sha256 { iterations: 2 }, Hasher::Md5]);
        let old = Hasher::Md5.encode("x", "ssssssssssssssssssssss");
        let verified = old.and_then(|old| hashers.verify("x", &old));
        assert_eq!(verified, Ok(Verified { correct: true, must_update: true }));
        let new = hashers.make_password("x", &mut |bytes| bytes.fill(9));
        let verified = new.and_then(|new| hashers.verify("x", &new));
        assert_eq!(verified, Ok(Verified { correct: true, must_update: false }));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_verified_or_refused(name in "(pbkdf2_sha1|md5|bcrypt|scrypt|argon2)?", rest in "[$a-z0-9=,+./!é]{0,60}") {
            let hashers = Hashers::new(vec![Hasher::Md5, Hasher::Pbkdf2Sha1 { iterations: 1 }]);
            let encoded = EncodedPassword::from(format!("{name}{rest}"));
            proptest::prop_assert!(!hashers.verify("x", &encoded).is_ok_and(|verified| verified.correct));
        }
    }
}
