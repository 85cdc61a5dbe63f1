//! A JSON object that keeps the order of its keys.

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;

use super::{Style, Text, Value, write};

/// Up to this many entries a look at each key costs less than a hash of one.
const FEW: usize = 16;

/// A dict with text keys, in the order in which they came.
///
/// Setting a key that is there keeps its place, as in Python. Two objects are equal whatever their order.
///
/// ```
/// use nuages_wire::json::{Object, Value};
///
/// let mut session = Object::new();
/// session.insert("_auth_user_id", "1");
/// session.insert("visits", 3);
/// assert_eq!(session.get("visits").and_then(Value::as_i64), Some(3));
/// assert_eq!(session.keys().map(|key| key.to_str_lossy()).collect::<Vec<_>>(), ["_auth_user_id", "visits"]);
/// ```
#[derive(Clone, Default)]
pub struct Object {
    entries: Vec<(Text, Value)>,
    /// Where each key is, as soon as there are more than [`FEW`].
    places: Option<Box<Places>>,
}

#[derive(Clone, Default)]
struct Places {
    table: HashTable<usize>,
    hasher: RandomState,
}

impl Object {
    /// An empty object.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for so many keys more.
    pub(crate) fn reserve(&mut self, count: usize) {
        self.entries.reserve(count);
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.find(key).map(|place| &self.entries[place].1)
    }

    /// The value of a key, to change it in place.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.find(key).map(|place| &mut self.entries[place].1)
    }

    /// Whether the key is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Sets a key and returns what it held before.
    pub fn insert(&mut self, key: impl Into<Text>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        if let Some(place) = self.find(&key) {
            return Some(std::mem::replace(&mut self.entries[place].1, value));
        }
        self.entries.push((key, value));
        let places = match &mut self.places {
            Some(places) => places,
            None if self.entries.len() <= FEW => return None,
            none => none.insert(Box::default()),
        };
        for place in places.table.len()..self.entries.len() {
            places.push(&self.entries, place);
        }
        None
    }

    /// Takes a key out; those after it move up.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let place = self.find(key)?;
        if let Some(places) = &mut self.places {
            places.table.retain(|known| *known != place);
            places.table.iter_mut().filter(|known| **known > place).for_each(|known| *known -= 1);
        }
        Some(self.entries.remove(place).1)
    }

    /// Removes every key.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Value)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// Appends the JSON text in a style of Python's.
    pub fn write_json(&self, style: Style, out: &mut String) {
        write::object(self, style, out);
    }

    /// The keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Text> {
        self.entries.iter().map(|(key, _)| key)
    }

    fn find<K: Hash + ?Sized>(&self, key: &K) -> Option<usize>
    where
        Text: PartialEq<K>,
    {
        match &self.places {
            None => self.entries.iter().position(|(known, _)| known == key),
            Some(places) => places.find(&self.entries, key),
        }
    }
}

impl Places {
    fn find<K: Hash + ?Sized>(&self, entries: &[(Text, Value)], key: &K) -> Option<usize>
    where
        Text: PartialEq<K>,
    {
        let hash = self.hasher.hash_one(key);
        self.table.find(hash, |&place| entries[place].0 == *key).copied()
    }

    /// Notes a key that is not there yet.
    fn push(&mut self, entries: &[(Text, Value)], place: usize) {
        let hash = |&place: &usize| self.hasher.hash_one(&entries[place].0);
        self.table.insert_unique(hash(&place), place, hash);
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        let same = |(key, value): &(Text, Value)| {
            other.find(key).is_some_and(|place| other.entries[place].1 == *value)
        };
        self.len() == other.len() && self.entries.iter().all(same)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Into<Text>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut object = Self::new();
        object.extend(entries);
        object
    }
}

impl<K: Into<Text>, V: Into<Value>> Extend<(K, V)> for Object {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl IntoIterator for Object {
    type Item = (Text, Value);
    type IntoIter = std::vec::IntoIter<(Text, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a change must leave, few or many as the keys are.
    fn keys(object: &Object) -> Vec<&str> {
        let keys: Vec<&str> = object.keys().map(Text::to_str_lossy).collect();
        for (place, key) in keys.iter().enumerate() {
            assert_eq!(object.find(*key), Some(place), "{key}");
        }
        keys
    }

    #[test]
    fn order_is_kept_while_keys_come_and_go() {
        for count in [FEW - 1, FEW, FEW + 1, 3 * FEW] {
            let names: Vec<String> = (0..count).map(|number| format!("key{number}")).collect();
            let mut object: Object = names.iter().map(|name| (name.as_str(), 1)).collect();
            assert_eq!(keys(&object), names);
            assert_eq!(object.insert("key3", 2), Some(Value::from(1)));
            assert_eq!(object.remove("key5"), Some(Value::from(1)));
            assert_eq!(object.remove("key5"), None);
            assert_eq!(object.insert("key5", 3), None);
            let mut expected = names.clone();
            let moved = expected.remove(5);
            expected.push(moved);
            assert_eq!(keys(&object), expected);
            assert_eq!(object.get("key3"), Some(&Value::from(2)));

            let mut backwards = Object::new();
            backwards.extend(object.clone().into_iter().collect::<Vec<_>>().into_iter().rev());
            assert_eq!(object, backwards);
            backwards.insert("key0", 2);
            assert_ne!(object, backwards);
        }
    }

    #[test]
    fn a_lone_surrogate_is_another_key() {
        let value: Value = r#"{"a\ud83d": 1}"#.parse().unwrap_or_default();
        let object = value.as_object();
        assert!(object.is_some_and(|object| object.get("a\u{fffd}").is_none() && object.len() == 1));
    }
}
