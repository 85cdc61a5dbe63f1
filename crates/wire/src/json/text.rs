//! Text that may hold lone surrogates.

use std::fmt;
use std::hash::{Hash, Hasher};

use compact_str::CompactString;

/// A Python `str`: code points, a lone surrogate among them if need be.
///
/// JSON's `"\ud83d"` is such a text. It is kept as Rust text with U+FFFD in the surrogate's place, and a list of the
/// surrogates beside it, so that ordinary text costs nothing and `\ud83d` is written back as it came. Up to 24 bytes,
/// as most keys have, need no allocation.
///
/// ```
/// use nuages_wire::json::{Text, Value};
///
/// let value: Value = r#""a\ud83d""#.parse()?;
/// assert_eq!(value.as_str(), None);
/// assert_eq!(value.to_string(), r#""a\ud83d""#);
/// assert_eq!(Text::from("a").as_str(), Some("a"));
/// # Ok::<(), nuages_wire::json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    text: CompactString,
    /// Byte offset in `text` and value of each lone surrogate, in order.
    // Nearly every text has none: a box keeps it one word wide.
    #[allow(clippy::box_collection)]
    surrogates: Option<Box<Vec<(usize, u16)>>>,
}

impl Text {
    /// The text, or `None` when it holds a lone surrogate.
    pub fn as_str(&self) -> Option<&str> {
        self.surrogates.is_none().then_some(&self.text)
    }

    /// The text with U+FFFD for each lone surrogate.
    pub fn to_str_lossy(&self) -> &str {
        &self.text
    }

    /// The text with U+FFFD for each lone surrogate.
    pub fn into_string_lossy(self) -> String {
        self.text.into_string()
    }

    /// The text of Python's `encode("utf-8", "surrogatepass")`; `None` for bytes that are not such.
    pub fn from_surrogatepass(bytes: &[u8]) -> Option<Self> {
        let mut text = Self::default();
        let mut rest = bytes;
        loop {
            match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    return Some(text);
                }
                Err(error) => {
                    let (valid, bad) = rest.split_at(error.valid_up_to());
                    text.push_str(std::str::from_utf8(valid).ok()?);
                    let &[0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, ..] = bad else { return None };
                    text.push_surrogate(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F));
                    rest = &bad[3..];
                }
            }
        }
    }

    /// Python's `encode("utf-8", "surrogatepass")`.
    pub fn to_surrogatepass(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.text.len());
        for (text, surrogate) in self.segments() {
            bytes.extend_from_slice(text.as_bytes());
            if let Some(unit) = surrogate {
                bytes.extend_from_slice(&[0xED, 0x80 | (unit >> 6 & 0x3F) as u8, 0x80 | (unit & 0x3F) as u8]);
            }
        }
        bytes
    }

    pub(super) fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn push(&mut self, character: char) {
        self.text.push(character);
    }

    pub(super) fn push_surrogate(&mut self, unit: u16) {
        self.surrogates.get_or_insert_default().push((self.text.len(), unit));
        self.text.push(char::REPLACEMENT_CHARACTER);
    }

    /// Stretches of ordinary text, each but the last followed by a lone surrogate.
    pub(super) fn segments(&self) -> impl Iterator<Item = (&str, Option<u16>)> {
        let surrogates = self.surrogates.as_deref().map_or(&[][..], Vec::as_slice);
        let mut start = 0;
        let before = surrogates.iter().map(move |&(end, unit)| {
            let text = &self.text[start..end];
            start = end + char::REPLACEMENT_CHARACTER.len_utf8();
            (text, Some(unit))
        });
        let last = surrogates.last().map_or(0, |(end, _)| end + char::REPLACEMENT_CHARACTER.len_utf8());
        before.chain(std::iter::once((&self.text[last..], None)))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self { text: text.into(), surrogates: None }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self { text: text.into(), surrogates: None }
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(other)
    }
}

/// Only the text is hashed, so that a `&str` finds its key; texts that differ in a surrogate alone share a bucket.
impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// Lossy: U+FFFD for each lone surrogate.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.surrogates {
            None => self.text.fmt(f),
            Some(surrogates) => write!(f, "{:?} with {surrogates:x?}", self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogatepass() {
        // "a\ud83d\udc00!\udfff中".encode("utf-8", "surrogatepass") of Python 3.11
        let bytes = b"a\xed\xa0\xbd\xed\xb0\x80!\xed\xbf\xbf\xe4\xb8\xad";
        let text = Text::from_surrogatepass(bytes).unwrap_or_default();
        assert_eq!(text.to_surrogatepass(), bytes);
        assert_eq!(text.to_str_lossy(), "a\u{fffd}\u{fffd}!\u{fffd}中");
        assert_eq!(text.as_str(), None);
        assert_ne!(text, Text::from("a\u{fffd}\u{fffd}!\u{fffd}中"));
        assert_eq!(Text::from_surrogatepass(b"a\xff"), None);
        assert_eq!(Text::from_surrogatepass(b"\xed\xa0"), None);
    }
}
