//! Python's pickles, read without running anything: `{'a': 1}` is `80 04 7d 8c 01 61 4b 01 73 2e`.
//!
//! Django pickles what it puts into a cache, and so the sessions of the cache engines. In Python, reading
//! a pickle calls whatever it names. Here it is taken apart into a [`Value`], and only these names are
//! understood: the dates of `datetime`, `Decimal`, `UUID`, `OrderedDict`, Django's `SafeString` and the
//! collections of Python itself.
//!
//! - [`loads`] refuses every other name, as a cache should: a value it refuses is a miss.
//! - [`loads_preserving`] keeps objects that it does not know as [`Opaque`] nodes, never built, and
//!   [`dumps`] writes them back, as a session needs that a Django view shares.
//!
//! Protocols 0 to 5 are read, 4 and 5 written. Size, depth and the growth by shared parts are bounded; an
//! object that contains itself is refused, and of an object in two places each place gets its own copy.
//!
//! ```
//! use nuages_wire::pickle::{self, Limits, Protocol, Value};
//!
//! let value = Value::Dict(vec![(Value::from("a"), Value::from(1))]);
//! let bytes = pickle::dumps(&value, Protocol::V4);
//! assert_eq!(bytes, b"\x80\x04}(\x8c\x01aK\x01u.");
//! assert_eq!(pickle::loads(&bytes, Limits::default())?, value);
//!
//! let evil = pickle::loads(b"cos\nsystem\n(S'true'\ntR.", Limits::default());
//! assert_eq!(evil.unwrap_err().to_string(), "a pickle of os.system");
//! # Ok::<(), pickle::PickleError>(())
//! ```

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use num_bigint::BigInt;

use crate::datetime::DateTime;
use crate::json::Text;

mod build;
mod dump;
mod json;
mod keys;
mod load;
mod objects;
mod plain;

pub use dump::dumps;
pub(crate) use keys::{distinct, distinct_entries};
pub(crate) use objects::is_decimal;
pub(crate) use plain::{dumps_plain, loads_plain};

/// A Python value. A dict keeps the order of its entries, a set the order it was written in.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `None`
    #[default]
    None,
    /// `True` or `False`
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// An integer that does not; [`Value::integer`] chooses.
    BigInt(BigInt),
    /// A float.
    Float(f64),
    /// Text, lone surrogates included.
    Str(Text),
    /// Text that Django takes for safe HTML (`django.utils.safestring.SafeString`).
    SafeString(Text),
    /// `bytes`
    Bytes(Vec<u8>),
    /// `bytearray`
    ByteArray(Vec<u8>),
    /// `list`
    List(Vec<Value>),
    /// `tuple`
    Tuple(Vec<Value>),
    /// `set`
    Set(Vec<Value>),
    /// `frozenset`
    FrozenSet(Vec<Value>),
    /// `dict`, each key once.
    Dict(Vec<(Value, Value)>),
    /// `collections.OrderedDict`, each key once.
    OrderedDict(Vec<(Value, Value)>),
    /// `datetime.datetime`; a time zone only as an offset from UTC.
    DateTime(DateTime),
    /// `datetime.date`
    Date(Date),
    /// `datetime.time`
    Time(Time, Option<Offset>),
    /// `datetime.timedelta`, in microseconds.
    TimeDelta(SignedDuration),
    /// `decimal.Decimal`, as Python prints it.
    Decimal(String),
    /// `uuid.UUID`
    Uuid(u128),
    /// What [`loads_preserving`] does not know.
    Opaque(Opaque),
}

/// A Python object that is kept and not understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Opaque(Box<OpaqueKind>);

#[derive(Clone, Debug, PartialEq)]
enum OpaqueKind {
    Global { module: Text, name: Text },
    Object { call: Call, callable: Value, arguments: Value, keywords: Option<Value>, changes: Vec<Change> },
}

/// How an object is made from its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Reduce,
    NewObject,
    NewObjectEx,
}

/// What is done to an object after it is made.
#[derive(Clone, Debug, PartialEq)]
enum Change {
    Append(Vec<Value>),
    Add(Vec<Value>),
    SetItems(Vec<(Value, Value)>),
    Build(Value),
}

/// What a pickle may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the pickle.
    pub size: usize,
    /// Values within values; at most 500.
    pub depth: usize,
    /// Values in all, a text or bytes counting one more for every 16 bytes. A pickle can name one part
    /// many times, so that a short one becomes a large value.
    pub values: usize,
}

