//! Base 62, the numbers in Django's signed timestamps (`django.core.signing.b62_encode`).
//!
//! The alphabet is `0-9A-Za-z`, most significant digit first: the Unix second 1768478400 is `1vgM1A`.
//!
//! ```
//! use nuages_wire::base62;
//!
//! assert_eq!(base62::encode(1768478400), "1vgM1A");
//! assert_eq!(base62::decode("1vgM1A"), Some(1768478400));
//! assert_eq!(base62::decode("1vgM1!"), None);
//! ```

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The digits of a number, with a leading `-` when it is negative.
pub fn encode(number: i64) -> String {
    let mut digits = Vec::with_capacity(12);
    let mut rest = number.unsigned_abs();
    loop {
        digits.push(ALPHABET[(rest % 62) as usize] as char);
        rest /= 62;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        digits.push('-');
    }
    digits.iter().rev().collect()
}

/// The number of such digits; `None` for an empty text or a foreign character.
///
/// Python's integers have no bound: a number beyond `i64` saturates, which keeps its place in time. A lone `-` is 0,
/// as in Django.
pub fn decode(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if text.is_empty() {
        return None;
    }
    let mut number = 0_i64;
    for byte in digits.bytes() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            b'a'..=b'z' => byte - b'a' + 36,
            _ => return None,
        };
        number = number.saturating_mul(62).saturating_add(i64::from(digit));
    }
    Some(if digits.len() < text.len() { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges() {
        assert_eq!(encode(0), "0");
        assert_eq!(encode(-63), "-11");
        assert_eq!(decode("-11"), Some(-63));
        assert_eq!(decode(""), None);
        assert_eq!(decode("-"), Some(0));
        assert_eq!(decode("--1"), None);
        assert_eq!(decode(&"z".repeat(40)), Some(i64::MAX));
    }

    proptest::proptest! {
        #[test]
        fn round_trip(number: i64) {
            let back = decode(&encode(number));
            proptest::prop_assert_eq!(back, Some(number.max(-i64::MAX)));
        }
    }
}
