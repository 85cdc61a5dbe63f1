//! Filters from `{% load humanize %}`: `{{ 4500|intcomma }}` is `4,500`, `{{ 2|ordinal }}` is `2nd`.

use std::borrow::Cow;

use jiff::civil::DateTime;
use num_bigint::{BigInt, Sign};

use super::Argument::{Maybe, No};
use super::date::date;
use super::timesince::{Span, timesince};
use super::{Filter, Filtered};
use crate::template::env::Env;
use crate::template::formats::number_format;
use crate::template::value::{Value, to_float, to_int};

pub(crate) static FILTERS: &[Filter] = &[
    Filter::value("apnumber", No, apnumber).keeps_safe(),
    Filter::value("intcomma", Maybe, intcomma).keeps_safe(),
    Filter::value("intword", No, intword),
    Filter::value("naturalday", Maybe, naturalday).in_local_time(),
    Filter::value("naturaltime", No, naturaltime),
    Filter::value("ordinal", No, ordinal).keeps_safe(),
];

fn apnumber(value: &Value, _: Option<&Value>, env: &Env) -> Filtered {
    const WORDS: [&str; 9] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let Some(number) = to_int(value) else { return Ok(value.clone()) };
    let word = usize::try_from(&number).ok().and_then(|number| WORDS.get(number.checked_sub(1)?));
    Ok(word.map_or_else(|| number.into(), |word| Value::from(env.gettext(word))))
}

fn intcomma(value: &Value, use_l10n: Option<&Value>, env: &Env) -> Filtered {
    let number = match value {
        Value::Float(_) | Value::Decimal(_) => Some(value.clone()),
        value => to_int(value).map(Value::from),
    };
    match number.filter(|_| use_l10n.is_none_or(Value::is_true)) {
        Some(number) => Ok(Value::from(number_format(&number, None, env, true, true))),
        None => Ok(with_commas(&value.to_text()).into()),
    }
}

/// The leading digits of a text in groups of three.
fn with_commas(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let end = rest.find(|c: char| !c.is_numeric()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    let count = digits.chars().count();
    let mut out = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (count - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + after
}

fn intword(value: &Value, _: Option<&Value>, env: &Env) -> Filtered {
    const WORDS: [(u32, &str); 11] = [
        (6, "million"),
        (9, "billion"),
        (12, "trillion"),
        (15, "quadrillion"),
        (18, "quintillion"),
        (21, "sextillion"),
        (24, "septillion"),
        (27, "octillion"),
        (30, "nonillion"),
        (33, "decillion"),
        (100, "googol"),
    ];
    let Some(number) = to_int(value) else { return Ok(value.clone()) };
    let size = BigInt::from(number.magnitude().clone());
    if size < BigInt::from(1_000_000) {
        return Ok(number.into());
    }
    let fits = |exponent: u32| size < BigInt::from(10).pow(exponent + 3);
    let Some((exponent, word)) = WORDS.into_iter().find(|(exponent, _)| fits(*exponent)) else {
        return Ok(number.into());
    };
    let float = |number: BigInt| to_float(&Value::from(number)).unwrap_or(f64::NAN);
    let shown = float(number) / float(BigInt::from(10).pow(exponent));
    let message = format!("%(value)s {word}");
    let rounded =
        super::number::float_to_u64(((shown - 1.0).abs().ceil() * (shown - 1.0).signum() + 1.0).abs());
    let text = super::number::floatformat(&Value::Float(shown), Some(&Value::Int(1)), env)?;
    Ok(env.ngettext(&message, &message, rounded).replace("%(value)s", &text.to_text()).into())
}

fn ordinal(value: &Value, _: Option<&Value>, env: &Env) -> Filtered {
    let Some(number) = to_int(value) else { return Ok(value.clone()) };
    if number.sign() == Sign::Minus {
        return Ok(Value::from(number.to_string()));
    }
    let last_two = u8::try_from(&number % 100).unwrap_or(0);
    let (context, template) = match (last_two, last_two % 10) {
        (11..=13, _) => (Cow::Borrowed("ordinal 11, 12, 13"), "{}th"),
        (_, digit) => {
            let template = match digit {
                1 => "{}st",
                2 => "{}nd",
                3 => "{}rd",
                _ => "{}th",
            };
            (Cow::Owned(format!("ordinal {digit}")), template)
        }
    };
    Ok(Value::safe(env.pgettext(&context, template).replace("{}", &number.to_string())))
}

fn naturalday(value: &Value, format: Option<&Value>, env: &Env) -> Filtered {
    let (day, zone) = match value {
        Value::Date(date) => (*date, &env.settings.time_zone),
        Value::NaiveDateTime(at) => (at.date(), &env.settings.time_zone),
        Value::DateTime(at) | Value::FixedDateTime(at) => (at.date(), at.time_zone()),
        _ => return Ok(value.clone()),
    };
    let today = env.now.to_zoned(zone.clone()).date();
    let days = day.since(today).map_or(i32::MAX, |span| span.get_days());
    Ok(match days {
        0 => env.gettext("today").into(),
        1 => env.gettext("tomorrow").into(),
        -1 => env.gettext("yesterday").into(),
        _ => return date(&Value::Date(day), format, env),
    })
}

fn naturaltime(value: &Value, _: Option<&Value>, env: &Env) -> Filtered {
    let (at, now): (DateTime, DateTime) = match value {
        Value::DateTime(at) | Value::FixedDateTime(at) => {
            let utc = |moment: jiff::Timestamp| moment.to_zoned(jiff::tz::TimeZone::UTC).datetime();
            (utc(at.timestamp()), utc(env.now))
        }
        Value::NaiveDateTime(at) => (*at, env.now.to_zoned(env.settings.time_zone.clone()).datetime()),
        Value::Date(_) => {
            return Err(crate::template::error::TemplateError::value(
                "can't compare datetime.datetime to datetime.date",
            ));
        }
        _ => return Ok(value.clone()),
    };
    let past = at < now;
    let seconds = if past { now.duration_since(at) } else { at.duration_since(now) }.as_secs();
    if seconds >= 86400 {
        let (message, span) =
            if past { ("%(delta)s ago", Span::PAST) } else { ("%(delta)s from now", Span::FUTURE) };
        let delta = timesince(value, None, env, !past, span).unwrap_or_default();
        return Ok(env.gettext(message).replace("%(delta)s", &delta).into());
    }
    let (count, singular, plural) = match (seconds, past) {
        (0, _) => return Ok(env.gettext("now").into()),
        (..60, true) => (seconds, "a second ago", "%(count)s\u{a0}seconds ago"),
        (..60, false) => (seconds, "a second from now", "%(count)s\u{a0}seconds from now"),
        (..3600, true) => (seconds / 60, "a minute ago", "%(count)s\u{a0}minutes ago"),
        (..3600, false) => (seconds / 60, "a minute from now", "%(count)s\u{a0}minutes from now"),
        (_, true) => (seconds / 3600, "an hour ago", "%(count)s\u{a0}hours ago"),
        (_, false) => (seconds / 3600, "an hour from now", "%(count)s\u{a0}hours from now"),
    };
    let message = env.ngettext(singular, plural, count.unsigned_abs());
    Ok(message.replace("%(count)s", &count.to_string()).into())
}
