//! The peer `nuages`: a plain axum router with a `SessionLayer`, as a layer of the router or around the whole of it.
//!
//! `peer-nuages PORT REDIS_URL (bare | json | pickle | json-around | pickle-around)`

use std::convert::Infallible;

use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt;
use axum::{Router, ServiceExt};
use nuages::cache::{CacheOptions, Format};
use nuages::session::{RedisStore, Session, SessionConfig, SessionLayer};
use nuages_wire::crypto::SecretKeys;
use tokio::net::TcpListener;
use tower::{Layer, Service};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().expect("peer-nuages PORT REDIS_URL VARIANT");
    let (port, redis, variant) = (argument(), argument(), argument());

    let app = Router::new()
        .route("/plain", get(|| async { "ok" }))
        .route("/login", get(login))
        .route("/session", get(session))
        .route("/counter", get(counter));
    match variant.as_str() {
        "bare" => serve(&port, app.with_state(())).await,
        "json" => serve(&port, app.layer(sessions(&redis, Format::Json)).with_state(())).await,
        "pickle" => serve(&port, app.layer(sessions(&redis, Format::Django)).with_state(())).await,
        "json-around" => serve(&port, sessions(&redis, Format::Json).layer(app.with_state(()))).await,
        "pickle-around" => serve(&port, sessions(&redis, Format::Django).layer(app.with_state(()))).await,
        _ => panic!("no variant {variant}"),
    }
}

fn sessions(redis: &str, format: Format) -> SessionLayer {
    let config = SessionConfig::new(SecretKeys::new("0123456789abcdefghijklmnopqrstuv"));
    let options = CacheOptions { format: Some(format), ..CacheOptions::default() };
    SessionLayer::new(RedisStore::new(redis, options).expect("an address"), config)
}

async fn serve<S>(port: &str, app: S)
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await.expect("the port is free");
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    axum::serve(listener, app.into_make_service()).await.expect("it serves until it is stopped");
}

async fn login(session: Session) -> nuages::Result<&'static str> {
    session.insert("user", "alice").await?;
    session.insert("count", &0u64).await?;
    Ok("ok")
}

async fn session(session: Session) -> nuages::Result<String> {
    Ok(session.get("user").await?.unwrap_or_else(|| "nobody".to_owned()))
}

async fn counter(session: Session) -> nuages::Result<String> {
    let count = session
        .update("count", |count: &mut u64| {
            *count += 1;
            *count
        })
        .await?;
    Ok(count.to_string())
}
