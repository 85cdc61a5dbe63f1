//! `sessions.response`: one request through the session's layer.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use nuages::session::{Expiry, Session};
use nuages_wire::datetime::DateTime;
use serde_json::json;
use tower::layer::util::Identity;

use super::super::jiff_from::duration;
use super::super::json_values::to_object;
use super::super::{BadCase, Case, Ran, Tagged};
use super::{Site, bad, request, set_cookies, stored_key, vary};

pub(super) async fn response(case: &Case<'_>) -> Ran {
    let site = Site::new(case).await?;
    let action = case.text("action")?.to_owned();
    let stored = case.tagged("stored")?.filter(|stored| *stored != Tagged::None);
    let stale = "z".repeat(32);
    let own = stored_key();
    let cookies = match &stored {
        Some(stored) => {
            site.store(&to_object(stored)?).await?;
            vec![(site.session.cookie_name.as_str(), own.as_str())]
        }
        None if action == "stale" => vec![(site.session.cookie_name.as_str(), stale.as_str())],
        None => vec![],
    };
    let expiry = expiry(case)?;
    let status = case.integer("status").unwrap_or(200);
    let status = StatusCode::from_u16(status.try_into().map_err(bad)?).map_err(bad)?;
    let view = move |request: axum::extract::Request| {
        let session = request.extensions().get::<Session>().cloned();
        let action = action.clone();
        async move {
            let session = session.ok_or_else(|| nuages::Error::configuration("no session"))?;
            match action.as_str() {
                "read" | "stale" => drop(session.get_value("a").await?),
                "modify" => session.insert("a", "changed").await?,
                "clear" => session.clear().await?,
                "flush" => session.flush().await?,
                "cycle_key" => session.cycle_key().await?,
                _ => {}
            }
            if let Some(expiry) = expiry {
                session.set_expiry(expiry).await?;
            }
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status;
            Ok(response)
        }
    };
    let response = site.send(request(&cookies)?, Identity::new(), view).await;
    let lines: Vec<String> = set_cookies(&response).iter().map(|line| hide_new_key(line, &own)).collect();
    let (session, _) = site.after().await?;
    let expect = case.expect()?;
    let same = expect["set_cookie"] == json!(lines)
        && expect["vary"] == json!(vary(&response))
        && Tagged::read(&expect["session"])?.same(&session);
    Ok(case.judge(same, || format!("{lines:?}, {:?}, {session:?}", vary(&response))))
}

/// `sessionid=0123…; …` becomes `sessionid={NEW_KEY}; …`.
fn hide_new_key(line: &str, own: &str) -> String {
    let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
    match pair.split_once('=') {
        Some((name, key)) if key != own && key.len() == 32 => format!("{name}={{NEW_KEY}};{attributes}"),
        _ => line.to_owned(),
    }
}

/// What `set_expiry` is called with; `None` when it is not called.
fn expiry(case: &Case<'_>) -> Result<Option<Expiry>, BadCase> {
    Ok(match case.tagged("set_expiry")? {
        None => None,
        Some(Tagged::None) => Some(Expiry::Policy),
        Some(Tagged::Int(seconds)) => Some(Expiry::Seconds(seconds.try_into().map_err(|_| bad("too long"))?)),
        Some(Tagged::DateTime(text)) => Some(Expiry::At(text.parse().map_err(bad)?)),
        Some(delta) => {
            let delta = duration(&delta)?.ok_or_else(|| bad("no duration"))?;
            Some(Expiry::At(DateTime::utc(case.now()?.checked_add(delta).map_err(bad)?)))
        }
    })
}
