//! `messages.store`: messages added in one view, read back from the cookie and the session.

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::response::Response;
use nuages::messages::{Message, Messages, MessagesConfig, MessagesLayer};
use nuages_wire::messages::{CookieCodec, MAX_COOKIE_SIZE};
use serde_json::{Value, json};

use super::super::json_values::keys;
use super::super::{BadCase, Case, Ran};
use super::{Site, bad, request, set_cookies};

pub(super) async fn store(case: &Case<'_>) -> Ran {
    let site = Site::new(case).await?;
    let messages = messages(case)?;
    let config =
        MessagesConfig { level: 0, clock: site.session.clock.clone(), ..MessagesConfig::new(keys(case)?) };
    let added = messages.clone();
    let view = move |request: Request| {
        let added = added.clone();
        async move {
            let (mut parts, _) = request.into_parts();
            let messages = Messages::from_request_parts(&mut parts, &()).await?;
            added.into_iter().for_each(|message| messages.add(message));
            Ok(Response::new(Body::empty()))
        }
    };
    let response = site.send(request(&[])?, MessagesLayer::new(config), view).await;
    let line =
        set_cookies(&response).into_iter().find(|line| line.starts_with("messages=")).unwrap_or_default();
    let (pair, attributes) = line.split_once(';').unwrap_or((&line, ""));
    let mut cookie = pair.trim_start_matches("messages=").to_owned();
    // The framework stores as FallbackStorage, which keeps the oldest; CookieStorage alone keeps the newest.
    let remove_oldest = case.flag("remove_oldest") == Some(true);
    if remove_oldest {
        let now = case.now()?.as_second();
        cookie = CookieCodec::new(&keys(case)?).store(&messages, true, now).cookie.unwrap_or_default();
    }
    Ok(case.judge(matches(case.expect()?, &cookie, attributes, &messages, remove_oldest, case)?, || {
        line.clone()
    }))
}

/// Where a message more or less fits is a matter of the compressor: one is allowed.
fn matches(
    expect: &Value,
    cookie: &str,
    attributes: &str,
    messages: &[Message],
    remove_oldest: bool,
    case: &Case<'_>,
) -> Result<bool, BadCase> {
    let decoded = CookieCodec::new(&keys(case)?).decode(cookie).ok().flatten();
    let Some(decoded) = decoded else { return Ok(expect["stored"] == 0) };
    let stored = decoded.messages.len();
    let near = expect["stored"].as_u64().is_some_and(|wanted| wanted.abs_diff(stored as u64) <= 1);
    let kept = if remove_oldest { &messages[messages.len() - stored..] } else { &messages[..stored] };
    Ok(near
        && decoded.messages == kept
        && expect["all_retrieved"] == json!(stored == messages.len())
        && decoded.all_retrieved == (stored == messages.len())
        && expect["fits"] == json!(cookie.len() <= MAX_COOKIE_SIZE)
        && expect["attributes"] == json!([attributes]))
}

fn messages(case: &Case<'_>) -> Result<Vec<Message>, BadCase> {
    let items = case.get("messages").and_then(Value::as_array).ok_or_else(|| bad("no `messages`"))?;
    let message = |item: &Value| {
        let level = item["level"].as_i64().ok_or_else(|| bad("no `level`"))?;
        let text = item["message"].as_str().ok_or_else(|| bad("no `message`"))?;
        Ok(Message {
            extra_tags: item["extra_tags"].as_str().map(Into::into),
            safe: item["safe"].as_bool().unwrap_or(false),
            ..Message::new(level, text)
        })
    };
    items.iter().map(message).collect()
}
