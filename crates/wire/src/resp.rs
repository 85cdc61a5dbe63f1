//! RESP2, the protocol between Redis and its clients: `GET :1:cart` is sent as `*2\r\n$3\r\nGET\r\n$7\r\n:1:cart\r\n`,
//! and `$1\r\n3\r\n` is the answer.
//!
//! <https://redis.io/docs/latest/develop/reference/protocol-spec/>. A decoder takes bytes as they arrive and never looks at
//! the same ones twice, so that a long answer in many pieces costs no more than in one.
//!
//! ```
//! use bytes::BytesMut;
//! use nuages_wire::resp::{Decoder, Limits, Reply, write_command};
//!
//! let mut sent = Vec::new();
//! write_command(&mut sent, &[b"GET", b":1:cart"]);
//! assert_eq!(sent, b"*2\r\n$3\r\nGET\r\n$7\r\n:1:cart\r\n");
//!
//! let mut decoder = Decoder::new(Limits::default());
//! let mut received = BytesMut::from("$1\r\n3");
//! assert_eq!(decoder.decode(&mut received)?, None);
//! received.extend_from_slice(b"\r\n:7\r\n");
//! assert_eq!(decoder.decode(&mut received)?, Some(Reply::Bulk("3".into())));
//! assert_eq!(decoder.decode(&mut received)?, Some(Reply::Integer(7)));
//! # Ok::<(), nuages_wire::resp::RespError>(())
//! ```

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// No value: `$-1` or `*-1`.
    Nil,
    /// `+OK`
    Status(Bytes),
    /// `-ERR unknown command`; the first word is the kind.
    Error(Bytes),
    /// `:7`
    Integer(i64),
    /// `$3` and three bytes.
    Bulk(Bytes),
    /// `*2` and two answers.
    Array(Vec<Reply>),
}

/// What an answer may have at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one value.
    pub bulk: usize,
    /// Bytes of a status, an error or a length.
    pub line: usize,
    /// Values within one answer.
    pub items: usize,
    /// Arrays within each other.
    pub depth: usize,
}

impl Default for Limits {
    /// 64 MiB a value, 64 KiB a line, a million items, eight deep.
    fn default() -> Self {
        Self { bulk: 64 << 20, line: 64 << 10, items: 1 << 20, depth: 8 }
    }
}

/// Why bytes are no answer. The connection cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RespError {
    /// Not RESP2.
    Malformed,
    /// Beyond a limit.
    TooBig,
}

impl fmt::Display for RespError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "an answer that is not of the Redis protocol",
            Self::TooBig => "an answer beyond the limits",
        })
    }
}

impl std::error::Error for RespError {}

/// Values up to this size are copied out of the buffer, so that one kept for long does not hold the whole buffer.
const COPIED: usize = 1024;

/// Appends a command: its name and arguments.
pub fn write_command(out: &mut Vec<u8>, words: &[&[u8]]) {
    begin_command(out, words.len());
    words.iter().for_each(|word| write_word(out, word));
}

/// Appends the beginning of a command of so many words: `*2\r\n`. The words are to follow.
pub fn begin_command(out: &mut Vec<u8>, words: usize) {
    write_length(out, b'*', words);
}

/// Appends a word of a command: `$3\r\nGET\r\n`.
pub fn write_word(out: &mut Vec<u8>, word: &[u8]) {
    out.reserve(word.len() + 32);
    write_length(out, b'$', word.len());
    out.extend_from_slice(word);
    out.extend_from_slice(b"\r\n");
}

/// Appends a number as a word of a command: `$2\r\n-7\r\n`.
pub fn write_number(out: &mut Vec<u8>, number: i64) {
    write_word(out, itoa::Buffer::new().format(number).as_bytes());
}

fn write_length(out: &mut Vec<u8>, kind: u8, length: usize) {
    out.push(kind);
    match u8::try_from(length) {
        // Nearly all of them.
        Ok(length @ 0..10) => out.push(b'0' + length),
        Ok(length @ 10..100) => out.extend_from_slice(&[b'0' + length / 10, b'0' + length % 10]),
        _ => out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes()),
    }
    out.extend_from_slice(b"\r\n");
}

