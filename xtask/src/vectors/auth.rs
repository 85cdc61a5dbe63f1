//! `auth.json`: the session's hash, reset tokens, uid text.

use nuages_wire::auth::{
    ResetUser, SessionAuthHash, base36_decode, base36_encode, check_reset_token, make_reset_token,
    uid_decode, uid_encode,
};
use nuages_wire::crypto::{SecretKey, SecretKeys};
use nuages_wire::datetime::DateTime;
use serde_json::{Value, json};

use super::json_values::keys;
use super::{BadCase, Case, Ran};

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "session_auth_hash" => {
            let (keys, password) = (keys(case)?, case.text("password")?);
            let of = |key: &SecretKey| SessionAuthHash::new(&SecretKeys::new(key.clone())).hash(password);
            let fallbacks: Vec<String> = keys.fallbacks.iter().map(of).collect();
            let hash = SessionAuthHash::new(&keys).hash(password);
            case.check(Ok(json!({"hash": hash, "fallbacks": fallbacks})))
        }
        "reset_token_make" | "reset_token_check" => reset_token(case),
        "uid_encode" => {
            let key = case.get("pk").ok_or_else(|| BadCase("no `pk`".into()))?;
            case.check(Ok(uid_encode(&text_of(key)).into()))
        }
        "uid_decode" => case.check(uid_decode(case.text("uid")?).map(Value::from).ok_or("malformed")),
        "base36" => {
            let number = base36_decode(case.text("value")?).ok_or("malformed");
            let Ok(number) = number else { return case.check(Err("malformed")) };
            let expect = case.expect()?;
            // Beyond 2^53 the number is read as a float; its digits are compared by `back`.
            let same = expect["int"].as_f64() == Some(number as f64);
            let back = base36_encode(number);
            Ok(case.judge(same && expect["back"] == back, || format!("{number}, {back}")))
        }
        _ => case.unknown(),
    }
}

fn reset_token(case: &Case) -> Ran {
    let user = case.get("user").ok_or_else(|| BadCase("no `user`".into()))?;
    let primary_key = text_of(&user["pk"]);
    let last_login = match user["last_login"].as_str() {
        Some(text) => {
            let moment: DateTime = text.parse().map_err(|_| BadCase(format!("no moment: {text}")))?;
            Some(moment.timestamp().map_or(moment.civil, |instant| DateTime::utc(instant).civil))
        }
        None => None,
    };
    let user = ResetUser {
        primary_key: &primary_key,
        password: user["password"].as_str().unwrap_or_default(),
        last_login,
        email: user["email"].as_str().unwrap_or_default(),
    };
    let now = match case.optional_text("now") {
        Some(text) => text.parse::<DateTime>().map_err(|_| BadCase(format!("no moment: {text}")))?,
        None => DateTime::utc(case.now()?),
    };
    let keys = keys(case)?;
    if case.op == "reset_token_make" {
        return case.check(Ok(make_reset_token(&user, now.civil, &keys.current).into()));
    }
    let timeout = case.integer("timeout").unwrap_or(259_200);
    case.check(Ok(check_reset_token(&user, case.text("token")?, now.civil, timeout, &keys).into()))
}

fn text_of(key: &Value) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}
