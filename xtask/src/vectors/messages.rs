//! `messages.json`: messages in a cookie and in the session.

use nuages_wire::messages::{CookieCodec, Message, from_session, to_session};
use serde_json::{Value, json};

use super::json_values::keys;
use super::{BadCase, Case, Ran};

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "encode" | "encode_compressed" => {
            let (codec, messages) = (CookieCodec::new(&keys(case)?), messages(case)?);
            let cookie = codec.store(&messages, true, case.now()?.as_second()).cookie;
            if case.op == "encode" {
                return case.check(Ok(json!(cookie)));
            }
            let cookie = cookie.unwrap_or_default();
            let decoded = codec.decode(&cookie);
            let same =
                decoded.is_ok_and(|decoded| decoded.is_some_and(|decoded| decoded.messages == messages));
            Ok(case.judge(same && cookie.starts_with('.'), || cookie))
        }
        "decode" => {
            let decoded = CookieCodec::new(&keys(case)?).decode(case.text("cookie")?);
            let bad_cookie = decoded.is_err();
            let decoded = decoded.unwrap_or_default();
            case.check(Ok(json!({
                "messages": decoded.as_ref().map(|decoded| shown(&decoded.messages)),
                "all_retrieved": decoded.is_none_or(|decoded| decoded.all_retrieved),
                "bad_cookie": bad_cookie,
            })))
        }
        "session_encode" => case.check(Ok(to_session(&messages(case)?).into())),
        "session_decode" => {
            let messages = from_session(case.text("data")?);
            case.check(messages.map(|messages| shown(&messages)).map_err(|_| "malformed"))
        }
        "level_tags" => {
            let level = case.integer("level").ok_or_else(|| BadCase("no `level`".into()))?;
            let extra_tags = case.optional_text("extra_tags").map(Into::into);
            case.check(Ok(Message { extra_tags, ..Message::new(level, "") }.tags().into()))
        }
        _ => case.unknown(),
    }
}

fn messages(case: &Case) -> Result<Vec<Message>, BadCase> {
    let items = case.get("messages").and_then(Value::as_array);
    let message = |item: &Value| {
        let (level, text) = (item["level"].as_i64(), item["message"].as_str());
        let (Some(level), Some(text)) = (level, text) else {
            return Err(BadCase(format!("not a message: {item}")));
        };
        Ok(Message {
            extra_tags: item["extra_tags"].as_str().map(Into::into),
            safe: item["safe"].as_bool().unwrap_or(false),
            ..Message::new(level, text)
        })
    };
    items.ok_or_else(|| BadCase("no `messages`".into()))?.iter().map(message).collect()
}

fn shown(messages: &[Message]) -> Value {
    let message = |message: &Message| {
        json!({
            "level": message.level,
            "message": message.text,
            "extra_tags": message.extra_tags,
            "safe": message.safe,
            "tags": message.tags(),
        })
    };
    messages.iter().map(message).collect()
}
