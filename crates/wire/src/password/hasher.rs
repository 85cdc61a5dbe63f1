//! One algorithm with its costs.

use super::{EncodedPassword, Error, LETTERS, argon2, bcrypt, pbkdf2, scrypt};
use crate::crypto::{self, random_string};

/// A hash function for passwords, by the first field of what it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `pbkdf2_sha256`.
    Pbkdf2Sha256,
    /// `pbkdf2_sha1`.
    Pbkdf2Sha1,
    /// `argon2`.
    Argon2,
    /// `bcrypt_sha256`.
    BcryptSha256,
    /// `bcrypt`.
    Bcrypt,
    /// `scrypt`.
    Scrypt,
    /// `md5`.
    Md5,
}

/// An algorithm and what a new hash of it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hasher {
    /// `PBKDF2PasswordHasher`.
    Pbkdf2Sha256 {
        /// Rounds of HMAC.
        iterations: u32,
    },
    /// `PBKDF2SHA1PasswordHasher`.
    Pbkdf2Sha1 {
        /// Rounds of HMAC.
        iterations: u32,
    },
    /// `Argon2PasswordHasher`: argon2id, version 19.
    Argon2 {
        /// Passes over the memory.
        time_cost: u32,
        /// KiB.
        memory_cost: u32,
        /// Lanes.
        parallelism: u32,
    },
    /// `BCryptSHA256PasswordHasher`.
    BcryptSha256 {
        /// Binary logarithm of the rounds.
        rounds: u32,
    },
    /// `BCryptPasswordHasher`.
    Bcrypt {
        /// Binary logarithm of the rounds.
        rounds: u32,
    },
    /// `ScryptPasswordHasher`.
    Scrypt {
        /// `N`, a power of two.
        work_factor: u64,
        /// `r`.
        block_size: u32,
        /// `p`.
        parallelism: u32,
    },
    /// `MD5PasswordHasher`, for tests.
    Md5,
}

impl Algorithm {
    /// The algorithm of a name such as `pbkdf2_sha256`.
    pub fn from_name(name: &str) -> Option<Self> {
        use Algorithm::{Argon2, Bcrypt, BcryptSha256, Md5, Pbkdf2Sha1, Pbkdf2Sha256, Scrypt};
        [Pbkdf2Sha256, Pbkdf2Sha1, Argon2, BcryptSha256, Bcrypt, Scrypt, Md5]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// The first field of its hashes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pbkdf2Sha256 => "pbkdf2_sha256",
            Self::Pbkdf2Sha1 => "pbkdf2_sha1",
            Self::Argon2 => "argon2",
            Self::BcryptSha256 => "bcrypt_sha256",
            Self::Bcrypt => "bcrypt",
            Self::Scrypt => "scrypt",
            Self::Md5 => "md5",
        }
    }
}

/// `pbkdf2_sha256` at Django 5.2's cost.
impl Default for Hasher {
    fn default() -> Self {
        Self::new(Algorithm::Pbkdf2Sha256)
    }
}

