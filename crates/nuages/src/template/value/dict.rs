//! A dictionary in order of insertion, as Python's `dict`.

use super::Value;

/// An ordered dictionary. Small: a key is found by looking at each.
#[derive(Clone, Debug, Default)]
pub struct Dict {
    entries: Vec<(Value, Value)>,
}

impl Dict {
    /// An empty dictionary.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `key`; a key that is there keeps its place.
    pub fn insert(&mut self, key: impl Into<Value>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        match self.entries.iter_mut().find(|(have, _)| have.equals(&key)) {
            Some((_, old)) => *old = value,
            None => self.entries.push((key, value)),
        }
    }

    /// The value of a text key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(have, _)| have.as_str() == Some(key)).map(|(_, value)| value)
    }

    pub(crate) fn get_value(&self, key: &Value) -> Option<&Value> {
        self.entries.iter().find(|(have, _)| have.equals(key)).map(|(_, value)| value)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Value, &Value)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }
}

/// Takes the pairs as they come: a repeated key is kept twice and the first is found.
impl<K: Into<Value>, V: Into<Value>> FromIterator<(K, V)> for Dict {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self { entries: pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect() }
    }
}
