//! Pickles of what JSON has too, read straight into JSON and written from it: most sessions are such.
//!
//! `80 05 7d 8c 01 61 4b 01 73 2e` is `{"a": 1}`. What else a pickle can say, [`loads`](super::loads) reads; of two that
//! both read, the value is the same.

use num_bigint::BigInt;

use super::dump::Writer;
use super::{Limits, Protocol};
use crate::json::{Number, Object, Value};

/// The JSON of a pickle of nothing but dicts with texts as keys, lists, texts, numbers that fit, booleans and `None`.
pub(crate) fn loads_plain(bytes: &[u8], limits: Limits) -> Option<Value> {
    if bytes.len() > limits.size {
        return None;
    }
    let reader = Reader {
        rest: bytes,
        stack: Vec::with_capacity(8),
        mark: None,
        memo: Vec::new(),
        latest: None,
        values: limits.values,
        marks: limits.depth,
        depth: limits.depth,
    };
    reader.run()
}

/// What [`dumps`](super::dumps) writes for the same dict.
pub(crate) fn dumps_plain(object: &Object, protocol: Protocol) -> Vec<u8> {
    let mut writer = Writer::new(protocol);
    writer.json_object(object);
    writer.finish()
}

/// What lies on the stack.
enum Item {
    /// A value, and the levels that it has.
    Value(Value, usize),
    /// A mark, and where the one before it lies.
    Mark(Option<usize>),
}

