//! `sessions.response`: one request through the session's layer, on each engine; `cache_encode` and `cache_decode`: what the
//! engine `cache` stores and reads.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use jiff::SignedDuration;
use nuages::cache::{Cache, CacheOptions, Format as CacheFormat, Ttl};
use nuages::session::{CacheStore, Expiry, Record, Session, SessionKey, SessionStore};
use nuages::time::Clock;
use nuages_wire::cache::Codec;
use nuages_wire::datetime::DateTime;
use nuages_wire::session::{Data, Format, cache_key};
use serde_json::json;
use tower::layer::util::Identity;

use super::super::cache::{codec, stored_alike};
use super::super::jiff_from::duration;
use super::super::json_values::to_object;
use super::super::python_values::{to_tagged, to_value};
use super::super::sessions::{moment, policy};
use super::super::{BadCase, Case, Outcome, Ran, Tagged};
use super::engine::Engine;
use super::{Site, bad, request, session_config, set_cookies, stored_key, vary};

pub(super) async fn response(case: &Case<'_>) -> Ran {
    for engine in Engine::all(&session_config(case)?)? {
        let outcome = response_of(case, Site::on(case, engine).await?).await?;
        if !matches!(outcome, Outcome::Passed) {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Passed)
}

/// The key, the life and the bytes of a cached session.
pub(super) async fn cache_encode(case: &Case<'_>) -> Ran {
    let (expect, codec) = (case.expect()?, codec(case)?);
    let key = SessionKey::parse(case.text("session_key")?).ok_or_else(|| bad("no session key"))?;
    let tagged = case.tagged("data")?.unwrap_or(Tagged::None);
    let data = Data::from_python(to_value(&tagged)?).map_err(bad)?;
    let expiry = Expiry::of(data.as_object()).map_err(bad)?;
    let age = expiry.age(&moment(case)?, policy(case)).map_err(bad)?;

    let format = match codec {
        Codec::DJANGO => CacheFormat::Django,
        Codec { serializer, compressor } => CacheFormat::DjangoRedis { serializer, compressor },
    };
    let clock = Clock::fixed(case.now()?);
    let options = CacheOptions { format: Some(format), clock: clock.clone(), ..CacheOptions::default() };
    let cache = Cache::in_process(options);
    let bytes = Format::Cache(codec).encode(&data, 0).map_err(bad)?;
    let expire_date = clock.now() + SignedDuration::from_secs(age);
    let record = Record { data: bytes.into(), expire_date, expiry_age: age };
    CacheStore::new(cache.clone()).create(&key, &record).await.map_err(bad)?;

    let name = cache_key(&key);
    let (life, stored) = (cache.ttl(&name).await.map_err(bad)?, cache.get_bytes(&name).await.map_err(bad)?);
    let lives = life == Ttl::After(Duration::from_secs(age.try_into().unwrap_or(0)));
    if expect["redis_key"] != cache.make_key(&name) || expect["ttl"] != age || (age > 0 && !lives) {
        return Ok(case.judge(false, || format!("{} for {life:?}", cache.make_key(&name))));
    }
    stored_alike(case, codec, stored.as_deref().unwrap_or(&record.data))
}

/// What a session is that the cache holds, and what it is when it is stored again.
pub(super) fn cache_decode(case: &Case<'_>) -> Ran {
    let format = Format::Cache(codec(case)?);
    let read = format.decode(&case.bytes("stored_b64")?);
    let again = read.and_then(|data| format.decode(&format.encode(&data, 0)?));
    match again {
        Ok(data) => case.check_tagged(Ok(to_tagged(&data.to_python())?)),
        Err(_) => case.check_tagged(Err("malformed")),
    }
}

async fn response_of(case: &Case<'_>, site: Site) -> Ran {
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
