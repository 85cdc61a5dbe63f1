//! The reader, `json.loads`.

use std::borrow::Cow;
use std::fmt;

use super::{Number, Object, Text, Value};

/// Why a text was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Not JSON, at this byte offset.
    Syntax(usize),
    /// Longer than [`Limits::size`].
    TooBig,
    /// Arrays and objects nested deeper than [`Limits::depth`].
    TooDeep,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(offset) => write!(f, "not JSON at byte {offset}"),
            Self::TooBig => f.write_str("the JSON text is too big"),
            Self::TooDeep => f.write_str("the JSON text is nested too deeply"),
        }
    }
}

impl std::error::Error for Error {}

/// What a text may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the text; 16 MiB.
    pub size: usize,
    /// Arrays and objects within each other; 500. (Python's recursion limit is near 1000.)
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { size: 16 << 20, depth: 500 }
    }
}

/// Reads a text under the default [`Limits`].
///
/// # Errors
/// [`Error`], where Python raises `JSONDecodeError` or `RecursionError`.
pub fn from_str(text: &str) -> Result<Value, Error> {
    from_str_with(text, Limits::default())
}

/// Reads bytes as Django's serializer does, which takes them for latin-1: each byte is a code point.
///
/// # Errors
/// [`Error`].
pub fn from_latin1(bytes: &[u8]) -> Result<Value, Error> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    };
    from_str(&text)
}