struct Reader<'a> {
    rest: &'a [u8],
    stack: Vec<Item>,
    /// Where the last mark lies.
    mark: Option<usize>,
    /// The texts in their places; nothing for what is not a text, which nobody asks for twice.
    memo: Vec<Option<&'a str>>,
    /// The text that is on top of the stack, if one is.
    latest: Option<&'a str>,
    /// Values that are left.
    values: usize,
    /// Levels that are left, for marks and within each value.
    marks: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn run(mut self) -> Option<Value> {
        loop {
            let opcode = self.array::<1>()?[0];
            match opcode {
                b'.' => {
                    let Item::Value(root, _) = self.stack.pop()? else { return None };
                    return self.stack.is_empty().then_some(root);
                }
                0x94 => self.memoize()?,
                0x80 => {
                    let [protocol] = self.array::<1>()?;
                    (protocol <= 5).then_some(())?;
                }
                0x95 => {
                    let length = u64::from_le_bytes(self.array()?);
                    (length <= self.rest.len() as u64).then_some(())?;
                }
                b'q' => {
                    let [place] = self.array::<1>()?;
                    (usize::from(place) == self.memo.len()).then_some(())?;
                    self.memoize()?;
                }
                b'(' => self.mark()?,
                _ => {
                    self.latest = None;
                    self.step(opcode)?;
                }
            }
        }
    }

    fn step(&mut self, opcode: u8) -> Option<()> {
        match opcode {
            0x8c => {
                let [length] = self.array::<1>()?;
                self.text(length.into())
            }
            b'X' => {
                let length = u32::from_le_bytes(self.array()?);
                self.text(usize::try_from(length).ok()?)
            }
            b'h' => {
                let [place] = self.array::<1>()?;
                let text = self.memo.get(usize::from(place)).copied().flatten()?;
                self.push_text(text)
            }
            b'j' => {
                let place = u32::from_le_bytes(self.array()?);
                let text = self.memo.get(usize::try_from(place).ok()?).copied().flatten()?;
                self.push_text(text)
            }
            b'N' => self.push(Value::Null),
            0x88 => self.push(true.into()),
            0x89 => self.push(false.into()),
            b'K' => {
                let [number] = self.array::<1>()?;
                self.push(number.into())
            }
            b'M' => {
                let number = u16::from_le_bytes(self.array()?);
                self.push(number.into())
            }
            b'J' => {
                let number = i32::from_le_bytes(self.array()?);
                self.push(number.into())
            }
            0x8a => self.long(),
            b'G' => {
                let number = f64::from_be_bytes(self.array()?);
                self.push(number.into())
            }
            b'}' => self.push(Object::new().into()),
            b']' => self.push(Vec::new().into()),
            b's' => {
                let first = self.stack.len().checked_sub(2)?;
                self.set_items(first, first)
            }
            b'u' => {
                let mark = self.unmark()?;
                self.set_items(mark, mark + 1)
            }
            b'a' => {
                let first = self.stack.len().checked_sub(1)?;
                self.append(first, first)
            }
            b'e' => {
                let mark = self.unmark()?;
                self.append(mark, mark + 1)
            }
            _ => None,
        }
    }

    /// Remembers what is on top of the stack.
    fn memoize(&mut self) -> Option<()> {
        let Some(Item::Value(..)) = self.stack.last() else { return None };
        self.memo.push(self.latest);
        Some(())
    }

    fn mark(&mut self) -> Option<()> {
        self.latest = None;
        self.marks = self.marks.checked_sub(1)?;
        let before = self.mark.replace(self.stack.len());
        self.stack.push(Item::Mark(before));
        Some(())
    }

    /// Takes back the last mark, and says where it lies.
    fn unmark(&mut self) -> Option<usize> {
        let mark = self.mark?;
        let Item::Mark(before) = self.stack[mark] else { return None };
        self.mark = before;
        self.marks += 1;
        Some(mark)
    }

    /// An integer of at most 8 bytes.
    fn long(&mut self) -> Option<()> {
        let [length] = self.array::<1>()?;
        let (bytes, rest) = self.rest.split_at_checked(length.into())?;
        self.rest = rest;
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut number = [if negative { 0xff } else { 0 }; 8];
        number.get_mut(..bytes.len())?.copy_from_slice(bytes);
        self.push(i64::from_le_bytes(number).into())
    }

    fn text(&mut self, length: usize) -> Option<()> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        self.push_text(std::str::from_utf8(bytes).ok()?)
    }

    fn push_text(&mut self, text: &'a str) -> Option<()> {
        self.values = self.values.checked_sub(text.len() / 16)?;
        self.push(text.into())?;
        self.latest = Some(text);
        Some(())
    }

    fn push(&mut self, value: Value) -> Option<()> {
        self.values = self.values.checked_sub(1)?;
        self.stack.push(Item::Value(value, 1));
        Some(())
    }

    /// Takes what lies from `first` on into the dict that is next below `floor`.
    fn set_items(&mut self, floor: usize, first: usize) -> Option<()> {
        let (below, above) = self.stack.split_at_mut(first);
        let Some(Item::Value(Value::Object(object), levels)) = below[..floor].last_mut() else { return None };
        let (entries, []) = above.as_chunks_mut::<2>() else { return None };
        object.reserve(entries.len());
        for entry in entries {
            let [Item::Value(Value::String(key), _), Item::Value(value, under)] = entry else { return None };
            *levels = (*under).max(*levels - 1) + 1;
            object.insert(std::mem::take(key), std::mem::take(value));
        }
        self.lower_to(floor)
    }

    /// Takes what lies from `first` on into the list that is next below `floor`.
    fn append(&mut self, floor: usize, first: usize) -> Option<()> {
        let (below, above) = self.stack.split_at_mut(first);
        let Some(Item::Value(Value::Array(items), levels)) = below[..floor].last_mut() else { return None };
        items.reserve(above.len());
        for item in above {
            let Item::Value(value, under) = item else { return None };
            *levels = (*under).max(*levels - 1) + 1;
            items.push(std::mem::take(value));
        }
        self.lower_to(floor)
    }

    /// Takes away what has got its place; what it has got into may have become too deep.
    fn lower_to(&mut self, floor: usize) -> Option<()> {
        self.stack.truncate(floor);
        matches!(self.stack.last(), Some(Item::Value(_, levels)) if *levels <= self.depth).then_some(())
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*bytes)
    }
}

impl Writer {
    fn json_object(&mut self, object: &Object) {
        self.out.push(b'}');
        if object.is_empty() {
            return;
        }
        self.out.push(b'(');
        for (key, value) in object.iter() {
            self.text(key);
            self.json(value);
        }
        self.out.push(b'u');
    }

