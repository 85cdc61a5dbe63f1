//! Filters of language codes, from `{% load i18n %}`.

use super::Argument::No;
use super::Filter;
use crate::i18n::{LanguageInfo, language_info};
use crate::template::error::TemplateError;
use crate::template::value::Value;

pub(crate) static FILTERS: &[Filter] = &[
    Filter::value("language_bidi", No, |code, _, _| Ok(Value::Bool(language_of(code)?.bidi))),
    Filter::value("language_name", No, |code, _, _| Ok(language_of(code)?.name.into())),
    Filter::value("language_name_local", No, |code, _, _| Ok(language_of(code)?.name_local.into())),
    Filter::value("language_name_translated", No, |code, _, env| {
        Ok(env.gettext(language_of(code)?.name).into())
    }),
];

/// The language of this code or, without its last part, of the language it belongs to.
pub(crate) fn language_of(code: &Value) -> Result<LanguageInfo, TemplateError> {
    language_info(&code.to_text())
        .ok_or_else(|| TemplateError::value(format!("Unknown language code {}.", code.to_text())))
}
