//! `querydict.json`: query strings and urlencoded bodies.

use nuages_wire::charset::Charset;
use nuages_wire::querydict::{FormError, MAX_FIELDS, MAX_MEMORY, QueryDict, TooManyFields, parse_form};
use serde_json::{Value, json};

use super::{BadCase, Case, Ran};

pub(super) fn run(case: &Case) -> Ran {
    let charset = charset(case, "encoding")?;
    match case.op {
        "parse" => {
            let bytes = match case.optional_text("query") {
                Some(text) => text.as_bytes().to_vec(),
                None => case.bytes("query_b64")?,
            };
            let answer = match case.optional_text("query") {
                Some(text) if charset == Charset::UTF_8 => {
                    QueryDict::parse(text, limit(case, "max_fields", MAX_FIELDS))
                }
                _ => QueryDict::parse_bytes(&bytes, charset, limit(case, "max_fields", MAX_FIELDS)),
            };
            case.check(answer.map_err(|TooManyFields| "too_many_fields").and_then(|dict| {
                let urlencode = dict.encode(charset, "").ok_or("malformed")?;
                Ok(json!({"lists": lists(&dict), "urlencode": urlencode}))
            }))
        }
        "urlencode" => {
            let mut dict = QueryDict::new();
            for pair in case.get("lists").and_then(Value::as_array).into_iter().flatten() {
                let values = pair[1].as_array().into_iter().flatten().filter_map(Value::as_str);
                dict.setlist(pair[0].as_str().unwrap_or_default(), values.map(str::to_owned).collect());
            }
            let safe = case.optional_text("safe").unwrap_or_default();
            case.check(dict.encode(charset, safe).map(Into::into).ok_or("malformed"))
        }
        "form_body" => {
            let content_type =
                case.optional_text("content_type").unwrap_or("application/x-www-form-urlencoded");
            let answer = parse_form(
                content_type,
                &case.bytes("body_b64")?,
                limit(case, "max_memory", MAX_MEMORY),
                limit(case, "max_fields", MAX_FIELDS),
            );
            case.check(answer.map(|dict| json!({"lists": lists(&dict)})).map_err(|error| match error {
                FormError::TooManyFields => "too_many_fields",
                FormError::TooBig => "too_big",
                _ => "bad_request",
            }))
        }
        _ => case.unknown(),
    }
}

/// The character set of an input; UTF-8 when it is absent.
pub(super) fn charset(case: &Case, key: &str) -> Result<Charset, BadCase> {
    case.optional_text(key).map_or(Ok(Charset::UTF_8), |name| {
        Charset::lookup(name).map_err(|error| BadCase(format!("{name}: {error}")))
    })
}

/// A limit; absent is Django's default and null is none.
fn limit(case: &Case, key: &str, default: usize) -> Option<usize> {
    match case.get(key) {
        None => Some(default),
        Some(value) => value.as_u64().and_then(|limit| usize::try_from(limit).ok()),
    }
}

fn lists(dict: &QueryDict) -> Value {
    dict.lists().map(|(name, values)| json!([name, values])).collect()
}