    fn json(&mut self, value: &Value) {
        match value {
            Value::Null => self.out.push(b'N'),
            Value::Bool(flag) => self.out.push(if *flag { 0x88 } else { 0x89 }),
            Value::Number(number) => self.json_number(number),
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                self.out.push(b']');
                if !items.is_empty() {
                    self.out.push(b'(');
                    items.iter().for_each(|item| self.json(item));
                    self.out.push(b'e');
                }
            }
            Value::Object(object) => self.json_object(object),
        }
    }

    fn json_number(&mut self, number: &Number) {
        if let Some(int) = number.as_i64() {
            return self.int(int);
        }
        match number.to_string().parse::<BigInt>() {
            Ok(int) if !number.is_float() => self.big_int(&int),
            _ => self.float(number.as_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{dumps, loads};
    use super::*;
    use crate::json::Text;

    fn slowly(bytes: &[u8]) -> Option<Value> {
        loads(bytes, Limits::default()).ok()?.to_json()
    }

    #[test]
    fn what_python_writes() {
        // pickle.dumps({'a': 1, 'b': [1.5, None, True, 'a'], 'c': {'a': -1, 'n': 2**40}}, 5) and the same of protocol 2
        let five = b"\x80\x05\x95;\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94]\x94(G?\xf8\x00\x00\x00\x00\x00\x00N\x88h\x01e\x8c\x01c\x94}\x94(h\x01J\xff\xff\xff\xff\x8c\x01n\x94\x8a\x06\x00\x00\x00\x00\x00\x01uu.";
        let two = b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01K\x01X\x01\x00\x00\x00bq\x02]q\x03(G?\xf8\x00\x00\x00\x00\x00\x00N\x88h\x01eX\x01\x00\x00\x00cq\x04}q\x05(h\x01J\xff\xff\xff\xffX\x01\x00\x00\x00nq\x06\x8a\x06\x00\x00\x00\x00\x00\x01uu.";
        let json = r#"{"a":1,"b":[1.5,null,true,"a"],"c":{"a":-1,"n":1099511627776}}"#;
        for bytes in [&five[..], two] {
            let read = loads_plain(bytes, Limits::default()).unwrap_or_default();
            assert_eq!(read.to_string(), json);
        }
    }

    #[test]
    fn limits_hold() {
        let deep = [&b"\x80\x04"[..], &b"]".repeat(300), &b"a".repeat(299), b"."].concat();
        assert_eq!(loads_plain(&deep, Limits::default()), None);
        // A text of 16 KiB that is named a million times.
        let text =
            [&b"\x80\x04](X\x00\x40\x00\x00"[..], &[b'x'; 16384], b"\x94", &b"h\x00".repeat(1 << 20), b"e."];
        assert_eq!(loads_plain(&text.concat(), Limits::default()), None);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<i128>().prop_map(Value::from),
            (-1e300..1e300f64).prop_map(Value::from),
            ".{0,300}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((".*", inner), 0..6).prop_map(|entries| {
                    Value::from(
                        entries.into_iter().map(|(key, value)| (Text::from(key), value)).collect::<Object>(),
                    )
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn written_and_read_as_the_long_way_round(value in any_json()) {
            let object = Object::from_iter([("entry", value)]);
            let python: super::super::Value = Value::from(object.clone()).into();
            for protocol in [Protocol::V4, Protocol::V5] {
                let bytes = dumps_plain(&object, protocol);
                prop_assert_eq!(&bytes, &dumps(&python, protocol));
                if let Some(read) = loads_plain(&bytes, Limits::default()) {
                    prop_assert_eq!(Some(read), slowly(&bytes));
                }
            }
        }

        #[test]
        fn no_bytes_panic_or_are_read_otherwise(bytes in prop::collection::vec(prop_oneof![
            any::<u8>(), prop::sample::select(&b"(]}\x94KNaseuhqG\x8c\x88\x8aX.\x01\x00"[..])], 0..60)) {
            let bytes = [&b"\x80\x04"[..], &bytes, b"."].concat();
            if let Some(read) = loads_plain(&bytes, Limits::default()) {
                prop_assert_eq!(Some(format!("{read:?}")), slowly(&bytes).map(|value| format!("{value:?}")));
            }
        }
    }
}
