//! `Content-Transfer-Encoding: base64`, as Python's `binascii.a2b_base64` reads it: other characters are
//! skipped, and padding ends the data.

/// A decoder for a file that comes in chunks.
#[derive(Debug, Default)]
pub(super) struct Base64 {
    /// Up to four characters' bits, and how many.
    bits: u32,
    count: u8,
    padding: u8,
    done: bool,
    /// Characters but white space, whose number Django wants to be a multiple of four.
    length: u64,
}

impl Base64 {
    pub(super) fn decode(&mut self, chunk: &[u8]) -> Vec<u8> {
        let mut decoded = Vec::with_capacity(chunk.len() / 4 * 3 + 3);
        for &byte in chunk {
            if matches!(byte, b' ' | b'\t'..=b'\r') {
                continue;
            }
            self.length += 1;
            if self.done {
                continue;
            }
            let Some(value) = value(byte) else {
                if byte == b'=' {
                    self.pad(&mut decoded);
                }
                continue;
            };
            self.padding = 0;
            self.bits = self.bits << 6 | value;
            self.count += 1;
            if self.count == 4 {
                decoded.extend_from_slice(&self.bits.to_be_bytes()[1..]);
                (self.bits, self.count) = (0, 0);
            }
        }
        decoded
    }

    /// Whether the data may end here.
    pub(super) fn is_whole(&self) -> bool {
        self.length.is_multiple_of(4) && (self.done || self.count == 0)
    }

    fn pad(&mut self, decoded: &mut Vec<u8>) {
        self.padding += 1;
        if self.count < 2 || self.count + self.padding < 4 {
            return;
        }
        let bytes = (self.bits << (6 * (4 - u32::from(self.count)))).to_be_bytes();
        decoded.extend_from_slice(&bytes[1..usize::from(self.count)]);
        self.done = true;
    }
}

/// A field's bytes decoded, or as they are when they are no base64.
pub(super) fn decode_field(bytes: Vec<u8>) -> Vec<u8> {
    let mut base64 = Base64::default();
    let decoded = base64.decode(&bytes);
    if base64.done || base64.count == 0 { decoded } else { bytes }
}

fn value(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}
