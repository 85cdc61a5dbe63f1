//! `sessions.json`: the stored forms of a session and its expiry.

use nuages_wire::datetime::DateTime;
use nuages_wire::json::Object;
use nuages_wire::session::{Codec, EXPIRY_ENTRY, Expiry, Policy, SessionKey, file_is_expired, file_name};
use serde_json::{Value, json};

use super::jiff_from::duration;
use super::json_values::{from_object, keys, to_object};
use super::{BadCase, Case, Ran, Tagged};

const COOKIE_NAME: &str = "sessionid";

pub(super) fn run(case: &Case) -> Ran {
    let now = case.now()?.as_second();
    match case.op {
        "encode" => case.check(Ok(Codec::new(&keys(case)?).encode(&data(case)?, now).into())),
        "encode_compressed" => {
            let (codec, data) = (Codec::new(&keys(case)?), data(case)?);
            let stored = codec.encode(&data, now);
            let same = stored.starts_with('.') && codec.decode(&stored) == Ok(data);
            Ok(case.judge(same, || stored))
        }
        "decode" => {
            let data = Codec::new(&keys(case)?).decode(case.text("session_data")?).unwrap_or_default();
            case.check_tagged(Ok(from_object(&data)))
        }
        "db_row" => {
            let (data, moment) = (data(case)?, moment(case)?);
            let expiry = Expiry::of(&data).and_then(|expiry| expiry.date(&moment, policy(case)));
            let expiry = expiry.map_err(|error| BadCase(error.to_string()))?;
            let stored = Codec::new(&keys(case)?).encode(&data, now);
            case.check(Ok(json!({"session_data": stored, "expire_date": expiry.to_string()})))
        }
        "file_save" => {
            let stored = Codec::new(&keys(case)?).encode(&data(case)?, now);
            let name = file_name(COOKIE_NAME, case.text("session_key")?);
            let answer = name.map(|name| json!({"filename": name, "content": stored}));
            case.check(answer.map_err(|_| "suspicious"))
        }
        "file_load" => file_load(case),
        "signed_cookie_encode" => {
            case.check(Ok(Codec::signed_cookies(&keys(case)?).encode(&data(case)?, now).into()))
        }
        "signed_cookie_load" => {
            let codec = Codec::signed_cookies(&keys(case)?);
            let age = Some(policy(case).cookie_age);
            let data = codec.decode_within(case.text("session_key")?, age, now).unwrap_or_default();
            case.check_tagged(Ok(from_object(&data)))
        }
        "valid_key" => case.check(Ok(SessionKey::parse(case.text("session_key")?).is_some().into())),
        "file_key" => {
            let name = file_name(COOKIE_NAME, case.text("session_key")?);
            case.check(name.map(Value::from).map_err(|_| "suspicious"))
        }
        "expiry" => expiry(case),
        _ => case.unknown(),
    }
}

fn file_load(case: &Case) -> Ran {
    let expect = case.expect()?;
    let (mut data, mut key) = (Object::new(), "same");
    if file_name(COOKIE_NAME, case.text("session_key")?).is_err() {
        key = "none";
    } else if !case.text("content")?.is_empty() {
        data = Codec::new(&keys(case)?).decode(case.text("content")?).unwrap_or_default();
        let now = moment(case)?;
        let age = case.number("age").unwrap_or(0.0).ceil() as i64;
        let modified = now.checked_add_seconds(-age).unwrap_or(now);
        if file_is_expired(&data, &modified, &now, policy(case)) == Ok(true) {
            (data, key) = (Object::new(), "new");
        }
    }
    let data = from_object(&data);
    let same = Tagged::read(&expect["data"])?.same(&data) && expect["session_key"] == key;
    Ok(case.judge(same, || format!("{data:?}, {key}")))
}

fn expiry(case: &Case) -> Ran {
    let bad = |error: &dyn std::fmt::Display| BadCase(error.to_string());
    let (now, policy) = (moment(case)?, policy(case));
    let set = match case.tagged("set_expiry")? {
        None | Some(Tagged::None) => Expiry::Policy,
        Some(Tagged::Int(seconds)) => Expiry::Seconds(seconds.try_into().map_err(|error| bad(&error))?),
        Some(Tagged::DateTime(text)) => Expiry::At(text.parse().map_err(|error| bad(&error))?),
        Some(delta) => {
            let delta = duration(&delta)?.ok_or_else(|| BadCase("no duration".into()))?;
            let then = case.now()?.checked_add(delta).map_err(|error| bad(&error))?;
            Expiry::At(DateTime::utc(then))
        }
    };
    let mut data = Object::new();
    set.store(&mut data);
    let stored = data.get(EXPIRY_ENTRY).map(|value| match value.as_i64() {
        Some(seconds) => json!(seconds),
        None => json!(value.as_str()),
    });
    let expiry = Expiry::of(&data).map_err(|error| bad(&error))?;
    case.check(Ok(json!({
        "stored": stored,
        "age": expiry.age(&now, policy).map_err(|error| bad(&error))?,
        "date": expiry.date(&now, policy).map_err(|error| bad(&error))?.to_string(),
        "at_browser_close": expiry.at_browser_close(policy),
    })))
}

fn data(case: &Case) -> Result<Object, BadCase> {
    to_object(&case.tagged("data")?.ok_or_else(|| BadCase("no `data`".into()))?)
}

pub(super) fn moment(case: &Case) -> Result<DateTime, BadCase> {
    case.now().map(DateTime::utc)
}

pub(super) fn policy(case: &Case) -> Policy {
    let default = Policy::default();
    let close = case.setting("SESSION_EXPIRE_AT_BROWSER_CLOSE").and_then(Value::as_bool);
    Policy {
        cookie_age: case.setting("SESSION_COOKIE_AGE").and_then(Value::as_i64).unwrap_or(default.cookie_age),
        expire_at_browser_close: close.unwrap_or(default.expire_at_browser_close),
    }
}
