//! URL-safe base64 as Python writes it, and as leniently as Python reads it (`django.core.signing.b64_decode`).
//!
//! Written without padding: `{"a":1}` is `eyJhIjoxfQ`. On reading, `binascii.a2b_base64` drops every character outside
//! the alphabet, takes `+/` beside `-_`, stops at the padding that completes a group, and ignores unused low bits; so
//! `eyJ!hIjoxfQ==anything` is the same text.
//!
//! ```
//! use nuages_wire::base64;
//!
//! assert_eq!(base64::encode(br#"{"a":1}"#), "eyJhIjoxfQ");
//! assert_eq!(base64::decode(b"eyJhIjoxfQ").as_deref(), Some(br#"{"a":1}"#.as_slice()));
//! assert_eq!(base64::decode(b"A"), None);
//! ```

use ::base64::Engine as _;
use ::base64::alphabet::URL_SAFE;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// The text without padding.
pub fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// The bytes of a text whose padding may have been cut off; `None` where Python raises `binascii.Error`.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    ENGINE.decode(text).ok().or_else(|| decode_padded(text, text.len().wrapping_neg() % 4))
}

/// `binascii.a2b_base64` (not strict) of the text and so many `=` behind it.
pub(crate) fn decode_padded(text: &[u8], padding: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut group, mut digits, mut pads) = (0_u32, 0, 0);
    for &byte in text.iter().chain(std::iter::repeat_n(&b'=', padding)) {
        if byte == b'=' {
            pads += 1;
            if digits >= 2 && digits + pads >= 4 {
                return Some(bytes);
            }
            // Padding before a group's second digit does not count.
            pads = if digits >= 2 { pads } else { 0 };
            continue;
        }
        let Some(digit) = digit(byte) else { continue };
        pads = 0;
        group = group << 6 | digit;
        digits += 1;
        match digits {
            2 => bytes.push((group >> 4) as u8),
            3 => bytes.push((group >> 2) as u8),
            4 => {
                bytes.push(group as u8);
                (group, digits) = (0, 0);
            }
            _ => {}
        }
    }
    (digits == 0).then_some(bytes)
}

fn digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' | b'+' => 62,
        b'_' | b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Each from django.core.signing.b64_decode of Django 5.2.
    #[test]
    fn lenient_like_python() {
        let cases: &[(&[u8], Option<&[u8]>)] = &[
            (b"", Some(b"")),
            (b"!!!", Some(b"")),
            (b"A", None),
            (b"AA", Some(b"\x00")),
            (b"AB", Some(b"\x00")),
            (b"AAA", Some(b"\x00\x00")),
            (b"=", Some(b"")),
            (b"====", Some(b"")),
            (b"A===", None),
            (b"AA==AAAA", Some(b"\x00")),
            (b"A=A=", None),
            (b"eyJ!hIjoxfQ==anything", Some(b"{\x22a\x22:1}")),
            (b"AA=A", None),
            (b"A=A==", Some(b"\x00")),
            (b"+/-_", Some(b"\xfb\xff\xbf")),
            (b"\xe4\xb8\xad", Some(b"")),
            (b"AA=", Some(b"\x00")),
            (b"=AA=A=", Some(b"\x00\x00")),
            (b"AAA=A", Some(b"\x00\x00")),
            (b"AAAA=", Some(b"\x00\x00\x00")),
            (b"AAAAA", None),
            (b"AA=\x0a=A", Some(b"\x00")),
            (b"AAAA=A=A", None),
        ];
        for (text, bytes) in cases {
            assert_eq!(decode(text).as_deref(), *bytes, "{:?}", text.escape_ascii().to_string());
        }
    }

    proptest::proptest! {
        #[test]
        fn round_trip(bytes: Vec<u8>) {
            let text = encode(&bytes);
            proptest::prop_assert_eq!(decode_padded(text.as_bytes(), 3), Some(bytes.clone()));
            proptest::prop_assert_eq!(decode(text.as_bytes()), Some(bytes));
        }
    }
}
