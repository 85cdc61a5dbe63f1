//! `scrypt`.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;
use ::scrypt::Params;

use super::Error;
use crate::int;

/// Bytes; OpenSSL's own limit, which Django's `maxmem = 0` stands for.
const MAX_MEMORY: u64 = 32 << 20;
/// `N · r · p`; Django's default is a sixteenth.
const MAX_WORK: u64 = 10 << 20;

pub(super) struct Stored<'a> {
    pub(super) work_factor: u64,
    pub(super) salt: &'a str,
    pub(super) block_size: u32,
    pub(super) parallelism: u32,
}

pub(super) fn encode(
    password: &str,
    salt: &str,
    work_factor: u64,
    block_size: u32,
    parallelism: u32,
) -> Result<String, Error> {
    if work_factor < 2 || !work_factor.is_power_of_two() {
        return Err(Error::Malformed);
    }
    let (n, r, p) = (u128::from(work_factor), u128::from(block_size), u128::from(parallelism));
    let memory = 128 * r * p + 128 * r * (n + 2);
    if memory > u128::from(MAX_MEMORY) || n * r * p > u128::from(MAX_WORK) {
        return Err(Error::TooCostly);
    }
    let log_n = work_factor.ilog2() as u8;
    let params = Params::new(log_n, block_size, parallelism).map_err(|_| Error::Malformed)?;
    let mut sum = [0; 64];
    ::scrypt::scrypt(password.as_bytes(), salt.as_bytes(), &params, &mut sum)
        .map_err(|_| Error::Malformed)?;
    let sum = STANDARD.encode(sum);
    Ok(format!("scrypt${work_factor}${salt}${block_size}${parallelism}${sum}"))
}

/// The fields after the algorithm. A cost of 0 stands for Django's default when it hashes, and so never compares equal:
/// such a hash is refused.
pub(super) fn decode(text: &str) -> Result<Stored<'_>, Error> {
    let fields: Vec<&str> = text.splitn(7, '$').collect();
    let &[_, work_factor, salt, block_size, parallelism, _] = fields.as_slice() else {
        return Err(Error::Malformed);
    };
    let number = |text| int::parse(text, 10).filter(|&number| number > 0).ok_or(Error::Malformed);
    let small = |text| u32::try_from(number(text)?).map_err(|_| Error::TooCostly);
    Ok(Stored {
        work_factor: u64::try_from(number(work_factor)?).map_err(|_| Error::TooCostly)?,
        salt,
        block_size: small(block_size)?,
        parallelism: small(parallelism)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Algorithm, Hasher};
    use super::*;

    // From Django 5.2.19.
    #[test]
    fn djangos_own_hash() {
        let encoded = "scrypt$2$seasalt$8$1$qVotyKnIEo1v70R2TXFdlXvplEubqvTay2H8f+a4h+BGYyS5bjU7vdaJIJNu4dS3G2hylAn5rbbLKWXFQPm8NA==";
        assert_eq!(encode("", "seasalt", 2, 8, 1).as_deref(), Ok(encoded));
    }

    #[test]
    fn stored_costs() {
        let verify = |text: &str| Hasher::new(Algorithm::Scrypt).verify("secret", &text.into());
        assert_eq!(verify("scrypt$16$salt$8$1$"), Ok(false));
        for bad in [
            "scrypt$",
            "scrypt$15$salt$8$1$aa",
            "scrypt$x$salt$8$1$aa",
            "scrypt$16$$8$1$aa",
            "scrypt$16$s$0$1$aa",
        ] {
            assert_eq!(verify(bad), Err(Error::Malformed), "{bad}");
        }
        for costly in
            ["scrypt$1048576$s$8$1$aa", "scrypt$2$s$4294967295$4294967295$aa", "scrypt$16384$s$8$99$aa"]
        {
            assert_eq!(verify(costly), Err(Error::TooCostly), "{costly}");
        }
    }
}