/// Reads a text under given limits.
///
/// # Errors
/// [`Error`].
pub fn from_str_with(text: &str, limits: Limits) -> Result<Value, Error> {
    if text.len() > limits.size {
        return Err(Error::TooBig);
    }
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    reader.space();
    let value = reader.value(limits.depth)?;
    reader.space();
    if reader.at == text.len() { Ok(value) } else { Err(reader.error()) }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn error(&self) -> Error {
        Error::Syntax(self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Steps over a byte if it is the next one.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Error> {
        match self.peek() {
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'{') => self.object(depth.checked_sub(1).ok_or(Error::TooDeep)?),
            Some(b'[') => self.array(depth.checked_sub(1).ok_or(Error::TooDeep)?),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                let (name, value) = match self.peek() {
                    Some(b'n') => ("null", Value::Null),
                    Some(b't') => ("true", Value::Bool(true)),
                    Some(b'f') => ("false", Value::Bool(false)),
                    Some(b'N') => ("NaN", Value::from(f64::NAN)),
                    Some(b'I') => ("Infinity", Value::from(f64::INFINITY)),
                    _ => return Err(self.error()),
                };
                self.word(name)?;
                Ok(value)
            }
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Error> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.error());
        }
        self.at += word.len();
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<Value, Error> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.take(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.space();
            if self.take(b']') {
                return Ok(Value::Array(items));
            }
            if !self.take(b',') {
                return Err(self.error());
            }
            self.space();
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Error> {
        self.at += 1;
        let mut object = Object::new();
        self.space();
        if self.take(b'}') {
            return Ok(Value::Object(object));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.error());
            }
            let key = self.string()?;
            self.space();
            if !self.take(b':') {
                return Err(self.error());
            }
            self.space();
            let value = self.value(depth)?;
            object.insert(key, value);
            self.space();
            if self.take(b'}') {
                return Ok(Value::Object(object));
            }
            if !self.take(b',') {
                return Err(self.error());
            }
            self.space();
        }
    }

    fn number(&mut self) -> Result<Value, Error> {
        let start = self.at;
        self.take(b'-');
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            Some(b'I') => {
                self.word("Infinity")?;
                return Ok(Value::from(f64::NEG_INFINITY));
            }
            _ => return Err(self.error()),
        }
        let integer_end = self.at;
        if self.take(b'.') {
            let first = self.at;
            self.digits();
            if self.at == first {
                self.at = integer_end;
            }
        }
        let fraction_end = self.at;
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            let first = self.at;
            self.digits();
            if self.at == first {
                self.at = fraction_end;
            }
        }
        let text = &self.text[start..self.at];
        let number = if self.at == integer_end {
            Number::from_decimal(text)
        } else {
            text.parse::<f64>().ok().map(Number::from)
        };
        number.map(Value::Number).ok_or(Error::Syntax(start))
    }

    fn digits(&mut self) {
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
    }

    /// A string, from its opening quote.
    fn string(&mut self) -> Result<Text, Error> {
        self.at += 1;
        let stretch = self.plain()?;
        if self.take(b'"') {
            return Ok(Text::from(stretch));
        }
        let mut text = Text::from(stretch);
        while !self.take(b'"') {
            self.escape(&mut text)?;
            text.push_str(self.plain()?);
        }
        Ok(text)
    }

    /// Characters up to a quote or a backslash.
    fn plain(&mut self) -> Result<&'a str, Error> {
        let start = self.at;
        let stop = self.bytes[start..].iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ');
        self.at = stop.map_or(self.bytes.len(), |length| start + length);
        match self.peek() {
            Some(b'"' | b'\\') => Ok(&self.text[start..self.at]),
            _ => Err(self.error()),
        }
    }

    fn escape(&mut self, text: &mut Text) -> Result<(), Error> {
        let start = self.at;
        self.at += 2;
        let character = match self.bytes.get(start + 1) {
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(*plain),
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'u') => return self.unicode(text),
            _ => return Err(Error::Syntax(start)),
        };
        text.push(character);
        Ok(())
    }

    /// The digits of `\u`, and those of a second escape that completes a surrogate pair.
    fn unicode(&mut self, text: &mut Text) -> Result<(), Error> {
        let unit = self.hex()?;
        if let Some(character) = char::from_u32(u32::from(unit)) {
            text.push(character);
            return Ok(());
        }
        let second = self.at;
        if unit < 0xDC00 && self.bytes[second..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.hex()?;
            if let Some(Ok(character)) = char::decode_utf16([unit, low]).next() {
                text.push(character);
                return Ok(());
            }
            self.at = second;
        }
        text.push_surrogate(unit);
        Ok(())
    }

    fn hex(&mut self) -> Result<u16, Error> {
        let digits = self.bytes.get(self.at..self.at + 4).ok_or_else(|| self.error())?;
        let mut unit = 0;
        for &byte in digits {
            let digit = char::from(byte).to_digit(16).ok_or_else(|| self.error())?;
            unit = unit << 4 | digit as u16;
        }
        self.at += 4;
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Style;
    use super::*;

    // Each from json.dumps(json.loads(text)) of Python 3.11; None where it raises.
    #[test]
    fn reads_what_python_reads() {
        let cases: &[(&str, Option<&str>)] = &[
            ("1", Some("1")),
            ("-0", Some("0")),
            ("-0.0", Some("-0.0")),
            ("01", None),
            ("1.", None),
            ("1.e5", None),
            ("1e", None),
            ("1e5", Some("100000.0")),
            ("1E+2", Some("100.0")),
            ("1.50", Some("1.5")),
            ("-", None),
            ("-I", None),
            ("-Infinity", Some("-Infinity")),
            ("NaN", Some("NaN")),
            ("-NaN", None),
            ("Infinity", Some("Infinity")),
            ("nul", None),
            ("null", Some("null")),
            ("tru", None),
            ("[1,]", None),
            ("[,]", None),
            ("[]", Some("[]")),
            ("{}", Some("{}")),
            ("{\"a\":1,}", None),
            ("{\"a\":1,\"b\":2,\"a\":3}", Some("{\"a\": 3, \"b\": 2}")),
            ("{a:1}", None),
            ("{\"a\" : 1 , \"b\":[ ] }", Some("{\"a\": 1, \"b\": []}")),
            (" \u{a}\u{9}\u{d}1 ", Some("1")),
            ("\u{a0}1", None),
            ("\u{feff}1", None),
            ("\"a\u{9}b\"", None),
            ("\"\\x\"", None),
            ("\"\\u12\"", None),
            ("\"\\u00e9\\uD83D\\uDE00\\ud83d\"", Some("\"\\u00e9\\ud83d\\ude00\\ud83d\"")),
            ("\"\\ud83d\\ud83d\\ude00\"", Some("\"\\ud83d\\ud83d\\ude00\"")),
            ("\"\\ude00\\ud83d\"", Some("\"\\ude00\\ud83d\"")),
            ("\"\\ud83d\\u0041\"", Some("\"\\ud83dA\"")),
            ("\"\\ud83d\\uzzzz\"", None),
            ("\"\\ud83dx\"", Some("\"\\ud83dx\"")),
            ("\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"", Some("\"/\\b\\f\\n\\r\\t\\\"\\\\\"")),
            ("\"\u{7f}\u{2028}中\u{1f600}\"", Some("\"\\u007f\\u2028\\u4e2d\\ud83d\\ude00\"")),
            ("\"\"", Some("\"\"")),
            ("\"", None),
            ("\"a", None),
            ("{\"a\"", None),
            ("{\"a\":", None),
            ("[1", None),
            ("1 2", None),
            ("1e400", Some("Infinity")),
            ("-1e400", Some("-Infinity")),
            ("1e-400", Some("0.0")),
            ("123456789012345678901234567890", Some("123456789012345678901234567890")),
            ("0.1e1", Some("1.0")),
            ("[1.0,1e16,1e22,0.00001]", Some("[1.0, 1e+16, 1e+22, 1e-05]")),
            ("\"\\u0000\"", Some("\"\\u0000\"")),
            ("{\"\":{\"\":[]}}", Some("{\"\": {\"\": []}}")),
            ("", None),
            ("+1", None),
            (".5", None),
            ("\"\\u+123\"", None),
        ];
        for (text, written) in cases {
            let ours = from_str(text).ok().map(|value| value.to_json(Style::PYTHON));
            assert_eq!(ours.as_deref(), *written, "{text:?}");
        }
    }

    #[test]
    fn limits() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(from_str(&nested(500)).is_ok());
        assert_eq!(from_str(&nested(501)), Err(Error::TooDeep));
        assert_eq!(from_str(&"[".repeat(1_000_000)), Err(Error::TooDeep));
        let limits = Limits { size: 4, depth: 0 };
        assert_eq!(from_str_with("12345", limits), Err(Error::TooBig));
        assert_eq!(from_str_with("[]", limits), Err(Error::TooDeep));
    }

    #[test]
    fn bytes_are_latin_1() {
        assert_eq!(from_latin1("\"é\"".as_bytes()), Ok(Value::from("Ã©")));
        assert_eq!(from_latin1(b"\"\xff\""), Ok(Value::from("ÿ")));
    }
}
