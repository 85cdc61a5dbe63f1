//! Django's filters, by theme. A filter is a plain function; [`Filter`] says how it is called.

use std::borrow::Cow;

use super::env::Env;
use super::error::TemplateError;
use super::value::Value;

pub(crate) mod date;
pub(crate) mod html;
pub(crate) mod humanize;
pub(crate) mod language;
pub(crate) mod list;
pub(crate) mod localize;
pub(crate) mod logic;
pub(crate) mod number;
mod pprint;
pub(crate) mod stringformat;
pub(crate) mod tags_html;
pub(crate) mod text;
pub(crate) mod timesince;
pub(crate) mod timezone;
pub(crate) mod truncate;
pub(crate) mod urlize;

/// What a filter answers.
pub(crate) type Filtered = Result<Value, TemplateError>;

/// A filter as the library registers it.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    run: Run,
    argument: Argument,
    /// Safe text stays safe.
    is_safe: bool,
    /// The value is first brought into the active time zone.
    localtime: bool,
}

/// How the function of a filter is called.
#[derive(Clone, Copy, Debug)]
enum Run {
    /// With the value as it is.
    Value(fn(&Value, Option<&Value>, &Env) -> Filtered),
    /// With the text of the value and whether it is safe (Django's `stringfilter`).
    Text(fn(&Text<'_>, Option<&Value>, &Env) -> Filtered),
}

/// Whether a filter takes an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    No,
    Maybe,
    Must,
}

/// The text of a value.
pub(crate) struct Text<'v> {
    pub(crate) text: Cow<'v, str>,
    pub(crate) safe: bool,
}

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl Filter {
    /// A filter of any value.
    pub(crate) const fn value(
        name: &'static str,
        argument: Argument,
        run: fn(&Value, Option<&Value>, &Env) -> Filtered,
    ) -> Self {
        Self { name, run: Run::Value(run), argument, is_safe: false, localtime: false }
    }

    /// A filter of text.
    pub(crate) const fn text(
        name: &'static str,
        argument: Argument,
        run: fn(&Text<'_>, Option<&Value>, &Env) -> Filtered,
    ) -> Self {
        Self { name, run: Run::Text(run), argument, is_safe: false, localtime: false }
    }

    /// What it makes of safe text is safe.
    pub(crate) const fn keeps_safe(self) -> Self {
        Self { is_safe: true, ..self }
    }

    /// It wants a datetime in the active time zone.
    pub(crate) const fn in_local_time(self) -> Self {
        Self { localtime: true, ..self }
    }

    /// Runs the filter.
    pub(crate) fn call(&self, value: Cow<'_, Value>, argument: Option<&Value>, env: &Env) -> Filtered {
        let value = if self.localtime { env.localtime(value) } else { value };
        let (result, was_safe) = match self.run {
            Run::Value(run) => (run(&value, argument, env)?, value.is_safe()),
            Run::Text(run) => {
                let text = text_of(&value);
                (run(&text, argument, env)?, text.safe)
            }
        };
        Ok(match result {
            Value::Text(text) if self.is_safe && was_safe => Value::Safe(text),
            // Django's mark_safe makes text of anything.
            result if self.is_safe && was_safe => Value::safe(result.to_text()),
            result => result,
        })
    }
}

/// Python's `str(value)`, which keeps safe text safe.
fn text_of(value: &Value) -> Text<'_> {
    match value {
        Value::Object(object) => match object.text() {
            Value::Safe(text) => Text { text: Cow::Owned(text.to_string()), safe: true },
            text => Text { text: Cow::Owned(text.to_text().into_owned()), safe: false },
        },
        value => Text { text: value.to_text(), safe: value.is_safe() },
    }
}

/// Refuses too few or too many arguments, when the template is compiled.
pub(crate) fn check_arguments(filter: &Filter, given: bool) -> Result<(), TemplateError> {
    let wrong = matches!((filter.argument, given), (Argument::No, true) | (Argument::Must, false));
    if !wrong {
        return Ok(());
    }
    let required = if filter.argument == Argument::Must { 2 } else { 1 };
    let provided = if given { 2 } else { 1 };
    Err(TemplateError::syntax(format!("{} requires {required} arguments, {provided} provided", filter.name)))
}

/// The argument's text; Python's functions raise a `TypeError` for anything else.
pub(crate) fn text_argument(argument: Option<&Value>) -> Result<&str, TemplateError> {
    argument.and_then(Value::as_str).ok_or_else(|| TemplateError::value("the argument must be text"))
}
