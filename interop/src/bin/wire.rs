//! Every format of the crate behind one door: a line of JSON in, a line of JSON out.
//!
//! ```text
//! {"op": "csrf_unmask", "token": "rTPe…0gA"}   →   {"ok": "fx3S…cFnX"}
//! {"op": "csrf_unmask", "token": "short"}      →   {"error": "…"}
//! ```
//!
//! `interop/tests/test_wire.py` talks to it, with the real packages at the other end.

use std::error::Error;
use std::io::{BufRead, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use nuages_wire::auth::{ResetUser, SessionAuthHash, check_reset_token, make_reset_token};
use nuages_wire::cache::{Codec as CacheCodec, Compressor, Serializer};
use nuages_wire::celery::{Call, Sender, TaskMessage, TaskResult, priority_key};
use nuages_wire::crypto::{SecretKey, SecretKeys};
use nuages_wire::csrf::{MaskedToken, Secret, token_matches};
use nuages_wire::datetime::DateTime;
use nuages_wire::itsdangerous::{TimestampSigner as TokenSigner, UrlSafeSerializer, UrlSafeTimedSerializer};
use nuages_wire::json::{self, Object, Style, Value};
use nuages_wire::messages::{CookieCodec, Message};
use nuages_wire::password::{Algorithm, EncodedPassword, Hasher, Hashers};
use nuages_wire::pickle::{self, Limits, Protocol};
use nuages_wire::session::{Codec, file_name};
use nuages_wire::signing::{CookieSalt, TimestampSigner, get_signed_cookie, set_signed_cookie};

type Answer = Result<Value, Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let (key, value) = match answer(&line?) {
            Ok(value) => ("ok", value),
            Err(error) => ("error", error.to_string().into()),
        };
        let mut object = Object::new();
        object.insert(key, value);
        writeln!(out, "{}", Value::Object(object).to_json(Style::PYTHON))?;
        out.flush()?;
    }
    Ok(())
}

fn answer(line: &str) -> Answer {
    let Value::Object(object) = json::from_str(line)? else { return Err("not an object".into()) };
    let ask = Ask { object, now: Timestamp::now() };
    let op = ask.text("op")?;
    match op.split_once('_').map_or(op, |(area, _)| area) {
        "session" => session(&ask, op),
        "signing" => signing(&ask, op),
        "itsdangerous" => itsdangerous(&ask, op),
        "pickled" => pickled(&ask, op),
        "messages" => messages(&ask, op),
        "password" => password(&ask, op),
        "csrf" => csrf(&ask, op),
        "auth" => auth(&ask, op),
        "celery" => celery(&ask, op),
        _ => unknown(op),
    }
}

fn unknown(op: &str) -> Answer {
    Err(format!("unknown operation {op}").into())
}

fn session(ask: &Ask, op: &str) -> Answer {
    let codec = match ask.text("engine")? {
        "signed_cookies" => Codec::signed_cookies(&ask.keys()?),
        _ => Codec::new(&ask.keys()?),
    };
    Ok(match op {
        "session_encode" => {
            let data = ask.value("data")?.as_object().ok_or("data is no object")?;
            codec.encode(data, ask.now.as_second()).into()
        }
        "session_decode" => Value::Object(codec.decode(ask.text("stored")?)?),
        "session_file" => file_name("sessionid", ask.text("session_key")?)?.into(),
        _ => return unknown(op),
    })
}

fn signing(ask: &Ask, op: &str) -> Answer {
    let (keys, now) = (ask.keys()?, ask.now.as_second());
    let salt = ask.text("salt")?;
    let signer = TimestampSigner::new(&keys, salt);
    Ok(match op {
        "signing_dumps" => signer.dumps(ask.value("value")?, true, now).into(),
        "signing_loads" => signer.loads(ask.text("signed")?, Some(60), now)?,
        "signing_set_cookie" => {
            set_signed_cookie(&keys, "name", ask.text("value")?, salt, CookieSalt::V2, now).into()
        }
        "signing_get_cookie" => {
            get_signed_cookie(&keys, "name", ask.text("signed")?, salt, Some(60), true, now)?.into()
        }
        _ => return unknown(op),
    })
}

