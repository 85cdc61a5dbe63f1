//! `signing.json`: signers, tokens and signed cookies.

use nuages_wire::cookies::SetCookie;
use nuages_wire::crypto::Algorithm;
use nuages_wire::signing::{
    CookieSalt, DEFAULT_SALT, Error, Signer, TimestampSigner, get_signed_cookie, set_signed_cookie,
};
use serde_json::json;

use super::json_values::{from_json, keys, max_age, to_json};
use super::{BadCase, Case, Ran};

pub(super) fn run(case: &Case) -> Ran {
    let now = case.now()?.as_second();
    match case.op {
        "sign" | "unsign" => sign(case, now),
        "dumps" | "dumps_compressed" => {
            let value = to_json(&case.tagged("value")?.ok_or_else(|| BadCase("no `value`".into()))?)?;
            let signer =
                TimestampSigner::new(&keys(case)?, case.optional_text("salt").unwrap_or(DEFAULT_SALT));
            if case.op == "dumps" {
                let compress = case.flag("compress").unwrap_or(false);
                return case.check(Ok(signer.dumps(&value, compress, now).into()));
            }
            let token = signer.dumps(&value, true, now);
            let same = token.starts_with('.') && signer.loads(&token, Some(0), now) == Ok(value);
            Ok(case.judge(same, || token))
        }
        "loads" => {
            let signer =
                TimestampSigner::new(&keys(case)?, case.optional_text("salt").unwrap_or(DEFAULT_SALT));
            let value = signer.loads(case.text("signed")?, max_age(case), now);
            case.check_tagged(value.map(|value| from_json(&value)).map_err(category))
        }
        "set_signed_cookie" => {
            let (name, salt) = (case.text("cookie")?, case.text("salt")?);
            let value = set_signed_cookie(&keys(case)?, name, case.text("value")?, salt, CookieSalt::V2, now);
            let line = SetCookie::new(name, &value).header(case.now()?);
            let line = line.map_err(|error| BadCase(error.to_string()))?;
            case.check(Ok(json!({"value": value, "set_cookie": line})))
        }
        "get_signed_cookie" => {
            let (name, salt) = (case.text("cookie")?, case.optional_text("salt").unwrap_or_default());
            let fallback = case.flag("legacy_salt_fallback").unwrap_or(true);
            let (keys, age) = (keys(case)?, max_age(case));
            let value = get_signed_cookie(&keys, name, case.text("value")?, salt, age, fallback, now);
            case.check(value.map(Into::into).map_err(category))
        }
        _ => case.unknown(),
    }
}

fn sign(case: &Case, now: i64) -> Ran {
    let keys = keys(case)?;
    let timed = case.flag("timestamp").unwrap_or(false);
    let default = if timed { TimestampSigner::SALT } else { Signer::SALT };
    let salt = case.optional_text("salt").filter(|salt| !salt.is_empty()).unwrap_or(default);
    let separator = case.optional_text("sep").unwrap_or(":");
    let Some(algorithm) = Algorithm::from_name(case.optional_text("algorithm").unwrap_or("sha256")) else {
        return case.check(Err("unknown_algorithm"));
    };
    let Ok(signer) = Signer::with_options(&keys, salt, separator, algorithm) else {
        return case.check(Err("malformed"));
    };
    let answer = match (case.op, timed) {
        ("sign", false) => Ok(signer.sign(case.text("value")?)),
        ("sign", true) => Ok(TimestampSigner::from(signer).sign(case.text("value")?, now)),
        (_, false) => signer.unsign(case.text("signed")?).map(str::to_owned),
        (_, true) => {
            TimestampSigner::from(signer).unsign(case.text("signed")?, max_age(case), now).map(str::to_owned)
        }
    };
    case.check(answer.map(Into::into).map_err(category))
}

fn category(error: Error) -> &'static str {
    match error {
        Error::BadSignature => "bad_signature",
        Error::SignatureExpired => "expired",
        Error::Malformed => "malformed",
        Error::TooBig => "too_big",
    }
}
