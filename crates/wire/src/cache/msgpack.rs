//! MessagePack as Python's `msgpack.dumps` writes it and `msgpack.loads(raw=False)` reads it.

use num_bigint::BigInt;

use crate::json::Text;
use crate::pickle::{Limits, Value};

/// The bytes of a value; nothing for dates, sets, integers beyond 64 bits and unknown objects.
pub(super) fn pack(value: &Value) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    write(value, &mut out)?;
    Some(out)
}

/// The value of bytes; nothing for what Python refuses, and for its extension types.
pub(super) fn unpack(bytes: &[u8], limits: Limits) -> Option<Value> {
    if bytes.len() > limits.size {
        return None;
    }
    let mut reader = Reader { rest: bytes, depth: limits.depth.min(500), values: limits.values };
    let value = reader.value()?;
    reader.rest.is_empty().then_some(value)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Option<()> {
    match value {
        Value::None => out.push(0xc0),
        Value::Bool(flag) => out.push(0xc2 + u8::from(*flag)),
        Value::Int(number) => integer(*number, out),
        Value::BigInt(number) => {
            out.push(0xcf);
            out.extend_from_slice(&u64::try_from(number).ok()?.to_be_bytes());
        }
        Value::Float(number) => {
            out.push(0xcb);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::Str(text) | Value::SafeString(text) => {
            let bytes = text.as_str()?.as_bytes();
            match bytes.len() {
                length @ 0..32 => out.push(0xa0 | u8::try_from(length).ok()?),
                length => sized([0xd9, 0xda, 0xdb], length, out)?,
            }
            out.extend_from_slice(bytes);
        }
        Value::Bytes(bytes) | Value::ByteArray(bytes) => {
            sized([0xc4, 0xc5, 0xc6], bytes.len(), out)?;
            out.extend_from_slice(bytes);
        }
        Value::List(items) | Value::Tuple(items) => {
            count(0x90, [0xdc, 0xdd], items.len(), out)?;
            items.iter().try_for_each(|item| write(item, out))?;
        }
        Value::Dict(entries) | Value::OrderedDict(entries) => {
            count(0x80, [0xde, 0xdf], entries.len(), out)?;
            for (key, value) in entries {
                write(key, out)?;
                write(value, out)?;
            }
        }
        _ => return None,
    }
    Some(())
}

fn integer(number: i64, out: &mut Vec<u8>) {
    match number {
        -32..=0x7f => out.push(number as u8),
        0x80..=0xff => out.extend([0xcc, number as u8]),
        -0x80..=-33 => out.extend([0xd0, number as u8]),
        0x100..=0xffff => wide(0xcd, &(number as u16).to_be_bytes(), out),
        -0x8000..=-0x81 => wide(0xd1, &(number as i16).to_be_bytes(), out),
        0x1_0000..=0xffff_ffff => wide(0xce, &(number as u32).to_be_bytes(), out),
        -0x8000_0000..=-0x8001 => wide(0xd2, &(number as i32).to_be_bytes(), out),
        0x1_0000_0000.. => wide(0xcf, &number.to_be_bytes(), out),
        _ => wide(0xd3, &number.to_be_bytes(), out),
    }
}

fn wide(kind: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(kind);
    out.extend_from_slice(bytes);
}

/// A length of 8, 16 or 32 bits.
fn sized(kinds: [u8; 3], length: usize, out: &mut Vec<u8>) -> Option<()> {
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length), _) => out.extend([kinds[0], length]),
        (_, Ok(length)) => wide(kinds[1], &length.to_be_bytes(), out),
        _ => wide(kinds[2], &u32::try_from(length).ok()?.to_be_bytes(), out),
    }
    Some(())
}

