//! Writing pickles: the instructions of protocols 4 and 5, without frames and memo, as Python reads them.

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use num_bigint::BigInt;

use super::{Call, Change, OpaqueKind, Protocol, Value};
use crate::json::Text;

/// Writes a value. Python reads it in one go; [`loads`](super::loads) gives the same value.
pub fn dumps(value: &Value, protocol: Protocol) -> Vec<u8> {
    let mut writer = Writer::new(protocol);
    writer.value(value);
    writer.finish()
}

pub(super) struct Writer {
    pub(super) out: Vec<u8>,
    protocol: Protocol,
}

impl Writer {
    pub(super) fn new(protocol: Protocol) -> Self {
        let mut out = Vec::with_capacity(128);
        out.extend([
            0x80,
            match protocol {
                Protocol::V4 => 4,
                Protocol::V5 => 5,
            },
        ]);
        Self { out, protocol }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.out.push(b'.');
        self.out
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::None => self.out.push(b'N'),
            Value::Bool(flag) => self.out.push(if *flag { 0x88 } else { 0x89 }),
            Value::Int(number) => self.int(*number),
            Value::BigInt(number) => self.big_int(number),
            Value::Float(number) => self.float(*number),
            Value::Str(text) => self.text(text),
            Value::SafeString(text) => {
                self.global("django.utils.safestring", "SafeString");
                self.text(text);
                self.out.extend([0x85, 0x81]);
            }
            Value::Bytes(bytes) => self.counted(b'C', b'B', 0x8e, bytes),
            Value::ByteArray(bytes) => match self.protocol {
                Protocol::V5 => {
                    self.out.push(0x96);
                    self.out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
                    self.out.extend_from_slice(bytes);
                }
                Protocol::V4 => {
                    self.global("builtins", "bytearray");
                    self.counted(b'C', b'B', 0x8e, bytes);
                    self.out.extend([0x85, b'R']);
                }
            },
            Value::List(items) => {
                self.out.push(b']');
                self.marked(items, b'e');
            }
            Value::Tuple(items) => self.tuple(items),
            Value::Set(items) => {
                self.out.push(0x8f);
                self.marked(items, 0x90);
            }
            Value::FrozenSet(items) => {
                self.out.push(b'(');
                items.iter().for_each(|item| self.value(item));
                self.out.push(0x91);
            }
            Value::Dict(entries) => {
                self.out.push(b'}');
                self.entries(entries);
            }
            Value::OrderedDict(entries) => {
                self.global("collections", "OrderedDict");
                self.out.extend([b')', b'R']);
                self.entries(entries);
            }
            Value::Opaque(opaque) => self.opaque(&opaque.0),
            dates_and_numbers => self.object(dates_and_numbers),
        }
    }

    fn object(&mut self, value: &Value) {
        match value {
            Value::DateTime(moment) => {
                self.global("datetime", "datetime");
                let state = [&date(moment.civil.date())[..], &time(moment.civil.time())].concat();
                self.state(&state, moment.offset);
            }
            Value::Date(day) => {
                self.global("datetime", "date");
                self.state(&date(*day), None);
            }
            Value::Time(clock, offset) => {
                self.global("datetime", "time");
                self.state(&time(*clock), *offset);
            }
            Value::TimeDelta(duration) => self.duration(*duration),
            Value::Decimal(text) => {
                self.global("decimal", "Decimal");
                self.str(text);
                self.out.extend([0x85, b'R']);
            }
            Value::Uuid(number) => {
                self.global("uuid", "UUID");
                self.out.extend([b')', 0x81, b'}']);
                self.str("int");
                self.big_int(&BigInt::from(*number));
                self.out.extend([b's', b'b']);
            }
            _ => {}
        }
    }

    fn opaque(&mut self, kind: &OpaqueKind) {
        match kind {
            OpaqueKind::Global { module, name } => {
                self.text(module);
                self.text(name);
                self.out.push(0x93);
            }
            OpaqueKind::Object { call, callable, arguments, keywords, changes } => {
                self.value(callable);
                self.value(arguments);
                if let Some(keywords) = keywords {
                    self.value(keywords);
                }
                self.out.push(match call {
                    Call::Reduce => b'R',
                    Call::NewObject => 0x81,
                    Call::NewObjectEx => 0x92,
                });
                for change in changes {
                    match change {
                        Change::Append(items) => self.marked(items, b'e'),
                        Change::Add(items) => self.marked(items, 0x90),
                        Change::SetItems(entries) => self.entries(entries),
                        Change::Build(state) => {
                            self.value(state);
                            self.out.push(b'b');
                        }
                    }
                }
            }
        }
    }

    pub(super) fn float(&mut self, number: f64) {
        self.out.push(b'G');
        self.out.extend_from_slice(&number.to_be_bytes());
    }

    pub(super) fn int(&mut self, number: i64) {
        if let Ok(byte) = u8::try_from(number) {
            self.out.extend([b'K', byte]);
        } else if let Ok(short) = u16::try_from(number) {
            self.out.push(b'M');
            self.out.extend_from_slice(&short.to_le_bytes());
        } else if let Ok(int) = i32::try_from(number) {
            self.out.push(b'J');
            self.out.extend_from_slice(&int.to_le_bytes());
        } else {
            self.big_int(&number.into());
        }
    }

    pub(super) fn big_int(&mut self, number: &BigInt) {
        let bytes = number.to_signed_bytes_le();
        match u8::try_from(bytes.len()) {
            Ok(length) => self.out.extend([0x8a, length]),
            Err(_) => {
                self.out.push(0x8b);
                self.out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            }
        }
        self.out.extend_from_slice(&bytes);
    }

    pub(super) fn text(&mut self, text: &Text) {
        match text.as_str() {
            Some(text) => self.str(text),
            None => self.counted(0x8c, b'X', 0x8d, &text.to_surrogatepass()),
        }
    }

    fn str(&mut self, text: &str) {
        self.counted(0x8c, b'X', 0x8d, text.as_bytes());
    }

    /// Bytes behind their length, under the instruction for a length of 1, 4 or 8 bytes.
    fn counted(&mut self, short: u8, medium: u8, long: u8, bytes: &[u8]) {
        if let Ok(length) = u8::try_from(bytes.len()) {
            self.out.extend([short, length]);
        } else if let Ok(length) = u32::try_from(bytes.len()) {
            self.out.push(medium);
            self.out.extend_from_slice(&length.to_le_bytes());
        } else {
            self.out.push(long);
            self.out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        }
        self.out.extend_from_slice(bytes);
    }

    fn global(&mut self, module: &str, name: &str) {
        self.str(module);
        self.str(name);
        self.out.push(0x93);
    }

    fn tuple(&mut self, items: &[Value]) {
        let opcode = match items.len() {
            0 => b')',
            1 => 0x85,
            2 => 0x86,
            3 => 0x87,
            _ => {
                self.out.push(b'(');
                b't'
            }
        };
        items.iter().for_each(|item| self.value(item));
        self.out.push(opcode);
    }

    fn marked(&mut self, items: &[Value], opcode: u8) {
        if !items.is_empty() {
            self.out.push(b'(');
            items.iter().for_each(|item| self.value(item));
            self.out.push(opcode);
        }
    }

    fn entries(&mut self, entries: &[(Value, Value)]) {
        if !entries.is_empty() {
            self.out.push(b'(');
            for (key, value) in entries {
                self.value(key);
                self.value(value);
            }
            self.out.push(b'u');
        }
    }

    /// The arguments of a date and the call.
    fn state(&mut self, state: &[u8], offset: Option<Offset>) {
        self.counted(b'C', b'B', 0x8e, state);
        match offset {
            None => self.out.push(0x85),
            Some(offset) => {
                self.global("datetime", "timezone");
                self.duration(SignedDuration::from_secs(offset.seconds().into()));
                self.out.extend([0x85, b'R', 0x86]);
            }
        }
        self.out.push(b'R');
    }

    fn duration(&mut self, duration: SignedDuration) {
        self.global("datetime", "timedelta");
        // Python keeps the seconds and microseconds positive.
        let borrowed = i64::from(duration.subsec_nanos() < 0);
        let seconds = duration.as_secs() - borrowed;
        let micros = i64::from(duration.subsec_micros()) + borrowed * 1_000_000;
        self.int(seconds.div_euclid(86_400));
        self.int(seconds.rem_euclid(86_400));
        self.int(micros);
        self.out.extend([0x87, b'R']);
    }
}

fn date(date: Date) -> [u8; 4] {
    let [high, low] = date.year().to_be_bytes();
    [high, low, date.month().unsigned_abs(), date.day().unsigned_abs()]
}

fn time(time: Time) -> [u8; 6] {
    let [_, high, middle, low] = (time.subsec_nanosecond() / 1000).to_be_bytes();
    [
        time.hour().unsigned_abs(),
        time.minute().unsigned_abs(),
        time.second().unsigned_abs(),
        high,
        middle,
        low,
    ]
}
