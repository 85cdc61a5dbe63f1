//! What a template is rendered with: names and values.

use std::borrow::Cow;

use super::value::Value;

/// The variables of a template. Made with [`context!`](crate::context).
#[derive(Clone, Debug, Default)]
pub struct Context {
    vars: Vec<(Cow<'static, str>, Value)>,
}

impl Context {
    /// A context without variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a variable.
    pub fn insert(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        match self.vars.iter_mut().find(|(have, _)| *have == name) {
            Some((_, old)) => *old = value,
            None => self.vars.push((name, value)),
        }
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.vars.iter().find(|(have, _)| have == name).map(|(_, value)| value)
    }

    /// Adds the variables of `other` that are not there yet: what a site gives to every page.
    pub fn extend_missing(&mut self, other: Context) {
        for (name, value) in other.vars {
            if self.get(&name).is_none() {
                self.vars.push((name, value));
            }
        }
    }

    /// The variables in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.vars.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

/// Makes a [`Context`](crate::template::Context): `context! { goods, title: "Tea", count: 3 }`.
///
/// A bare name takes the variable of that name. Values are whatever turns [`Into`] a
/// [`Value`](crate::template::Value).
#[macro_export]
macro_rules! context {
    () => { $crate::template::Context::new() };
    ($($name:ident $(: $value:expr)?),+ $(,)?) => {{
        let mut context = $crate::template::Context::new();
        $($crate::context!(@insert context, $name $(, $value)?);)+
        context
    }};
    (@insert $context:ident, $name:ident) => { $context.insert(stringify!($name), $name) };
    (@insert $context:ident, $name:ident, $value:expr) => { $context.insert(stringify!($name), $value) };
}
