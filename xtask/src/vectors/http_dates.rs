//! `http_dates.json`: HTTP dates.

use nuages_wire::http_dates::{http_date, parse_http_date};

use super::{Case, Ran};

/// The year that two-digit years of the recorded cases are relative to.
pub(super) const CURRENT_YEAR: i16 = 2026;

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "http_date" => {
            let epoch = case.number("epoch").unwrap_or_default().floor() as i64;
            case.check(http_date(epoch).map(Into::into).map_err(|_| "malformed"))
        }
        "parse" => case.check(
            parse_http_date(case.text("value")?, CURRENT_YEAR).map(Into::into).map_err(|_| "malformed"),
        ),
        _ => case.unknown(),
    }
}
