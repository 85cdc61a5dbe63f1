//! A form as its page shows it again: what was typed, and what is wrong with it.

use nuages::querydict::QueryDict;
use nuages::template::{Dict, Value};

/// What was typed and what is wrong. Passwords are never kept: a page that is drawn again does not carry them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    values: Vec<(&'static str, String)>,
    errors: Vec<(&'static str, String)>,
    error: String,
}

impl Form {
    /// The named fields of what was sent, without the white space around them; a field that was not sent is empty.
    pub(crate) fn of(sent: &QueryDict, names: &[&'static str]) -> Self {
        let value = |name| sent.get(name).unwrap_or_default().trim().to_owned();
        Self { values: names.iter().map(|&name| (name, value(name))).collect(), ..Self::default() }
    }

    /// What was typed into a field.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Says what is wrong with a field; the first word on it stands.
    pub(crate) fn refuse(&mut self, name: &'static str, text: impl Into<String>) {
        if !self.errors.iter().any(|(known, _)| *known == name) {
            self.errors.push((name, text.into()));
        }
    }

    /// Says what is wrong with the form as a whole.
    pub(crate) fn refuse_all(&mut self, text: impl Into<String>) {
        self.error = text.into();
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_valid(&self) -> bool {
        self.errors.is_empty() && self.error.is_empty()
    }
}

impl From<Form> for Value {
    /// `form.values.<field>`, `form.errors.<field>` and `form.error`.
    fn from(form: Form) -> Self {
        let dict = |pairs: Vec<(&'static str, String)>| {
            Dict::from_iter(pairs.into_iter().map(|(name, text)| (name, Self::from(text))))
        };
        Dict::from_iter([
            ("values", Self::from(dict(form.values))),
            ("errors", Self::from(dict(form.errors))),
            ("error", Self::from(form.error)),
        ])
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_on_a_field_stands() {
        let mut form = Form::default();
        assert!(form.is_valid());
        form.refuse("email", "required");
        form.refuse("email", "invalid");
        assert!(!form.is_valid());
        assert_eq!(form.errors, [("email", "required".to_owned())]);
    }
}