/// Takes answers off a buffer that fills up.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    /// How far the answer at the front is known to be there.
    scanned: usize,
    /// How many values of it are still to come, itself included.
    missing: usize,
    /// How many it has had.
    items: usize,
}

impl Decoder {
    /// A decoder at the beginning of an answer.
    pub const fn new(limits: Limits) -> Self {
        Self { limits, scanned: 0, missing: 1, items: 0 }
    }

    /// The next answer, taken off the front; `None` until all of it is there.
    ///
    /// # Errors
    /// [`RespError`]; what follows can then not be read.
    pub fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Reply>, RespError> {
        // Nearly every answer is a value of its own, whose first line says whether all of it is there.
        if self.scanned == 0 && buffer.first() != Some(&b'*') {
            return self.value(buffer);
        }
        while self.missing > 0 {
            let Some((line, length)) = self.line(&buffer[self.scanned..])? else { return Ok(None) };
            self.items += 1;
            match line[0] {
                b'*' => {
                    let count = self.count(line, self.limits.items)?.unwrap_or(0);
                    self.missing += count;
                    if self.items + self.missing > self.limits.items.saturating_add(1) {
                        return Err(RespError::TooBig);
                    }
                    self.scanned += length;
                }
                b'$' => {
                    let size = self.count(line, self.limits.bulk)?.map_or(0, |size| size + 2);
                    if buffer.len() - self.scanned < length + size {
                        self.items -= 1;
                        return Ok(None);
                    }
                    self.scanned += length + size;
                }
                b'+' | b'-' | b':' => self.scanned += length,
                _ => return Err(RespError::Malformed),
            }
            self.missing -= 1;
        }
        *self = Self::new(self.limits);
        self.take(buffer, self.limits.depth).map(Some)
    }

    /// The line at the front without its end, and how long it is with it.
    fn line<'b>(&self, bytes: &'b [u8]) -> Result<Option<(&'b [u8], usize)>, RespError> {
        let searched = &bytes[..bytes.len().min(self.limits.line)];
        match memchr::memchr(b'\n', searched) {
            Some(end) if end >= 2 && bytes[end - 1] == b'\r' => Ok(Some((&bytes[..end - 1], end + 1))),
            Some(_) => Err(RespError::Malformed),
            None if bytes.len() >= self.limits.line => Err(RespError::TooBig),
            None => Ok(None),
        }
    }

    /// The number after the first byte; `None` for -1.
    fn count(&self, line: &[u8], limit: usize) -> Result<Option<usize>, RespError> {
        match number(&line[1..])? {
            -1 => Ok(None),
            number => match usize::try_from(number) {
                Ok(number) if number <= limit => Ok(Some(number)),
                Ok(_) => Err(RespError::TooBig),
                Err(_) => Err(RespError::Malformed),
            },
        }
    }

    /// Builds the answer at the front, which is there in full.
    fn take(&self, buffer: &mut BytesMut, depth: usize) -> Result<Reply, RespError> {
        if buffer.first() != Some(&b'*') {
            return self.value(buffer)?.ok_or(RespError::Malformed);
        }
        let Some((line, length)) = self.line(buffer)? else { return Err(RespError::Malformed) };
        let count = self.count(line, self.limits.items)?;
        buffer.advance(length);
        let Some(count) = count else { return Ok(Reply::Nil) };
        let depth = depth.checked_sub(1).ok_or(RespError::TooBig)?;
        let items = (0..count).map(|_| self.take(buffer, depth));
        items.collect::<Result<_, _>>().map(Reply::Array)
    }

    /// Takes a value that is no array off the front, if all of it is there.
    fn value(&self, buffer: &mut BytesMut) -> Result<Option<Reply>, RespError> {
        let Some((line, length)) = self.line(buffer)? else { return Ok(None) };
        let reply = match line[0] {
            b'$' => {
                let Some(size) = self.count(line, self.limits.bulk)? else {
                    buffer.advance(length);
                    return Ok(Some(Reply::Nil));
                };
                match buffer.get(length + size..length + size + 2) {
                    None => return Ok(None),
                    Some(b"\r\n") => buffer.advance(length),
                    Some(_) => return Err(RespError::Malformed),
                }
                let value = cut(buffer, size);
                buffer.advance(2);
                return Ok(Some(Reply::Bulk(value)));
            }
            b':' => Reply::Integer(number(&line[1..])?),
            b'+' => Reply::Status(Bytes::copy_from_slice(&line[1..])),
            b'-' => Reply::Error(Bytes::copy_from_slice(&line[1..])),
            _ => return Err(RespError::Malformed),
        };
        buffer.advance(length);
        Ok(Some(reply))
    }
}

