//! Filters of language codes, from `{% load i18n %}`.

use super::Argument::No;
use super::Filter;
use crate::template::tags::i18n::find;
use crate::template::value::Value;

pub(crate) static FILTERS: &[Filter] = &[
    Filter::value("language_bidi", No, |code, _, _| Ok(Value::Bool(find(code)?.bidi))),
    Filter::value("language_name", No, |code, _, _| Ok(find(code)?.name.into())),
    Filter::value("language_name_local", No, |code, _, _| Ok(find(code)?.name_local.into())),
    Filter::value("language_name_translated", No, |code, _, env| Ok(env.gettext(find(code)?.name).into())),
];
