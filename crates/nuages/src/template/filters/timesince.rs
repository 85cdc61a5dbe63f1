//! How long ago, in the two largest units that fit: `4 days, 6 hours` (`django.utils.timesince`).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::template::env::Env;
use crate::template::value::Value;

const UNITS: [(&str, &str); 6] = [
    ("%(num)d year", "%(num)d years"),
    ("%(num)d month", "%(num)d months"),
    ("%(num)d week", "%(num)d weeks"),
    ("%(num)d day", "%(num)d days"),
    ("%(num)d hour", "%(num)d hours"),
    ("%(num)d minute", "%(num)d minutes"),
];

/// The context in which the units are translated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span(Option<&'static str>);

impl Span {
    pub(crate) const PLAIN: Self = Self(None);
    pub(crate) const PAST: Self = Self(Some("naturaltime-past"));
    pub(crate) const FUTURE: Self = Self(Some("naturaltime-future"));
}

/// The time from `value` to `now`, or from `now` to `value` if `reversed`; `None` where one has a zone and the other
/// has none.
pub(crate) fn timesince(
    value: &Value,
    now: Option<&Value>,
    env: &Env,
    reversed: bool,
    span: Span,
) -> Option<String> {
    let (at, zone) = moment(value)?;
    let now = match (now, zone) {
        (None, Some(zone)) => env.now.to_zoned(zone.clone()).datetime(),
        (None, None) => env.now.to_zoned(env.settings.time_zone.clone()).datetime(),
        (Some(Value::DateTime(now) | Value::FixedDateTime(now)), Some(zone)) => {
            now.with_time_zone(zone.clone()).datetime()
        }
        (Some(now), None) => match moment(now)? {
            (now, None) => now,
            _ => return None,
        },
        (Some(_), Some(_)) => return None,
    };
    let (from, to) = if reversed { (now, at) } else { (at, now) };
    Some(between(from, to, env, span))
}

fn moment(value: &Value) -> Option<(DateTime, Option<&TimeZone>)> {
    match value {
        Value::DateTime(at) | Value::FixedDateTime(at) => Some((at.datetime(), Some(at.time_zone()))),
        Value::NaiveDateTime(at) => Some((*at, None)),
        Value::Date(date) => Some((date.to_datetime(jiff::civil::Time::midnight()), None)),
        _ => None,
    }
}

fn between(from: DateTime, to: DateTime, env: &Env, span: Span) -> String {
    let unit = |index: usize, count: i64| {
        let (singular, plural) = UNITS[index];
        let number = count.unsigned_abs();
        let text = match span.0 {
            Some(context) => env.npgettext(context, singular, plural, number),
            None => env.ngettext(singular, plural, number),
        };
        text.replace("%(num)d", &count.to_string()).replace(' ', "\u{a0}")
    };
    if seconds(from, to) <= 0 {
        return unit(5, 0);
    }
    let mut months = (i64::from(to.year()) - i64::from(from.year())) * 12 + i64::from(to.month())
        - i64::from(from.month());
    if (from.day(), from.time()) > (to.day(), to.time()) {
        months -= 1;
    }
    let (years, months) = (months.div_euclid(12), months.rem_euclid(12));
    let mut rest = seconds(pivot(from, years, months), to);
    let mut counts = [years, months, 0, 0, 0, 0];
    for (count, chunk) in counts[2..].iter_mut().zip([7 * 86400, 86400, 3600, 60]) {
        *count = rest.div_euclid(chunk);
        rest -= *count * chunk;
    }
    let Some(first) = counts.iter().position(|count| *count != 0) else { return unit(5, 0) };
    let shown = counts.iter().enumerate().skip(first).take(2).take_while(|(_, count)| **count != 0);
    shown.map(|(index, count)| unit(index, *count)).collect::<Vec<_>>().join(env.gettext(", "))
}

/// `from` after whole years and months; a day that the month lacks is its last, and February has 28.
fn pivot(from: DateTime, years: i64, months: i64) -> DateTime {
    if years == 0 && months == 0 {
        return from;
    }
    let months = i64::from(from.month()) - 1 + months;
    let year = i16::try_from(i64::from(from.year()) + years + months / 12).unwrap_or(from.year());
    let month = i8::try_from(months % 12 + 1).unwrap_or(1);
    const DAYS: [i8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let day = from.day().min(DAYS[usize::try_from(month - 1).unwrap_or(0)]);
    DateTime::new(year, month, day, from.hour(), from.minute(), from.second(), 0).unwrap_or(from)
}

fn seconds(from: DateTime, to: DateTime) -> i64 {
    to.duration_since(from).as_nanos().div_euclid(1_000_000_000).try_into().unwrap_or(0)
}
