//! `itsdangerous.json`: signers, URL-safe serializers, JWS.

use nuages_wire::crypto::{Algorithm, SecretKeys};
use nuages_wire::itsdangerous::{
    Error, JwsAlgorithm, KeyDerivation, Options, Signer, TimedJsonWebSignatureSerializer, TimestampSigner,
    UrlSafeSerializer, UrlSafeTimedSerializer,
};
use nuages_wire::json::Value;

use super::json_values::{from_json, keys, max_age, to_json};
use super::{BadCase, Case, Ran};

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "sign" | "unsign" => sign(case),
        "dumps" | "dumps_compressed" | "loads" => serialize(case),
        "jws_dumps" | "jws_loads" => jws(case),
        _ => case.unknown(),
    }
}

fn sign(case: &Case) -> Ran {
    let (keys, now) = (secrets(case)?, case.now()?.as_second());
    let salt = case.optional_text("salt").unwrap_or(Signer::SALT);
    let options = options(case)?;
    let Ok(signer) = Signer::with_options(&keys, salt, &options) else {
        return case.check(Err("malformed"));
    };
    let timed = case.flag("timed").unwrap_or(true);
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

fn serialize(case: &Case) -> Ran {
    let (keys, now) = (secrets(case)?, case.now()?.as_second());
    let salt = case.optional_text("salt").unwrap_or(UrlSafeSerializer::SALT);
    let options = options(case)?;
    let Ok(signer) = Signer::with_options(&keys, salt, &options) else {
        return case.check(Err("malformed"));
    };
    let (plain, timed) = (UrlSafeSerializer::from(signer.clone()), UrlSafeTimedSerializer::from(signer));
    let is_timed = case.flag("timed").unwrap_or(true);
    let loads = |token: &str| match is_timed {
        true => timed.loads(token, max_age(case), now),
        false => plain.loads(token),
    };
    if case.op == "loads" {
        let value = loads(case.text("token")?);
        return case.check_tagged(value.map(|value| from_json(&value)).map_err(category));
    }
    let value = object(case)?;
    let token = if is_timed { timed.dumps(&value, now) } else { plain.dumps(&value) };
    if case.op == "dumps" {
        return case.check(Ok(token.into()));
    }
    Ok(case.judge(token.starts_with('.') && loads(&token) == Ok(value), || token))
}

fn jws(case: &Case) -> Ran {
    let Some(algorithm) = JwsAlgorithm::from_name(case.text("alg")?) else {
        return case.check(Err("unknown_algorithm"));
    };
    let serializer =
        TimedJsonWebSignatureSerializer::new(&secrets(case)?, case.optional_text("salt"), algorithm);
    let now = match case.integer("now") {
        Some(now) => now,
        None => case.now()?.as_second(),
    };
    if case.op == "jws_dumps" {
        let expires_in = case.integer("expires_in").unwrap_or(3600);
        return case.check(Ok(serializer.dumps(&object(case)?, expires_in, now).into()));
    }
    let value = match case.flag("timed") {
        Some(false) => serializer.loads_untimed(case.text("token")?),
        _ => serializer.loads(case.text("token")?, now),
    };
    case.check_tagged(value.map(|value| from_json(&value)).map_err(category))
}

fn object(case: &Case) -> Result<Value, BadCase> {
    to_json(&case.tagged("obj")?.ok_or_else(|| BadCase("no `obj`".into()))?)
}

/// The case's `secret`, or the file's key without its fallbacks.
fn secrets(case: &Case) -> Result<SecretKeys, BadCase> {
    match case.optional_text("secret") {
        Some(secret) => Ok(SecretKeys::new(secret)),
        None => Ok(SecretKeys::new(keys(case)?.current)),
    }
}

fn options<'a>(case: &Case<'a>) -> Result<Options<'a>, BadCase> {
    let default = Options::default();
    let unknown = |name: &str| BadCase(format!("unknown option {name}"));
    Ok(Options {
        separator: case.optional_text("sep").unwrap_or(default.separator),
        key_derivation: match case.optional_text("key_derivation") {
            Some(name) => KeyDerivation::from_name(name).ok_or_else(|| unknown(name))?,
            None => default.key_derivation,
        },
        digest: match case.optional_text("digest") {
            Some(name) => Algorithm::from_name(name).ok_or_else(|| unknown(name))?,
            None => default.digest,
        },
    })
}

fn category(error: Error) -> &'static str {
    match error {
        Error::BadSignature | Error::BadHeader => "bad_signature",
        Error::SignatureExpired => "expired",
        Error::BadPayload => "bad_payload",
    }
}
