//! Dates and numbers as the active language writes them (`django.utils.formats`, `numberformat`).

use std::borrow::Cow;

use super::decimal::BigDecimal;
use super::env::Env;
use super::error::TemplateError;
use super::value::{Value, float_text};
use crate::i18n::Formats;

mod date;
mod names;
pub(crate) use date::{Failure, format_date, format_time};

/// Appends a value as its kind is localised (`localize`).
pub(crate) fn localize(value: &Value, env: &Env, use_l10n: bool, out: &mut String) {
    match value {
        Value::Int(_)
            if use_l10n && !(env.settings.use_thousand_separator && grouping(env, use_l10n) > 0) =>
        {
            value.write_text(out)
        }
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) | Value::Decimal(_) if use_l10n => {
            out.push_str(&number_format(value, None, env, true, false));
        }
        // Formats of a language hold no letter that these kinds lack, so these cannot fail.
        Value::DateTime(_) | Value::FixedDateTime(_) | Value::NaiveDateTime(_) => {
            _ = format_date(value, &formats(env, use_l10n).datetime, env, out)
        }
        Value::Date(_) => _ = format_date(value, &formats(env, use_l10n).date, env, out),
        Value::Time(_) => _ = format_time(value, &formats(env, use_l10n).time, env, out),
        value => value.write_text(out),
    }
}

fn formats(env: &Env, use_l10n: bool) -> &Formats {
    if use_l10n { env.formats() } else { &env.settings.formats }
}

fn grouping(env: &Env, use_l10n: bool) -> usize {
    formats(env, use_l10n).number_grouping
}

/// Appends a date in a format, or in the named or usual format of the language (`date_format`); nothing if the value
/// is no date.
pub(crate) fn date_format(
    value: &Value,
    format: Option<&str>,
    env: &Env,
    out: &mut String,
) -> Result<(), TemplateError> {
    let format = named(format, "DATE_FORMAT", env);
    let start = out.len();
    match format_date(value, format, env, out) {
        Ok(()) => Ok(()),
        Err(Failure::Attribute) => {
            out.truncate(start);
            Ok(())
        }
        Err(Failure::Type(message)) => Err(TemplateError::value(message)),
    }
}

/// The format of this name, or the format itself.
pub(crate) fn named<'f>(format: Option<&'f str>, default: &'f str, env: &'f Env) -> &'f str {
    let format = format.filter(|format| !format.is_empty()).unwrap_or(default);
    env.formats().named(format).unwrap_or(format)
}

/// A number with the signs of the language (`number_format`).
pub(crate) fn number_format(
    value: &Value,
    decimals: Option<usize>,
    env: &Env,
    use_l10n: bool,
    force_grouping: bool,
) -> String {
    let text = match value {
        Value::Float(float) => {
            let text = float_text(*float);
            if text.contains('e') { plain_decimal(&text, decimals) } else { text }
        }
        Value::Decimal(decimal) => plain_decimal(&decimal.to_string(), decimals),
        value => value.to_text().into_owned(),
    };
    format_digits(&text, decimals, env, use_l10n, force_grouping)
}

/// The digits of a decimal without exponent; nought if too small for the places shown.
fn plain_decimal(text: &str, decimals: Option<usize>) -> String {
    let Some(decimal) = BigDecimal::parse(text) else { return text.to_owned() };
    match decimals {
        Some(places) if decimal.is_below(places) => "0".to_owned(),
        _ => decimal.to_plain(),
    }
}

/// Groups the digits of a written number and cuts or fills its decimal places.
pub(crate) fn format_digits(
    text: &str,
    decimals: Option<usize>,
    env: &Env,
    use_l10n: bool,
    force_grouping: bool,
) -> String {
    let formats = formats(env, use_l10n);
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = match decimals {
        Some(places) => Cow::Owned(format!("{:0<places$}", &fraction[..fraction.len().min(places)])),
        None => Cow::Borrowed(fraction),
    };
    let group = formats.number_grouping;
    let grouped = group > 0 && (force_grouping || (use_l10n && env.settings.use_thousand_separator));
    let mut out = String::with_capacity(text.len() + 8);
    out.push_str(sign);
    if grouped {
        let length = whole.chars().count();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (length - at) % group == 0 {
                out.push_str(&formats.thousand_separator);
            }
            out.push(digit);
        }
    } else {
        out.push_str(whole);
    }
    if !fraction.is_empty() {
        out.push_str(&formats.decimal_separator);
        out.push_str(&fraction);
    }
    out
}
