//! `localize` and `unlocalize`, from `{% load l10n %}`.

use super::Argument::No;
use super::Filter;
use crate::template::env::Env;
use crate::template::formats;
use crate::template::value::Value;

pub(crate) static FILTERS: &[Filter] = &[
    Filter::value("localize", No, |value, _, env| Ok(localized(value, env, true))),
    Filter::value("unlocalize", No, |value, _, env| Ok(localized(value, env, false))),
];

fn localized(value: &Value, env: &Env, use_l10n: bool) -> Value {
    if value.is_safe() {
        return value.clone();
    }
    let mut text = String::new();
    formats::localize(value, env, use_l10n, &mut text);
    Value::from(text)
}
