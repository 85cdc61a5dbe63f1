//! `default`, `default_if_none`, `yesno`, `pprint`.

use super::Argument::{Maybe, Must, No};
use super::pprint::pformat;
use super::{Filter, Filtered, text_argument};
use crate::template::env::Env;
use crate::template::value::Value;

pub(crate) static FILTERS: &[Filter] = &[
    Filter::value("default", Must, |value, other, _| {
        Ok(if value.is_true() { value } else { other.unwrap_or(value) }.clone())
    }),
    Filter::value("default_if_none", Must, |value, other, _| {
        Ok(if value.is_none() { other.unwrap_or(value) } else { value }.clone())
    }),
    Filter::value("pprint", No, |value, _, _| Ok(pformat(value).into())).keeps_safe(),
    Filter::value("yesno", Maybe, yesno),
];

fn yesno(value: &Value, words: Option<&Value>, env: &Env) -> Filtered {
    let words = match words {
        None => env.gettext("yes,no,maybe"),
        words => text_argument(words)?,
    };
    let words: Vec<&str> = words.split(',').collect();
    let (yes, no, maybe) = match words.as_slice() {
        [yes, no, maybe] => (yes, no, maybe),
        [yes, no, ..] => (yes, no, no),
        _ => return Ok(value.clone()),
    };
    Ok(Value::from(*if value.is_none() {
        maybe
    } else if value.is_true() {
        yes
    } else {
        no
    }))
}