/// The pickle protocol to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// django-redis, and Python's default before 3.14.
    #[default]
    V4,
    /// Django's own Redis cache.
    V5,
}

/// Why a pickle is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PickleError {
    /// It names something that is not on the list of what may be loaded.
    Forbidden {
        /// `os.system`
        name: String,
    },
    /// It ends early, or does something that no pickle does.
    Broken,
    /// An instruction that is unknown, or makes an object by other means than a call.
    Opcode(u8),
    /// A protocol after 5.
    Protocol(u8),
    /// An object made from arguments that it does not take.
    Arguments,
    /// Deeper than allowed, or containing itself.
    TooDeep,
    /// Larger than allowed.
    TooBig,
}

/// Reads a pickle of known types only.
///
/// # Errors
/// [`PickleError`]; nothing of the pickle is used then.
pub fn loads(bytes: &[u8], limits: Limits) -> Result<Value, PickleError> {
    let graph = load::load(bytes, limits, load::Names::Known)?;
    build::build(&graph, limits, load::Names::Known)
}

/// Reads a pickle and keeps objects of other types, unbuilt.
///
/// # Errors
/// [`PickleError`], but not [`PickleError::Forbidden`].
pub fn loads_preserving(bytes: &[u8], limits: Limits) -> Result<Value, PickleError> {
    let graph = load::load(bytes, limits, load::Names::Any)?;
    build::build(&graph, limits, load::Names::Any)
}

/// The names in a pickle that are on no list, as far as it can be read: for a message about one that is refused.
pub fn names(bytes: &[u8]) -> Vec<String> {
    load::names_of(bytes, Limits::default())
}

impl Default for Limits {
    fn default() -> Self {
        Limits { size: 16 << 20, depth: 200, values: 1 << 20 }
    }
}

impl Value {
    /// The integer as [`Value::Int`] if it fits.
    pub fn integer(number: BigInt) -> Self {
        i64::try_from(&number).map_or(Value::BigInt(number), Value::Int)
    }

    /// The text, when this is one without lone surrogates, safe or not.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) | Value::SafeString(text) => text.as_str(),
            _ => None,
        }
    }

    /// The value of a dict under a text.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Dict(entries) | Value::OrderedDict(entries) => {
                entries.iter().find(|(known, _)| known.as_str() == Some(key)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The classes of all objects in this value that are kept and not understood.
    pub fn opaque_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.collect_names(&mut names);
        names
    }

    fn collect_names(&self, names: &mut Vec<String>) {
        match self {
            Value::Opaque(opaque) => names.push(opaque.name()),
            Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
                items.iter().for_each(|item| item.collect_names(names));
            }
            Value::Dict(entries) | Value::OrderedDict(entries) => entries.iter().for_each(|(key, value)| {
                key.collect_names(names);
                value.collect_names(names);
            }),
            _ => {}
        }
    }
}

impl Opaque {
    /// The name of the class or function, `shop.models.Order`.
    pub fn name(&self) -> String {
        match &*self.0 {
            OpaqueKind::Global { module, name } => {
                format!("{}.{}", module.to_str_lossy(), name.to_str_lossy())
            }
            OpaqueKind::Object { callable: Value::Opaque(callable), arguments, .. } => {
                // `copyreg` makes objects of a class that is its first argument.
                match (callable.name().as_str(), arguments) {
                    ("copyreg._reconstructor" | "copy_reg._reconstructor", Value::Tuple(items)) => {
                        match items.first() {
                            Some(Value::Opaque(class)) => class.name(),
                            _ => callable.name(),
                        }
                    }
                    _ => callable.name(),
                }
            }
            OpaqueKind::Object { .. } => "object".to_owned(),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Str(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Str(value.into())
    }
}

impl fmt::Display for PickleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PickleError::Forbidden { name } => write!(f, "a pickle of {name}"),
            PickleError::Broken => f.write_str("a broken pickle"),
            PickleError::Opcode(opcode) => write!(f, "the pickle instruction {opcode:#04x}"),
            PickleError::Protocol(protocol) => write!(f, "pickle protocol {protocol}"),
            PickleError::Arguments => f.write_str("a pickled object with wrong arguments"),
            PickleError::TooDeep => f.write_str("a pickle that is too deep"),
            PickleError::TooBig => f.write_str("a pickle that is too big"),
        }
    }
}

impl std::error::Error for PickleError {}

#[cfg(test)]
mod tests;
