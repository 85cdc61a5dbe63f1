//! `argon2`: Django's prefix and the reference implementation's own text.

use ::argon2::{Algorithm, Argon2, Params, Version};
use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD_NO_PAD;

use super::Error;
use super::hasher::is_short;
use crate::crypto::constant_time_eq;

/// KiB; a quarter of a gigabyte is two and a half times Django's default.
const MAX_MEMORY_COST: u32 = 256 << 10;
/// KiB written in all: memory times passes.
const MAX_WORK: u64 = 4 << 20;
/// Bytes of a stored sum.
const MAX_SUM: usize = 512;

struct Stored {
    variety: Algorithm,
    version: Version,
    memory_cost: u32,
    time_cost: u32,
    parallelism: u32,
    salt: Vec<u8>,
    sum: Vec<u8>,
}

pub(super) fn encode(
    password: &str,
    salt: &str,
    time_cost: u32,
    memory_cost: u32,
    parallelism: u32,
) -> Result<String, Error> {
    let stored = Stored {
        variety: Algorithm::Argon2id,
        version: Version::V0x13,
        memory_cost,
        time_cost,
        parallelism,
        salt: salt.as_bytes().to_vec(),
        sum: vec![0; 32],
    };
    let sum = stored.hash(password)?.ok_or(Error::InvalidSalt)?;
    let (salt, sum) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(sum));
    Ok(format!("argon2$argon2id$v=19$m={memory_cost},t={time_cost},p={parallelism}${salt}${sum}"))
}

/// A text of an unknown variety is malformed; one of a known variety that cannot be read just does not verify.
pub(super) fn verify(password: &str, text: &str) -> Result<bool, Error> {
    let rest = text.strip_prefix("argon2$").ok_or(Error::Malformed)?;
    // The library looks at nine characters, the `$` before them included.
    if !["argon2i$", "argon2d$", "argon2id"].iter().any(|variety| rest.starts_with(variety)) {
        return Err(Error::Malformed);
    }
    let Some(stored) = decode(rest) else { return Ok(false) };
    let sum = stored.hash(password)?;
    Ok(sum.is_some_and(|sum| constant_time_eq(&sum, &stored.sum)))
}

pub(super) fn must_update(
    text: &str,
    time_cost: u32,
    memory_cost: u32,
    parallelism: u32,
) -> Result<bool, Error> {
    let stored = text.strip_prefix("argon2$").and_then(decode).ok_or(Error::Malformed)?;
    let same = stored.variety == Algorithm::Argon2id
        && stored.version == Version::V0x13
        && stored.sum.len() == 32
        && (stored.time_cost, stored.memory_cost, stored.parallelism)
            == (time_cost, memory_cost, parallelism);
    let salt: String = stored.salt.iter().map(|&byte| char::from(byte)).collect();
    Ok(!same || is_short(&salt))
}

impl Stored {
    /// The sum of a password, of the stored one's length; `None` for parameters outside RFC 9106.
    fn hash(&self, password: &str) -> Result<Option<Vec<u8>>, Error> {
        let work = u64::from(self.memory_cost) * u64::from(self.time_cost);
        if self.memory_cost > MAX_MEMORY_COST || work > MAX_WORK || self.sum.len() > MAX_SUM {
            return Err(Error::TooCostly);
        }
        // No lane has less than 8 KiB, so this bound keeps the product below from wrapping.
        if self.parallelism > self.memory_cost / 8 {
            return Ok(None);
        }
        let length = Some(self.sum.len());
        let Ok(params) = Params::new(self.memory_cost, self.time_cost, self.parallelism, length) else {
            return Ok(None);
        };
        let mut sum = vec![0; self.sum.len()];
        let argon2 = Argon2::new(self.variety, self.version, params);
        let hashed = argon2.hash_password_into(password.as_bytes(), &self.salt, &mut sum);
        Ok(hashed.ok().map(|()| sum))
    }
}

