//! What holds while a template is rendered besides its variables: language, time zone, escaping.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::escape::escape_into;
use super::formats;
use super::options::Settings;
use super::value::Value;
use crate::i18n::{Catalogs, Formats};

/// The surroundings of a filter or tag.
#[derive(Clone, Debug)]
pub(crate) struct Env {
    pub(crate) settings: Arc<Settings>,
    /// The active language; `None` switches translation off.
    pub(crate) language: Option<Arc<str>>,
    pub(crate) time_zone: TimeZone,
    pub(crate) now: Timestamp,
    pub(crate) autoescape: bool,
    pub(crate) use_l10n: bool,
    pub(crate) use_tz: bool,
}

impl Env {
    /// How the active language writes dates and numbers.
    pub(crate) fn formats(&self) -> &Formats {
        self.language.as_deref().and_then(Formats::of).unwrap_or(&self.settings.formats)
    }

    fn catalogs(&self) -> &Catalogs {
        &self.settings.catalogs
    }

    /// The translation of a message, or the message.
    pub(crate) fn gettext<'m>(&'m self, message: &'m str) -> &'m str {
        self.language.as_deref().map_or(message, |language| self.catalogs().gettext(language, message))
    }

    /// [`Env::gettext`] in a context.
    pub(crate) fn pgettext<'m>(&'m self, context: &str, message: &'m str) -> &'m str {
        self.language
            .as_deref()
            .map_or(message, |language| self.catalogs().pgettext(language, context, message))
    }

    /// The translation that fits the number.
    pub(crate) fn ngettext<'m>(&'m self, singular: &'m str, plural: &'m str, number: u64) -> &'m str {
        match self.language.as_deref() {
            Some(language) => self.catalogs().ngettext(language, singular, plural, number),
            None if number == 1 => singular,
            None => plural,
        }
    }

    /// [`Env::ngettext`] in a context.
    pub(crate) fn npgettext<'m>(
        &'m self,
        context: &str,
        singular: &'m str,
        plural: &'m str,
        number: u64,
    ) -> &'m str {
        match self.language.as_deref() {
            Some(language) => self.catalogs().npgettext(language, context, singular, plural, number),
            None if number == 1 => singular,
            None => plural,
        }
    }

    /// An aware datetime in the active zone (`template_localtime`).
    pub(crate) fn localtime<'v>(&self, value: Cow<'v, Value>) -> Cow<'v, Value> {
        match &*value {
            Value::DateTime(at) if self.use_tz && at.time_zone() != &self.time_zone => {
                Cow::Owned(self.in_zone(at).into())
            }
            _ => value,
        }
    }

    fn in_zone(&self, at: &Zoned) -> Zoned {
        at.with_time_zone(self.time_zone.clone())
    }

    /// Appends a value as `{{ value }}` prints it (`render_value_in_context`).
    pub(crate) fn print(&self, value: &Value, out: &mut String) {
        match value {
            Value::Safe(text) => out.push_str(text),
            Value::Text(text) => self.print_text(text, out),
            Value::Int(_)
            | Value::BigInt(_)
            | Value::Float(_)
            | Value::Decimal(_)
            | Value::Date(_)
            | Value::NaiveDateTime(_)
            | Value::Time(_) => {
                formats::localize(value, self, self.use_l10n, out);
            }
            Value::DateTime(_) | Value::FixedDateTime(_) => {
                formats::localize(&self.localtime(Cow::Borrowed(value)), self, self.use_l10n, out)
            }
            Value::Object(object) => match object.text() {
                Value::Object(_) => {}
                text => self.print(&text, out),
            },
            Value::Lazy(lazy) => {
                if let Some(value) = lazy.get() {
                    self.print(value, out);
                }
            }
            _ => self.print_text(&value.to_text(), out),
        }
    }

    fn print_text(&self, text: &str, out: &mut String) {
        if self.autoescape {
            escape_into(text, out);
        } else {
            out.push_str(text);
        }
    }
}
