//! `static_conditional.json`: ETags and conditional requests.

use nuages_wire::conditional::{Conditions, Decision, parse_etags, quote_etag, was_modified_since};
use serde_json::{Value, json};

use super::http_dates::CURRENT_YEAR;
use super::{Case, Ran};

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "was_modified_since" => {
            let modified = case.number("mtime").unwrap_or_default().trunc() as i64;
            case.check(Ok(json!(was_modified_since(case.optional_text("header"), modified, CURRENT_YEAR))))
        }
        "conditional" => case.check(Ok(json!(conditional(case)?))),
        "parse_etags" => case.check(Ok(json!(parse_etags(case.text("header")?)))),
        "quote_etag" => case.check(Ok(json!(quote_etag(case.text("value")?)))),
        _ => case.unknown(),
    }
}

fn conditional(case: &Case) -> Result<i64, super::BadCase> {
    let status = case.integer("response_status").unwrap_or(200);
    let header = |name| case.get("headers").and_then(|headers| headers.get(name)).and_then(Value::as_str);
    let conditions = Conditions {
        if_match: header("If-Match"),
        if_unmodified_since: header("If-Unmodified-Since"),
        if_none_match: header("If-None-Match"),
        if_modified_since: header("If-Modified-Since"),
    };
    let last_modified = case.number("last_modified").map(|time| time as i64);
    let decision =
        conditions.decide(case.text("method")?, case.optional_text("etag"), last_modified, CURRENT_YEAR);
    Ok(match decision {
        _ if !(200..300).contains(&status) => status,
        Decision::Proceed => status,
        Decision::NotModified => 304,
        Decision::PreconditionFailed => 412,
    })
}
