//! A session's entries, as JSON and as Python.
//!
//! Django pickles a session of the engines on a cache: `{'cart': {7: 2}, 'seen': datetime(…)}`. The program works on its
//! JSON, `{"cart": {"7": 2}, "seen": "2026-01-15T12:00:00Z"}`, and what that does not say is kept beside it, so that
//! Django gets back the dict with the integer keys and the very moment.

use std::borrow::Cow;
use std::fmt;

use super::python::{is_plain, merge, obstacle, plain, to_json, view};
use crate::json::{Object, Text, Value};
use crate::pickle::Value as Python;

/// The entries of a session in their order.
///
/// ```
/// use nuages_wire::json::Value;
/// use nuages_wire::pickle::{self, Limits, Protocol};
/// use nuages_wire::session::Data;
///
/// // pickle.dumps({'cart': {7: 2}, 'pair': (1, 2)}, 4), without its frame
/// let stored = b"\x80\x04}\x94(\x8c\x04cart\x94}\x94K\x07K\x02s\x8c\x04pair\x94K\x01K\x02\x86\x94u.";
/// let mut session = Data::from_python(pickle::loads_preserving(stored, Limits::default())?)?;
/// assert_eq!(session.items().get("pair").unwrap().to_string(), "[1,2]");
/// let cart: Value = r#"{"7": 2, "9": 1}"#.parse()?;
/// session.insert("cart", cart);
/// let python = session.to_python();
/// assert_eq!(format!("{:?}", python.get("pair").unwrap()), "Tuple([Int(1), Int(2)])");
/// assert_eq!(format!("{:?}", python.get("cart").unwrap()), "Dict([(Int(7), Int(2)), (Int(9), Int(1))])");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Data {
    /// The JSON of each entry, `null` for one that has none.
    object: Object,
    /// Entries that are more than their JSON.
    kept: Vec<Kept>,
    /// Entries under keys that are no texts: written back, and not seen.
    nameless: Vec<(Python, Python)>,
}

#[derive(Clone, PartialEq)]
struct Kept {
    key: Text,
    value: Python,
    /// Whether it has a JSON.
    viewable: bool,
}

/// A value without a JSON, by the name of its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoJson(pub String);

/// A stored value that is no dict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADict;

impl Data {
    /// No entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// The entries of a pickled dict.
    ///
    /// # Errors
    /// [`NotADict`].
    pub fn from_python(value: Python) -> Result<Self, NotADict> {
        let (Python::Dict(entries) | Python::OrderedDict(entries)) = value else { return Err(NotADict) };
        let mut data = Self::new();
        for (key, value) in entries {
            match key {
                Python::Str(key) | Python::SafeString(key) if is_plain(&value) => {
                    data.object.insert(key, plain(value));
                }
                Python::Str(key) | Python::SafeString(key) => {
                    let json = view(&value);
                    data.kept.push(Kept { key: key.clone(), viewable: json.is_some(), value });
                    data.object.insert(key, json.unwrap_or_default());
                }
                key => data.nameless.push((key, value)),
            }
        }
        Ok(data)
    }

    /// The dict to pickle: what was changed as JSON keeps its Python types where it can.
    pub fn to_python(&self) -> Python {
        let entries = self.object.iter().map(|(key, json)| {
            let value = match self.kept.iter().find(|kept| kept.key == *key) {
                Some(kept) if kept.viewable => merge(&kept.value, json),
                Some(kept) => kept.value.clone(),
                None => json.clone().into(),
            };
            (Python::Str(key.clone()), value)
        });
        Python::Dict(entries.chain(self.nameless.iter().cloned()).collect())
    }

    /// The dict, when its JSON says all of it.
    pub(super) fn plain(&self) -> Option<&Object> {
        (self.kept.is_empty() && self.nameless.is_empty()).then_some(&self.object)
    }