/// `argon2id$v=19$m=8,t=2,p=1$<salt>$<sum>`; without the version it is the older 16.
fn decode(text: &str) -> Option<Stored> {
    let mut fields = text.split('$');
    let variety = match fields.next()? {
        "argon2d" => Algorithm::Argon2d,
        "argon2i" => Algorithm::Argon2i,
        "argon2id" => Algorithm::Argon2id,
        _ => return None,
    };
    let mut field = fields.next()?;
    let mut version = Version::V0x10;
    if let Some(number) = field.strip_prefix("v=") {
        version = Version::try_from(decimal(number)?).ok()?;
        field = fields.next()?;
    }
    let mut costs = field.split(',');
    let mut cost = |name| decimal(costs.next()?.strip_prefix(name)?);
    let (memory_cost, time_cost, parallelism) = (cost("m=")?, cost("t=")?, cost("p=")?);
    let salt = STANDARD_NO_PAD.decode(fields.next()?).ok()?;
    let sum = STANDARD_NO_PAD.decode(fields.next()?).ok()?;
    let complete = costs.next().is_none() && fields.next().is_none();
    complete.then_some(Stored { variety, version, memory_cost, time_cost, parallelism, salt, sum })
}

/// Decimal digits without leading zeros.
fn decimal(text: &str) -> Option<u32> {
    let canonical = text == "0" || !text.starts_with(['0', '+', '-']);
    text.parse().ok().filter(|_| canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    // From Django 5.2.19 with argon2-cffi 25.1.
    #[test]
    fn djangos_own_hashes() {
        let encoded =
            "argon2$argon2id$v=19$m=8,t=2,p=1$d2FlZGRxYzQ3cnY$VR7XLPruGB2BfHHPyrEPIZzT/IiLnD6XjJuv1y3DbXs";
        assert_eq!(encode("lètmein", "waeddqc47rv", 2, 8, 1).as_deref(), Ok(encoded));
        assert_eq!(verify("lètmein", encoded), Ok(true));
        assert_eq!(verify("letmein", encoded), Ok(false));
        assert_eq!(must_update(encoded, 2, 8, 1), Ok(true));
        assert_eq!(encode("x", "short", 2, 8, 1), Err(Error::InvalidSalt));
    }

    // From argon2-cffi 25.1; the last one is as libraries wrote it before versions were named.
    #[test]
    fn every_variety_and_version() {
        let hashes = [
            "argon2$argon2i$v=16$m=16,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$yo65RT1PvaAL07rdsFf97RKLKWiK6B7z",
            "argon2$argon2i$v=19$m=16,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$DTjKWb0e2TXp6FAkDq2dUajmHHFf8V4l",
            "argon2$argon2d$v=16$m=16,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$OzbGkdpnjd3GyIX/oUiHMWXpoTYXn6Mo",
            "argon2$argon2d$v=19$m=16,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$Set2+mKf7cd/HYEQRSgd+k+W5Yf94Hv5",
            "argon2$argon2id$v=16$m=16,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$WmTe260UuTb5gw312r7NFqk28p6WGzzY",
            "argon2$argon2id$v=19$m=16,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$APUpG9166TlyNCWdZAwuSF5sirv6kPXH",
            "argon2$argon2i$m=16,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$yo65RT1PvaAL07rdsFf97RKLKWiK6B7z",
        ];
        for encoded in hashes {
            assert_eq!(verify("pw", encoded), Ok(true), "{encoded}");
            assert_eq!(verify("px", encoded), Ok(false), "{encoded}");
            assert_eq!(must_update(encoded, 2, 16, 2), Ok(true), "{encoded}");
        }
    }

    #[test]
    fn stored_costs() {
        let verify = |costs| verify("x", &format!("argon2$argon2id$v=19${costs}$c2FsdHNhbHQ$AAAAAAAA"));
        assert_eq!(verify("m=4294967295,t=1,p=1"), Err(Error::TooCostly));
        assert_eq!(verify("m=102400,t=4294967295,p=1"), Err(Error::TooCostly));
        assert_eq!(verify("m=8,t=1,p=4294967295"), Ok(false));
        assert_eq!(verify("m=8,t=0,p=1"), Ok(false));
        assert_eq!(verify("m=08,t=1,p=1"), Ok(false));
        assert_eq!(verify("m=8,t=1,p=1,x=1"), Ok(false));
    }
}