/// A number of items, up to 15 within the kind itself.
fn count(small: u8, kinds: [u8; 2], length: usize, out: &mut Vec<u8>) -> Option<()> {
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ 0..16), _) => out.push(small | length),
        (_, Ok(length)) => wide(kinds[0], &length.to_be_bytes(), out),
        _ => wide(kinds[1], &u32::try_from(length).ok()?.to_be_bytes(), out),
    }
    Some(())
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
    values: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Option<Value> {
        self.values = self.values.checked_sub(1)?;
        let kind = self.number(1)? as u8;
        Some(match kind {
            0..=0x7f => Value::Int(kind.into()),
            0xe0..=0xff => Value::Int((kind as i8).into()),
            0xc0 => Value::None,
            0xc2 => Value::Bool(false),
            0xc3 => Value::Bool(true),
            0xcc => Value::Int(self.number(1)? as i64),
            0xcd => Value::Int(self.number(2)? as i64),
            0xce => Value::Int(self.number(4)? as i64),
            0xcf => Value::integer(BigInt::from(self.number(8)?)),
            0xd0 => Value::Int((self.number(1)? as i8).into()),
            0xd1 => Value::Int((self.number(2)? as i16).into()),
            0xd2 => Value::Int((self.number(4)? as i32).into()),
            0xd3 => Value::Int(self.number(8)? as i64),
            0xca => Value::Float(f32::from_bits(self.number(4)? as u32).into()),
            0xcb => Value::Float(f64::from_bits(self.number(8)?)),
            0xa0..=0xbf => self.text(usize::from(kind & 0x1f))?,
            0xd9..=0xdb => {
                let length = self.length(1 << (kind - 0xd9))?;
                self.text(length)?
            }
            0xc4..=0xc6 => {
                let length = self.length(1 << (kind - 0xc4))?;
                Value::Bytes(self.bytes(length)?.to_vec())
            }
            0x90..=0x9f => self.list(usize::from(kind & 0xf))?,
            0xdc | 0xdd => {
                let length = self.length(2 << (kind - 0xdc))?;
                self.list(length)?
            }
            0x80..=0x8f => self.dict(usize::from(kind & 0xf))?,
            0xde | 0xdf => {
                let length = self.length(2 << (kind - 0xde))?;
                self.dict(length)?
            }
            _ => return None,
        })
    }

    fn list(&mut self, length: usize) -> Option<Value> {
        self.depth = self.depth.checked_sub(1)?;
        // An item has a byte at least.
        let mut items = Vec::with_capacity(length.min(self.rest.len()).min(1024));
        for _ in 0..length {
            items.push(self.value()?);
        }
        self.depth += 1;
        Some(Value::List(items))
    }

    fn dict(&mut self, length: usize) -> Option<Value> {
        self.depth = self.depth.checked_sub(1)?;
        let mut entries = Vec::with_capacity(length.min(self.rest.len()).min(1024));
        for _ in 0..length {
            let key = self.value()?;
            // Python's reader takes no other keys.
            if !matches!(key, Value::Str(_) | Value::Bytes(_)) {
                return None;
            }
            entries.push((key, self.value()?));
        }
        self.depth += 1;
        crate::pickle::distinct_entries(entries).ok().map(Value::Dict)
    }

    fn text(&mut self, length: usize) -> Option<Value> {
        std::str::from_utf8(self.bytes(length)?).ok().map(|text| Value::Str(Text::from(text)))
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    fn length(&mut self, width: usize) -> Option<usize> {
        usize::try_from(self.number(width)?).ok()
    }

    /// A big-endian number of 1, 2, 4 or 8 bytes.
    fn number(&mut self, width: usize) -> Option<u64> {
        Some(self.bytes(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // From msgpack.dumps.
    #[test]
    fn what_python_writes() {
        for (value, bytes) in [
            (Value::from(-33), &b"\xd0\xdf"[..]),
            (Value::from(65536), b"\xce\x00\x01\x00\x00"),
            (Value::integer(u64::MAX.into()), b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
            (Value::from("é"), b"\xa2\xc3\xa9"),
            (Value::Bytes(b"a".to_vec()), b"\xc4\x01a"),
            (Value::Dict(vec![(Value::from("a"), Value::List(vec![Value::None]))]), b"\x81\xa1a\x91\xc0"),
        ] {
            assert_eq!(pack(&value).as_deref(), Some(bytes));
            assert_eq!(unpack(bytes, Limits::default()), Some(value));
        }
    }

    #[test]
    fn what_python_refuses() {
        assert_eq!(pack(&Value::Set(Vec::new())), None);
        for bytes in [&b"\x81\x01\x02"[..], b"\xdd\xff\xff\xff\xff", b"\xc0\xc0", b"\xc1", b"\xa1\xff"] {
            assert_eq!(unpack(bytes, Limits::default()), None, "{bytes:?}");
        }
    }
}
