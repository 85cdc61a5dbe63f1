//! Instructions whose argument is a line of text, as protocol 0 writes them, and the texts of the rest.

use num_bigint::BigInt;

use super::{Node, PickleError};
use crate::json::Text;

/// The digits that Python's `int()` takes at most.
const MAX_DIGITS: usize = 4300;

/// The value of a line after `I`, `L`, `F`, `S` or `V`.
pub(super) fn read(opcode: u8, line: &[u8]) -> Result<Node, PickleError> {
    match opcode {
        b'I' if line == b"00" => Ok(Node::Bool(false)),
        b'I' if line == b"01" => Ok(Node::Bool(true)),
        b'I' => integer(line),
        b'L' => integer(line.strip_suffix(b"L").unwrap_or(line)),
        b'F' => float(line),
        b'S' => string(line),
        _ => unicode(line),
    }
}

/// UTF-8 with lone surrogates.
pub(super) fn utf8(bytes: &[u8]) -> Result<Text, PickleError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(_) => Text::from_surrogatepass(bytes).ok_or(PickleError::Broken),
    }
}

/// A text of Python 2, which Django reads as ASCII.
pub(super) fn ascii(bytes: &[u8]) -> Result<Text, PickleError> {
    if bytes.is_ascii() { utf8(bytes) } else { Err(PickleError::Broken) }
}

/// The place of a `PUT` or `GET`.
pub(super) fn index(line: &[u8]) -> Result<usize, PickleError> {
    let digits = std::str::from_utf8(line).map_err(|_| PickleError::Broken)?;
    digits.trim().parse().map_err(|_| PickleError::Broken)
}

fn integer(line: &[u8]) -> Result<Node, PickleError> {
    let text = std::str::from_utf8(line).map_err(|_| PickleError::Broken)?.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let canonical = digits.trim_start_matches('0').is_empty() || !digits.starts_with('0');
    if digits.is_empty() || digits.len() > MAX_DIGITS || !canonical || !is_decimal(digits) {
        return Err(PickleError::Broken);
    }
    let number: BigInt = text.parse().map_err(|_| PickleError::Broken)?;
    Ok(i64::try_from(&number).map_or(Node::BigInt(number), Node::Int))
}

fn is_decimal(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn float(line: &[u8]) -> Result<Node, PickleError> {
    let text = std::str::from_utf8(line).map_err(|_| PickleError::Broken)?.trim();
    text.parse().map(Node::Float).map_err(|_| PickleError::Broken)
}

/// `'it\'s'`, the `repr` of a text of Python 2.
fn string(line: &[u8]) -> Result<Node, PickleError> {
    let line = line.trim_ascii_end();
    let quoted = match line {
        [quote @ (b'\'' | b'"'), inner @ .., end] if quote == end => inner,
        _ => return Err(PickleError::Broken),
    };
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let [escape, after @ ..] = rest else { return Err(PickleError::Broken) };
        rest = after;
        match escape {
            b'n' => bytes.push(b'\n'),
            b't' => bytes.push(b'\t'),
            b'r' => bytes.push(b'\r'),
            b'\\' | b'\'' | b'"' => bytes.push(*escape),
            b'x' => {
                let code = hexadecimal(rest.get(..2)).ok_or(PickleError::Broken)?;
                bytes.extend(u8::try_from(code));
                rest = &rest[2..];
            }
            _ => return Err(PickleError::Broken),
        }
    }
    ascii(&bytes).map(Node::Str)
}

/// Latin-1 with `\u4e2d` and `\U0001f600` (Python's `raw-unicode-escape`).
fn unicode(line: &[u8]) -> Result<Node, PickleError> {
    let mut bytes = Vec::with_capacity(line.len());
    let mut rest = line;
    let mut slashes = 0;
    while let [first, after @ ..] = rest {
        rest = after;
        slashes = if *first == b'\\' { slashes + 1 } else { 0 };
        let width = match rest.first() {
            Some(b'u') if slashes % 2 == 1 => 4,
            Some(b'U') if slashes % 2 == 1 => 8,
            _ => {
                push_code(&mut bytes, u32::from(*first))?;
                continue;
            }
        };
        let code = hexadecimal(rest.get(1..=width)).ok_or(PickleError::Broken)?;
        push_code(&mut bytes, code)?;
        rest = &rest[1 + width..];
        slashes = 0;
    }
    utf8(&bytes).map(Node::Str)
}

fn hexadecimal(digits: Option<&[u8]>) -> Option<u32> {
    let digits = std::str::from_utf8(digits?).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// Appends a code point, lone surrogates included.
fn push_code(bytes: &mut Vec<u8>, code: u32) -> Result<(), PickleError> {
    match (char::from_u32(code), u16::try_from(code)) {
        (Some(c), _) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        (None, Ok(unit)) => {
            bytes.extend([0xed, 0x80 | (unit >> 6 & 0x3f) as u8, 0x80 | (unit & 0x3f) as u8]);
        }
        (None, Err(_)) => return Err(PickleError::Broken),
    }
    Ok(())
}
