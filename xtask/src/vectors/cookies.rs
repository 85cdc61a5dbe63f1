//! `cookies.json`: reading `Cookie`, writing `Set-Cookie`.

use nuages_wire::cookies::{CookieError, Expires, SetCookie, parse_cookie};
use serde_json::json;

use super::jiff_from::{duration, moment};
use super::{Case, Ran, Tagged};

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "parse" => {
            let cookies = parse_cookie(case.text("header")?);
            case.check(Ok(cookies.iter().map(|(name, value)| json!([name, value])).collect()))
        }
        "set_cookie" => {
            let mut cookie = SetCookie::new(case.text("key")?, case.text("value")?);
            let Ok(max_age) = case.tagged("max_age")?.map(|age| duration(&age)).transpose() else {
                return case.check(Err("malformed"));
            };
            let expires = case.tagged("expires")?.unwrap_or(Tagged::None);
            cookie.max_age = max_age.flatten();
            cookie.expires = match &expires {
                Tagged::None => None,
                Tagged::Str(text) => Some(Expires::Text(std::str::from_utf8(text).unwrap_or_default())),
                other => Some(Expires::At(moment(other)?)),
            };
            cookie.secure = case.flag("secure").unwrap_or(false);
            cookie.http_only = case.flag("httponly").unwrap_or(false);
            finish(case, cookie)
        }
        "delete_cookie" => finish(case, SetCookie::delete(case.text("key")?, case.optional_text("samesite"))),
        _ => case.unknown(),
    }
}

fn finish<'a>(case: &Case<'a>, cookie: SetCookie<'a>) -> Ran {
    let cookie = SetCookie {
        path: if case.get("path").is_some() { case.optional_text("path") } else { cookie.path },
        domain: case.optional_text("domain"),
        same_site: case.optional_text("samesite"),
        ..cookie
    };
    case.check(cookie.header(case.now()?).map(Into::into).map_err(|error| match error {
        CookieError::IllegalName | CookieError::IllegalAttribute => "illegal_cookie",
        _ => "malformed",
    }))
}