fn itsdangerous(ask: &Ask, op: &str) -> Answer {
    let (keys, now) = (ask.keys()?, ask.now.as_second());
    let salt = ask.text("salt")?;
    let (plain, timed) = (UrlSafeSerializer::new(&keys, salt), UrlSafeTimedSerializer::new(&keys, salt));
    Ok(match op {
        "itsdangerous_dumps" => plain.dumps(ask.value("value")?).into(),
        "itsdangerous_loads" => plain.loads(ask.text("signed")?)?,
        "itsdangerous_timed_dumps" => timed.dumps(ask.value("value")?, now).into(),
        "itsdangerous_timed_loads" => timed.loads(ask.text("signed")?, Some(60), now)?,
        "itsdangerous_sign" => TokenSigner::new(&keys, salt).sign(ask.text("value")?, now).into(),
        "itsdangerous_unsign" => {
            TokenSigner::new(&keys, salt).unsign(ask.text("signed")?, Some(60), now)?.into()
        }
        _ => return unknown(op),
    })
}

/// What `from` stored is read, and written as `to` stores it; or a bare pickle in another protocol.
fn pickled(ask: &Ask, op: &str) -> Answer {
    let stored = STANDARD.decode(ask.text("stored")?)?;
    let written = match op {
        "pickled_cache" => {
            let value = codec(ask.text("from")?)?.decode(&stored, Limits::default())?;
            codec(ask.text("to")?)?.encode(&value)?
        }
        "pickled_preserving" => {
            let value = pickle::loads_preserving(&stored, Limits::default())?;
            pickle::dumps(&value, Protocol::V4)
        }
        _ => return unknown(op),
    };
    Ok(STANDARD.encode(written).into())
}

fn codec(name: &str) -> Result<CacheCodec, Box<dyn Error>> {
    let (serializer, compressor) = name.split_once('+').unwrap_or((name, ""));
    if serializer == "core" {
        return Ok(CacheCodec::DJANGO);
    }
    Ok(CacheCodec {
        serializer: match serializer {
            "pickle" => Serializer::Pickle(Protocol::V4),
            "json" => Serializer::Json,
            "msgpack" => Serializer::MsgPack,
            _ => return Err(format!("unknown codec {name}").into()),
        },
        compressor: match compressor {
            "" => Compressor::Identity,
            "zlib" => Compressor::Zlib,
            "zstd" => Compressor::Zstd,
            _ => return Err(format!("unknown codec {name}").into()),
        },
    })
}

fn messages(ask: &Ask, op: &str) -> Answer {
    let codec = CookieCodec::new(&ask.keys()?);
    Ok(match op {
        "messages_encode" => {
            let items = ask.value("messages")?.as_array().ok_or("messages is no array")?;
            let message = |item: &Value| {
                let (level, text) = (item.as_array()?.first()?.as_i64()?, item.as_array()?.get(1)?.as_str()?);
                Some(Message::new(level, text))
            };
            let messages = items.iter().map(message).collect::<Option<Vec<_>>>().ok_or("not a message")?;
            codec.store(&messages, true, ask.now.as_second()).cookie.map_or(Value::Null, Value::from)
        }
        "messages_decode" => {
            let decoded = codec.decode(ask.text("cookie")?)?.ok_or("no messages")?;
            let pair =
                |message: &Message| Value::Array(vec![message.level.into(), message.text.as_str().into()]);
            Value::Array(decoded.messages.iter().map(pair).collect())
        }
        _ => return unknown(op),
    })
}

fn password(ask: &Ask, op: &str) -> Answer {
    let hasher = Hasher::new(Algorithm::from_name(ask.text("algorithm")?).ok_or("unknown algorithm")?);
    let hashers = Hashers::new(vec![hasher]);
    let password = ask.text("password")?;
    Ok(match op {
        "password_encode" => hashers.make_password(password, &mut random)?.as_str().into(),
        "password_verify" => {
            let verified = hashers.verify(password, &EncodedPassword::from(ask.text("encoded")?))?;
            verified.correct.into()
        }
        _ => return unknown(op),
    })
}