    /// What Python's `json` makes of the dict: tuples are lists, keys texts.
    ///
    /// # Errors
    /// [`NoJson`] for a date, a set, an object: Django cannot store it with its `JSONSerializer` either.
    pub fn to_json(&self) -> Result<Cow<'_, Object>, NoJson> {
        if let Some(object) = self.plain() {
            return Ok(Cow::Borrowed(object));
        }
        match to_json(&self.to_python())? {
            Value::Object(object) => Ok(Cow::Owned(object)),
            _ => Ok(Cow::Borrowed(&self.object)),
        }
    }

    /// The JSON under a key.
    ///
    /// # Errors
    /// [`NoJson`] for a value that is kept and cannot be shown.
    pub fn get(&self, key: &str) -> Result<Option<&Value>, NoJson> {
        match self.kept.iter().find(|kept| kept.key == *key && !kept.viewable) {
            Some(kept) => Err(obstacle(&kept.value)),
            None => Ok(self.object.get(key)),
        }
    }

    /// Whether the key is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.object.contains_key(key)
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.object.is_empty() && self.nameless.is_empty()
    }

    /// The entries that have a JSON.
    pub fn items(&self) -> Object {
        let mut items = self.object.clone();
        self.kept.iter().filter(|kept| !kept.viewable).for_each(|kept| {
            items.remove(kept.key.to_str_lossy());
        });
        items
    }

    /// The JSON of all entries, `null` for one that has none.
    pub fn as_object(&self) -> &Object {
        &self.object
    }

    /// Sets a key and returns its JSON before.
    pub fn insert(&mut self, key: &str, value: impl Into<Value>) -> Option<Value> {
        self.kept.retain(|kept| kept.viewable || kept.key != *key);
        match self.object.get_mut(key) {
            Some(known) => Some(std::mem::replace(known, value.into())),
            None => self.object.insert(key, value),
        }
    }

    /// Takes a key out and returns its JSON.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.kept.retain(|kept| kept.key != *key);
        self.object.remove(key)
    }

    /// Removes every entry.
    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

impl From<Object> for Data {
    fn from(object: Object) -> Self {
        Self { object, ..Self::default() }
    }
}

impl fmt::Debug for Data {
    /// Without the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Data").field("keys", &self.object.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

impl fmt::Display for NoJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value of Python's `{}` has no JSON", self.0)
    }
}

impl std::error::Error for NoJson {}

impl fmt::Display for NotADict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the stored session is not a dict")
    }
}

impl std::error::Error for NotADict {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::pickle::{Limits, Protocol, dumps, loads_preserving};

    // pickle.dumps({'order': Order(), 'n': 1, 5: 'five', 'when': date(2026, 1, 15)}, 2)
    const STORED: &[u8] = b"\x80\x02}q\x00(X\x05\x00\x00\x00orderq\x01c__main__\nOrder\nq\x02)\x81q\x03X\x01\x00\x00\x00nq\x04K\x01K\x05X\x04\x00\x00\x00fiveq\x05X\x04\x00\x00\x00whenq\x06cdatetime\ndate\nq\x07c_codecs\nencode\nq\x08X\x05\x00\x00\x00\x07\xc3\xaa\x01\x0fq\tX\x06\x00\x00\x00latin1q\n\x86q\x0bRq\x0c\x85q\rRq\x0eu.";

    fn stored() -> Data {
        Data::from_python(loads_preserving(STORED, Limits::default()).unwrap()).unwrap()
    }

    fn text(data: &Data) -> String {
        Value::Object(data.items()).to_string()
    }

    #[test]
    fn what_is_not_touched_is_written_as_it_came() {
        let mut data = stored();
        assert_eq!(text(&data), r#"{"n":1,"when":"2026-01-15"}"#);
        assert_eq!(data.insert("n", 2), Some(1.into()));
        let before = loads_preserving(STORED, Limits::default()).unwrap();
        let bytes = dumps(&data.to_python(), Protocol::V5);
        let after = loads_preserving(&bytes, Limits::default()).unwrap();
        for name in ["order", "when"] {
            assert_eq!(after.get(name), before.get(name));
        }
        assert_eq!(after.get("n"), Some(&Python::Int(2)));
        assert!(format!("{after:?}").contains("(Int(5), Str(\"five\"))"));
        assert_eq!(Data::from_python(after).unwrap().items(), data.items());
    }

    #[test]
    fn an_entry_without_a_json_is_there_and_can_be_replaced() {
        let mut data = stored();
        assert!(data.contains_key("order"));
        assert_eq!(data.get("order"), Err(NoJson("__main__.Order".into())));
        assert_eq!(data.to_json().unwrap_err().0, "__main__.Order");
        data.insert("order", "none");
        assert_eq!(data.get("order"), Ok(Some(&"none".into())));
        assert!(data.remove("order").is_some() && !data.contains_key("order"));
        data.remove("n");
        data.remove("when");
        assert!(!data.is_empty(), "an entry without a name is left");
        data.clear();
        assert!(data.is_empty());
    }

    #[test]
    fn what_json_holds_is_json_alone() {
        let object: Object = Object::from_iter([("a", 1)]);
        let data = Data::from(object.clone());
        assert!(matches!(data.to_json(), Ok(Cow::Borrowed(same)) if *same == object));
        assert_eq!(Data::from_python(data.to_python()), Ok(data));
        assert_eq!(Data::from_python(Python::Int(5)), Err(NotADict));
        let pair = Python::Dict(vec![("pair".into(), Python::Tuple(vec![1.into()]))]);
        let data = Data::from_python(pair).unwrap();
        assert_eq!(Value::Object(data.to_json().unwrap().into_owned()).to_string(), r#"{"pair":[1]}"#);
    }
}
