//! `django.core.serializers.json.DjangoJSONEncoder` over Python's `json.dumps`.

use jiff::SignedDuration;

use crate::json::{self, Number};
use crate::pickle::Value;

/// The JSON of a value; nothing for bytes, sets, times with an offset and unknown objects.
pub(crate) fn to_json(value: &Value) -> Option<json::Value> {
    Some(match value {
        Value::SafeString(text) => json::Value::String(text.clone()),
        Value::List(items) | Value::Tuple(items) => {
            json::Value::Array(items.iter().map(to_json).collect::<Option<Vec<_>>>()?)
        }
        Value::Dict(entries) | Value::OrderedDict(entries) => {
            let mut object = json::Object::new();
            for (key, value) in entries {
                object.insert(key_text(key)?, to_json(value)?);
            }
            json::Value::Object(object)
        }
        Value::DateTime(moment) => {
            let mut text = moment.to_string();
            if text.as_bytes().get(19) == Some(&b'.') {
                text.replace_range(23..26, "");
            }
            match text.strip_suffix("+00:00") {
                Some(civil) => json::Value::from(format!("{civil}Z")),
                None => json::Value::from(text),
            }
        }
        Value::Date(date) => json::Value::from(date.to_string()),
        Value::Time(time, None) => {
            let text = time.strftime("%H:%M:%S").to_string();
            match time.subsec_nanosecond() / 1000 {
                0 => json::Value::from(text),
                micros => json::Value::from(format!("{text}.{:03}", micros / 1000)),
            }
        }
        Value::TimeDelta(duration) => json::Value::from(duration_text(*duration)),
        Value::Decimal(text) => json::Value::from(text.as_str()),
        Value::Uuid(number) => json::Value::from(uuid_text(*number)),
        Value::Bytes(_)
        | Value::ByteArray(_)
        | Value::Set(_)
        | Value::FrozenSet(_)
        | Value::Time(_, Some(_))
        | Value::Opaque(_) => return None,
        plain => plain.to_json()?,
    })
}

/// What Python makes of a key that is no text.
pub(crate) fn key_text(key: &Value) -> Option<json::Text> {
    Some(match key {
        Value::Str(text) | Value::SafeString(text) => text.clone(),
        Value::None => "null".into(),
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::Int(number) => number.to_string().into(),
        Value::BigInt(number) => number.to_string().into(),
        Value::Float(number) => Number::from(*number).to_string().into(),
        _ => return None,
    })
}

/// `-P1DT02H03M04.000005S` (`django.utils.duration.duration_iso_string`).
fn duration_text(duration: SignedDuration) -> String {
    let sign = if duration.is_negative() { "-" } else { "" };
    let duration = duration.unsigned_abs();
    let seconds = duration.as_secs();
    let fraction = match duration.subsec_micros() {
        0 => String::new(),
        micros => format!(".{micros:06}"),
    };
    format!(
        "{sign}P{}DT{:02}H{:02}M{:02}{fraction}S",
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60
    )
}

pub(super) fn uuid_text(number: u128) -> String {
    let hex = format!("{number:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    // From json.dumps(value, cls=DjangoJSONEncoder).
    #[test]
    fn dates_are_cut_to_milliseconds() {
        let json = |text: &str| {
            let moment = text.parse().map(Value::DateTime).unwrap_or_default();
            to_json(&moment).map(|json| json.to_string()).unwrap_or_default()
        };
        assert_eq!(json("2026-01-02T03:04:05.123456+00:00"), "\"2026-01-02T03:04:05.123Z\"");
        assert_eq!(json("2026-01-02T03:04:05+08:00"), "\"2026-01-02T03:04:05+08:00\"");
        let duration = SignedDuration::from_secs(-93_784) - SignedDuration::from_micros(5);
        assert_eq!(duration_text(duration), "-P1DT02H03M04.000005S");
    }
}