fn cut(buffer: &mut BytesMut, size: usize) -> Bytes {
    if size > COPIED {
        return buffer.split_to(size).freeze();
    }
    let value = Bytes::copy_from_slice(&buffer[..size]);
    buffer.advance(size);
    value
}

fn number(digits: &[u8]) -> Result<i64, RespError> {
    match digits {
        // Nearly all of them: the length of a value.
        [_, ..] if digits.len() <= 18 && digits.iter().all(u8::is_ascii_digit) => {
            Ok(digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
        }
        _ => {
            let text = std::str::from_utf8(digits).map_err(|_| RespError::Malformed)?;
            text.parse().map_err(|_| RespError::Malformed)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8], step: usize) -> Result<Vec<Reply>, RespError> {
        let mut decoder = Decoder::new(Limits { bulk: 4096, line: 64, items: 100, depth: 3 });
        let (mut buffer, mut replies) = (BytesMut::new(), Vec::new());
        for piece in bytes.chunks(step) {
            buffer.extend_from_slice(piece);
            while let Some(reply) = decoder.decode(&mut buffer)? {
                replies.push(reply);
            }
        }
        Ok(replies)
    }

    #[test]
    fn answers_in_pieces_are_answers() {
        let bytes =
            b"+OK\r\n:-7\r\n$-1\r\n$0\r\n\r\n*2\r\n$2\r\n\r\n\r\n*1\r\n:1\r\n*-1\r\n*0\r\n-ERR no\r\n";
        let replies = all(bytes, bytes.len()).unwrap();
        assert_eq!(
            replies,
            [
                Reply::Status("OK".into()),
                Reply::Integer(-7),
                Reply::Nil,
                Reply::Bulk("".into()),
                Reply::Array(vec![Reply::Bulk("\r\n".into()), Reply::Array(vec![Reply::Integer(1)])]),
                Reply::Nil,
                Reply::Array(vec![]),
                Reply::Error("ERR no".into()),
            ]
        );
        for step in 1..8 {
            assert_eq!(all(bytes, step).unwrap(), replies);
        }
    }

    #[test]
    fn lengths_of_words() {
        for length in [0, 9, 10, 42, 99, 100, 255, 256, 70_000] {
            let mut out = Vec::new();
            write_word(&mut out, &vec![b'a'; length]);
            assert_eq!(out, format!("${length}\r\n{}\r\n", "a".repeat(length)).as_bytes());
        }
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for bytes in [&b"x\r\n"[..], b"$x\r\n", b"$-2\r\n", b"$1\r\nabc", b":1\n", b"\r\n", b":\r\n"] {
            assert_eq!(all(bytes, 100), Err(RespError::Malformed), "{bytes:?}");
        }
        for bytes in [&b"$4097\r\n"[..], b"*101\r\n", b"*2\r\n*99\r\n", b"*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"] {
            assert_eq!(all(bytes, 100), Err(RespError::TooBig), "{bytes:?}");
        }
        assert_eq!(all(&[b'+'; 65], 100), Err(RespError::TooBig));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in "[*$:+-]{0,2}[0-9\r\n*$:a-]{0,60}", step in 1..9_usize) {
            let whole = all(bytes.as_bytes(), 100);
            let pieces = all(bytes.as_bytes(), step);
            prop_assert_eq!(whole.is_err(), pieces.is_err());
        }
    }
}