fn csrf(ask: &Ask, op: &str) -> Answer {
    Ok(match op {
        "csrf_mask" => Secret::parse(ask.text("secret")?)?.mask(&mut random).as_str().into(),
        "csrf_unmask" => MaskedToken::parse(ask.text("token")?)?.unmask().as_str().into(),
        "csrf_match" => token_matches(ask.text("token")?, &Secret::parse(ask.text("secret")?)?).into(),
        _ => return unknown(op),
    })
}

fn auth(ask: &Ask, op: &str) -> Answer {
    let keys = ask.keys()?;
    if op == "auth_session_hash" {
        return Ok(SessionAuthHash::new(&keys).hash(ask.text("password")?).into());
    }
    let last_login = ask.text("last_login")?;
    let last_login: Option<DateTime> = if last_login.is_empty() { None } else { Some(last_login.parse()?) };
    let user = ResetUser {
        primary_key: ask.text("pk")?,
        password: ask.text("password")?,
        last_login: last_login.map(|moment| moment.civil),
        email: ask.text("email")?,
    };
    // The clock on the wall, in a time zone that only the other end knows.
    let now = ask.text("now")?.parse::<DateTime>()?.civil;
    Ok(match op {
        "auth_reset_make" => make_reset_token(&user, now, &keys.current).into(),
        "auth_reset_check" => check_reset_token(&user, ask.text("token")?, now, 60, &keys).into(),
        _ => return unknown(op),
    })
}

fn celery(ask: &Ask, op: &str) -> Answer {
    let limits = Limits::default();
    let mut object = Object::new();
    match op {
        "celery_send" => {
            let mut call = Call::new(ask.text("task")?, ask.text("id")?);
            call.args = ask
                .value("args")?
                .as_array()
                .ok_or("args is no array")?
                .iter()
                .cloned()
                .map(Into::into)
                .collect();
            let kwargs = ask.value("kwargs")?.as_object().ok_or("kwargs is no object")?;
            let named = |(name, value): (&json::Text, &Value)| {
                (name.to_str_lossy().to_owned(), pickle::Value::from(value.clone()))
            };
            call.kwargs = kwargs.iter().map(named).collect();
            call.priority = ask.value("priority")?.as_i64().unwrap_or(0);
            call.compress = ask.value("compress")?.as_bool().unwrap_or(false);
            let sender = Sender { origin: "gen1@nuages", reply_to: "", delivery_tag: ask.text("id")? };
            object.insert("key", priority_key(&call.queue, call.priority));
            object.insert("message", call.envelope(&sender, ask.now)?);
        }
        "celery_receive" => {
            let message = TaskMessage::parse(ask.text("message")?, limits)?;
            object.insert("task", message.task().unwrap_or_default());
            object.insert("id", message.id().unwrap_or_default());
            object.insert("args", pickle::Value::List(message.args).to_json().ok_or("no JSON")?);
            object.insert("kwargs", message.kwargs.to_json().ok_or("no JSON")?);
        }
        "celery_result" => {
            let result = TaskResult::parse(ask.text("stored")?, limits)?;
            object.insert("status", result.status.as_str());
            match result.result {
                Ok(value) => object.insert("result", value.to_json().ok_or("no JSON")?),
                Err(failure) => object.insert("exception", failure.exception),
            };
        }
        _ => return unknown(op),
    }
    Ok(Value::Object(object))
}

/// One question.
struct Ask {
    object: Object,
    now: Timestamp,
}

impl Ask {
    fn value(&self, key: &str) -> Result<&Value, String> {
        self.object.get(key).ok_or_else(|| format!("no {key}"))
    }

    fn text(&self, key: &str) -> Result<&str, String> {
        self.value(key)?.as_str().ok_or_else(|| format!("{key} is no text"))
    }

    /// `key`, and `fallback` as the one before it.
    fn keys(&self) -> Result<SecretKeys, String> {
        let fallbacks = self.text("fallback").map(SecretKey::from).into_iter().collect();
        Ok(SecretKeys { current: SecretKey::from(self.text("key")?), fallbacks })
    }
}

/// The system's random bytes; none at all would make every token the same, which the other end notices.
fn random(bytes: &mut [u8]) {
    let filled = std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(bytes));
    debug_assert!(filled.is_ok());
}