impl Hasher {
    /// The algorithm at Django 5.2's cost. Other releases have other counts: share them with your peer, or each login
    /// by the other side makes the hash anew.
    pub fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Pbkdf2Sha256 => Self::Pbkdf2Sha256 { iterations: 1_000_000 },
            Algorithm::Pbkdf2Sha1 => Self::Pbkdf2Sha1 { iterations: 1_000_000 },
            Algorithm::Argon2 => Self::Argon2 { time_cost: 2, memory_cost: 102_400, parallelism: 8 },
            Algorithm::BcryptSha256 => Self::BcryptSha256 { rounds: 12 },
            Algorithm::Bcrypt => Self::Bcrypt { rounds: 12 },
            Algorithm::Scrypt => Self::Scrypt { work_factor: 1 << 14, block_size: 8, parallelism: 5 },
            Algorithm::Md5 => Self::Md5,
        }
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Pbkdf2Sha256 { .. } => Algorithm::Pbkdf2Sha256,
            Self::Pbkdf2Sha1 { .. } => Algorithm::Pbkdf2Sha1,
            Self::Argon2 { .. } => Algorithm::Argon2,
            Self::BcryptSha256 { .. } => Algorithm::BcryptSha256,
            Self::Bcrypt { .. } => Algorithm::Bcrypt,
            Self::Scrypt { .. } => Algorithm::Scrypt,
            Self::Md5 => Algorithm::Md5,
        }
    }

    /// A new salt: 22 letters and digits, or bcrypt's own form with the cost; `fill` draws random bytes.
    pub fn salt(&self, fill: &mut impl FnMut(&mut [u8])) -> String {
        match *self {
            Self::BcryptSha256 { rounds } | Self::Bcrypt { rounds } => {
                let mut bytes = [0; 16];
                fill(&mut bytes);
                bcrypt::salt(rounds, &bytes)
            }
            _ => random_string(22, LETTERS, fill),
        }
    }

    /// The hash of a password under a salt.
    ///
    /// # Errors
    /// [`Error::InvalidSalt`]; [`Error::TooCostly`] for costs beyond the limits; [`Error::PasswordTooLong`].
    pub fn encode(&self, password: &str, salt: &str) -> Result<EncodedPassword, Error> {
        match *self {
            Self::Pbkdf2Sha256 { iterations } | Self::Pbkdf2Sha1 { iterations } => {
                check_salt(salt)?;
                pbkdf2::encode(self.algorithm(), password, salt, iterations)
            }
            Self::Argon2 { time_cost, memory_cost, parallelism } => {
                check_salt(salt)?;
                argon2::encode(password, salt, time_cost, memory_cost, parallelism)
            }
            Self::BcryptSha256 { .. } | Self::Bcrypt { .. } => {
                bcrypt::encode(self.algorithm(), password, salt)
            }
            Self::Scrypt { work_factor, block_size, parallelism } => {
                check_salt(salt)?;
                scrypt::encode(password, salt, work_factor, block_size, parallelism)
            }
            Self::Md5 => {
                check_salt(salt)?;
                Ok(md5(password, salt))
            }
        }
        .map(EncodedPassword)
    }

    /// Whether the password is that of a hash of this algorithm, at whatever cost the hash has.
    pub(super) fn verify(&self, password: &str, encoded: &EncodedPassword) -> Result<bool, Error> {
        let text = encoded.as_str();
        let again = match self.algorithm() {
            algorithm @ (Algorithm::Pbkdf2Sha256 | Algorithm::Pbkdf2Sha1) => {
                let stored = pbkdf2::decode(text)?;
                // Django takes 0 for its default, and then compares a text with another count.
                if stored.iterations == 0 {
                    return Ok(false);
                }
                pbkdf2::encode(algorithm, password, non_empty(stored.salt)?, stored.iterations)?
            }
            Algorithm::Argon2 => return argon2::verify(password, text),
            algorithm @ (Algorithm::BcryptSha256 | Algorithm::Bcrypt) => {
                let (_, salt) = text.split_once('$').ok_or(Error::Malformed)?;
                bcrypt::encode(algorithm, password, salt).map_err(malformed)?
            }
            Algorithm::Scrypt => {
                let stored = scrypt::decode(text)?;
                let salt = non_empty(stored.salt)?;
                scrypt::encode(password, salt, stored.work_factor, stored.block_size, stored.parallelism)
                    .map_err(malformed)?
            }
            Algorithm::Md5 => {
                let (salt, _) = text
                    .split_once('$')
                    .and_then(|(_, rest)| rest.split_once('$'))
                    .ok_or(Error::Malformed)?;
                md5(password, non_empty(salt)?)
            }
        };
        Ok(encoded.equals(&again))
    }

    pub(super) fn must_update(&self, encoded: &EncodedPassword) -> Result<bool, Error> {
        let text = encoded.as_str();
        match *self {
            Self::Pbkdf2Sha256 { iterations } | Self::Pbkdf2Sha1 { iterations } => {
                let stored = pbkdf2::decode(text)?;
                Ok(stored.iterations != iterations || is_short(stored.salt))
            }
            Self::Argon2 { time_cost, memory_cost, parallelism } => {
                argon2::must_update(text, time_cost, memory_cost, parallelism)
            }
            Self::BcryptSha256 { rounds } | Self::Bcrypt { rounds } => Ok(bcrypt::rounds(text)? != rounds),
            Self::Scrypt { work_factor, block_size, parallelism } => {
                let stored = scrypt::decode(text)?;
                let stored = (stored.work_factor, stored.block_size, stored.parallelism);
                Ok(stored != (work_factor, block_size, parallelism))
            }
            Self::Md5 => {
                let mut fields = text.splitn(3, '$').skip(1);
                let (Some(salt), Some(_)) = (fields.next(), fields.next()) else {
                    return Err(Error::Malformed);
                };
                Ok(is_short(salt))
            }
        }
    }

    /// Spends what a hash of this cost takes beyond the stored one.
    pub(super) fn harden_runtime(&self, password: &str, encoded: &EncodedPassword) -> Result<(), Error> {
        let text = encoded.as_str();
        match *self {
            Self::Pbkdf2Sha256 { iterations } | Self::Pbkdf2Sha1 { iterations } => {
                let stored = pbkdf2::decode(text)?;
                if let Some(extra) = iterations.checked_sub(stored.iterations).filter(|&extra| extra > 0) {
                    let _ =
                        std::hint::black_box(pbkdf2::encode(self.algorithm(), password, stored.salt, extra));
                }
            }
            Self::BcryptSha256 { rounds } | Self::Bcrypt { rounds } => {
                let stored = bcrypt::rounds(text)?;
                let salt = text.split_once('$').map_or("", |(_, salt)| salt);
                for _ in 1..1_u64 << rounds.saturating_sub(stored).min(31) {
                    let _ = std::hint::black_box(bcrypt::encode(self.algorithm(), password, salt));
                }
            }
            // The costs of these do not add up, and Django spends nothing either.
            Self::Argon2 { .. } | Self::Scrypt { .. } | Self::Md5 => {}
        }
        Ok(())
    }
}

fn md5(password: &str, salt: &str) -> String {
    let sum = crypto::Algorithm::Md5.digest(&[salt.as_bytes(), password.as_bytes()]);
    format!("md5${salt}${}", sum.to_hex())
}

fn check_salt(salt: &str) -> Result<(), Error> {
    if salt.is_empty() || salt.contains('$') { Err(Error::InvalidSalt) } else { Ok(()) }
}

fn non_empty(salt: &str) -> Result<&str, Error> {
    if salt.is_empty() { Err(Error::Malformed) } else { Ok(salt) }
}

/// An invalid salt in a stored hash is the hash's fault.
fn malformed(error: Error) -> Error {
    if error == Error::InvalidSalt { Error::Malformed } else { error }
}

/// `must_update_salt`: fewer than the 22 letters that hold 128 bits.
pub(super) fn is_short(salt: &str) -> bool {
    salt.chars().count() < 22
}
