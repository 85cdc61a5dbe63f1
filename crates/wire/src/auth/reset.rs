//! Password-reset tokens (`django.contrib.auth.tokens.PasswordResetTokenGenerator`).

use std::fmt;

use jiff::civil::DateTime;

use crate::crypto::{Algorithm, SecretKey, SecretKeys, constant_time_eq, salted_hmac};
use crate::datetime::to_sqlite;
use crate::int;

/// What a reset token covers: it dies when any of it changes. `Debug` prints the primary key alone.
#[derive(Clone, Copy)]
pub struct ResetUser<'a> {
    /// The primary key's text.
    pub primary_key: &'a str,
    /// The password column.
    pub password: &'a str,
    /// The column `last_login` as it is stored (UTC under `USE_TZ`); below the second it does not count.
    pub last_login: Option<DateTime>,
    /// The e-mail column, empty for null.
    pub email: &'a str,
}

impl fmt::Debug for ResetUser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResetUser").field("primary_key", &self.primary_key).finish_non_exhaustive()
    }
}

/// A token for a reset link, `d2g400-864802e598fba4518e2a97bd4be3960c`.
///
/// `now` is the clock on the wall in `TIME_ZONE`, not UTC: the token counts seconds of that clock since 2001.
///
/// ```
/// use nuages_wire::auth::{ResetUser, check_reset_token, make_reset_token};
/// use nuages_wire::crypto::SecretKeys;
///
/// let keys = SecretKeys::new("k");
/// let user = ResetUser { primary_key: "1", password: "!", last_login: None, email: "a@example.com" };
/// let now = jiff::civil::date(2026, 1, 15).at(12, 0, 0, 0);
/// let token = make_reset_token(&user, now, &keys.current);
/// assert!(token.starts_with("d2g400-"));
/// assert!(check_reset_token(&user, &token, now, 259_200, &keys));
/// assert!(!check_reset_token(&ResetUser { password: "new", ..user }, &token, now, 259_200, &keys));
/// ```
pub fn make_reset_token(user: &ResetUser<'_>, now: DateTime, key: &SecretKey) -> String {
    token(user, seconds(now), key)
}

/// Whether the token is this user's, by any key, and at most `timeout` seconds old (`PASSWORD_RESET_TIMEOUT`, 259200).
pub fn check_reset_token(
    user: &ResetUser<'_>,
    given: &str,
    now: DateTime,
    timeout: i64,
    keys: &SecretKeys,
) -> bool {
    let Some((timestamp, _)) = given.split_once('-').filter(|(_, hash)| !hash.contains('-')) else {
        return false;
    };
    let Some(timestamp) = base36_decode(timestamp).and_then(|number| i64::try_from(number).ok()) else {
        return false;
    };
    let verify = |key| constant_time_eq(token(user, timestamp, key).as_bytes(), given.as_bytes());
    keys.iter().any(verify) && seconds(now).saturating_sub(timestamp) <= timeout
}

fn token(user: &ResetUser<'_>, timestamp: i64, key: &SecretKey) -> String {
    let last_login = user.last_login.map(|moment| {
        let whole = moment.date().at(moment.hour(), moment.minute(), moment.second(), 0);
        to_sqlite(whole)
    });
    let value = [
        user.primary_key,
        user.password,
        last_login.as_deref().unwrap_or_default(),
        &timestamp.to_string(),
        user.email,
    ]
    .concat();
    let salt = "django.contrib.auth.tokens.PasswordResetTokenGenerator";
    let hash = salted_hmac(Algorithm::Sha256, salt, value.as_bytes(), key).to_hex();
    let every_other: String = hash.chars().step_by(2).collect();
    format!("{}-{every_other}", base36_encode(u128::from(timestamp.unsigned_abs())))
}

/// Seconds since 2001 on the same clock; before 2001 there is no token, and none is made valid by the clamp.
fn seconds(now: DateTime) -> i64 {
    jiff::civil::date(2001, 1, 1).at(0, 0, 0, 0).duration_until(now).as_secs().max(0)
}

/// `int_to_base36`: digits and lower-case letters.
pub fn base36_encode(number: u128) -> String {
    let mut digits = Vec::with_capacity(13);
    let mut rest = number;
    loop {
        digits.extend(char::from_digit((rest % 36) as u32, 36));
        rest /= 36;
        if rest == 0 {
            break;
        }
    }
    digits.iter().rev().collect()
}

/// `base36_to_int`: at most 13 characters, in either case, as leniently as Python's `int`; `None` where Django raises
/// `ValueError`, and for a negative number.
pub fn base36_decode(text: &str) -> Option<u128> {
    if text.chars().count() > 13 {
        return None;
    }
    int::parse(text, 36).and_then(|number| u128::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    // From Django 5.2.19.
    #[test]
    fn djangos_own_tokens() {
        let keys = SecretKeys::new("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz");
        let user = ResetUser {
            primary_key: "7",
            password: "!xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            last_login: Some(jiff::civil::date(2026, 1, 14).at(8, 30, 15, 123_456_000)),
            email: "UPPER@Example.COM",
        };
        let now = jiff::civil::date(2026, 1, 15).at(12, 0, 0, 0);
        assert_eq!(make_reset_token(&user, now, &keys.current), "d2g400-ab11d340865d15508cbcaa02290fe955");
        let late = jiff::civil::date(2068, 12, 31).at(23, 59, 59, 999_999_000);
        assert_eq!(make_reset_token(&user, late, &keys.current), "zhmfzz-0590cf768e0a24554d9bb13066711822");
    }

    #[test]
    fn a_token_has_its_time() {
        let keys = SecretKeys::new("k");
        let user = ResetUser { primary_key: "1", password: "", last_login: None, email: "" };
        let then = jiff::civil::date(2026, 1, 15).at(12, 0, 0, 0);
        let token = make_reset_token(&user, then, &keys.current);
        let after = |seconds| then.saturating_add(jiff::SignedDuration::from_secs(seconds));
        assert!(check_reset_token(&user, &token, after(60), 60, &keys));
        assert!(!check_reset_token(&user, &token, after(61), 60, &keys));
        assert!(check_reset_token(&user, &token, after(-99), 60, &keys));
        for bad in ["", "-", "d2g400", "d2g400-", "D2G400-x", "a-b-c", "é-é"] {
            assert!(!check_reset_token(&user, bad, then, 60, &keys), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn base36_round_trip(number in 0..36_u128.pow(13)) {
            proptest::prop_assert_eq!(base36_decode(&base36_encode(number)), Some(number));
        }
    }
}
