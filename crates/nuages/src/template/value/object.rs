//! Values of the application: what has attributes, may be iterated and printed.

use std::fmt::Debug;

use super::Value;

/// A value that answers a template's questions itself.
///
/// ```
/// use nuages::template::{Object, Value};
///
/// #[derive(Debug)]
/// struct Goods { name: String }
///
/// impl Object for Goods {
///     fn get(&self, name: &str) -> Option<Value> {
///         (name == "name").then(|| self.name.as_str().into())
///     }
/// }
/// let goods = Value::object(Goods { name: "tea".into() });
/// ```
pub trait Object: Debug + Send + Sync {
    /// The attribute, key, or result of the method without arguments of this name.
    fn get(&self, name: &str) -> Option<Value>;

    /// What `{% for %}` walks over; `None` where it is not iterable.
    fn items(&self) -> Option<Vec<Value>> {
        None
    }

    /// What `|length` answers and an empty `{% if %}` sees.
    fn len(&self) -> Option<usize> {
        self.items().map(|items| items.len())
    }

    /// Whether there are no items.
    fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// What `{% if %}` sees: true unless it is empty.
    fn is_true(&self) -> bool {
        !self.is_empty()
    }

    /// How `{{ object }}` prints: text, or safe text that is not escaped.
    fn text(&self) -> Value {
        Value::from(format!("{self:?}"))
    }

    /// What `|json_script` writes; `None` where it is not serialisable.
    fn json(&self) -> Option<Value> {
        None
    }

    /// The whole as keys with their lists of values, where it is a `QueryDict`: what `{% querystring %}` works on.
    fn lists(&self) -> Option<Vec<(String, Vec<String>)>> {
        None
    }
}
