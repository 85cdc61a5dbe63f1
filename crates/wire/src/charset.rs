//! Character sets under the names that Python gives them: `gbk`, `latin-1`, `ISO_8859_1`.
//!
//! Equals Python's `codecs.lookup` and its `replace` error handler. Forms and uploads are UTF-8 unless
//! a request says otherwise; `GB 2312`, `big5`, `shift_jis`, the Windows and ISO 8859 families are
//! decoded too. Names of the rest (EBCDIC, UTF-7, `hex`, …) are known, as they are to Python, but not
//! decoded.
//!
//! ```
//! use nuages_wire::charset::Charset;
//!
//! let gbk = Charset::lookup("GBK")?;
//! assert_eq!(gbk.decode(b"\xd6\xd0"), "中");
//! assert_eq!(gbk.encode("中").as_deref(), Some(&b"\xd6\xd0"[..]));
//! # Ok::<(), nuages_wire::charset::CharsetError>(())
//! ```

use std::borrow::Cow;
use std::fmt;

mod names;

/// A character set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Utf8,
    Ascii,
    Latin1,
    Other(&'static encoding_rs::Encoding),
}

/// Why a name stands for no [`Charset`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CharsetError {
    /// Python does not know the name either.
    Unknown,
    /// Python knows the name; this crate does not decode it.
    Unsupported,
}

impl Charset {
    /// Django's default.
    pub const UTF_8: Charset = Charset(Kind::Utf8);
    /// One byte a character, U+0000 to U+00FF.
    pub const LATIN_1: Charset = Charset(Kind::Latin1);
    /// Seven bits.
    pub const ASCII: Charset = Charset(Kind::Ascii);

    /// The character set of a name, as `codecs.lookup` reads it: case does not count, and neither does
    /// the kind of separator.
    ///
    /// # Errors
    /// [`CharsetError`] tells a name that nobody knows from one that is not supported here.
    pub fn lookup(name: &str) -> Result<Charset, CharsetError> {
        let name = normalize(name);
        if name.is_empty() {
            return Err(CharsetError::Unknown);
        }
        let found = names::SUPPORTED.iter().find(|(_, names)| names.split(' ').any(|known| known == name));
        match found {
            Some((kind, _)) => Ok(Charset(*kind)),
            None if names::KNOWN.split_ascii_whitespace().any(|known| known == name) => {
                Err(CharsetError::Unsupported)
            }
            None => Err(CharsetError::Unknown),
        }
    }

    /// Decodes, with U+FFFD for what is invalid (`bytes.decode(…, "replace")`).
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self.0 {
            Kind::Utf8 => String::from_utf8_lossy(bytes),
            Kind::Ascii => bytes
                .iter()
                .map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{fffd}' })
                .collect(),
            Kind::Latin1 => encoding_rs::mem::decode_latin1(bytes),
            Kind::Other(encoding) => {
                let (text, _) = encoding.decode_without_bom_handling(bytes);
                let undefined = |c| is_undefined(encoding, c);
                if text.contains(undefined) { text.replace(undefined, "\u{fffd}").into() } else { text }
            }
        }
    }

    /// Decodes, or nothing when a byte is invalid (`bytes.decode(…)`).
    pub fn decode_strict(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self.0 {
            Kind::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Kind::Ascii => bytes.is_ascii().then(|| self.decode(bytes)),
            Kind::Latin1 => Some(self.decode(bytes)),
            Kind::Other(encoding) => encoding
                .decode_without_bom_handling_and_without_replacement(bytes)
                .filter(|text| !text.contains(|c| is_undefined(encoding, c))),
        }
    }

    /// Encodes, or nothing when a character has no bytes in this set (`str.encode(…)`).
    pub fn encode(self, text: &str) -> Option<Cow<'_, [u8]>> {
        match self.0 {
            Kind::Utf8 => Some(Cow::Borrowed(text.as_bytes())),
            Kind::Ascii => text.is_ascii().then_some(Cow::Borrowed(text.as_bytes())),
            Kind::Latin1 => {
                text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<Vec<u8>>>().map(Cow::Owned)
            }
            Kind::Other(encoding) => {
                let (bytes, _, unmappable) = encoding.encode(text);
                (!unmappable && !text.contains(|c| is_undefined(encoding, c))).then_some(bytes)
            }
        }
    }
}

impl fmt::Display for CharsetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CharsetError::Unknown => "unknown character set",
            CharsetError::Unsupported => "unsupported character set",
        })
    }
}

impl std::error::Error for CharsetError {}

/// `encodings.normalize_encoding`, in lower case: runs of other characters become one underscore.
fn normalize(name: &str) -> String {
    let mut normal = String::new();
    let mut separated = false;
    // The longest name that Python knows has 21 characters.
    for c in name.chars().take(64) {
        if c.is_alphanumeric() || c == '.' {
            if separated && !normal.is_empty() {
                normal.push('_');
            }
            if c.is_ascii() {
                normal.push(c.to_ascii_lowercase());
            }
            separated = false;
        } else {
            separated = true;
        }
    }
    normal
}

/// Whether a character stands for a byte that browsers read and Python calls invalid: the gaps of the
/// Windows sets are C1 controls to them, and 0x80 is a character of GBK and Shift JIS.
fn is_undefined(encoding: &'static encoding_rs::Encoding, c: char) -> bool {
    match encoding.name() {
        "GBK" => c == '€',
        "Shift_JIS" => c == '\u{80}',
        name => ('\u{80}'..='\u{9f}').contains(&c) && name.starts_with("windows-"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_python_reads_them() {
        for name in ["utf8", "UTF 8", "utf-8 ", "u8", "utf@8", "-utf8"] {
            assert_eq!(Charset::lookup(name), Ok(Charset::UTF_8), "{name}");
        }
        assert_eq!(Charset::lookup("latin--1"), Ok(Charset::LATIN_1));
        assert_eq!(Charset::lookup("hex"), Err(CharsetError::Unsupported));
        for name in ["", "bogus", "utf.8", "é", ".utf8"] {
            assert_eq!(Charset::lookup(name), Err(CharsetError::Unknown), "{name}");
        }
    }

    #[test]
    fn an_undefined_byte_of_windows_1252_is_invalid() {
        let windows = Charset::lookup("cp1252").unwrap_or(Charset::UTF_8);
        assert_eq!(windows.decode(b"\x80\x81"), "€\u{fffd}");
        assert_eq!(windows.decode_strict(b"\x81"), None);
        let gbk = Charset::lookup("gbk").unwrap_or(Charset::UTF_8);
        assert_eq!(gbk.decode(b"a\x80"), "a\u{fffd}");
    }
}
