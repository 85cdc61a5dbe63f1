//! The peer `nuages`: a plain axum router with a `SessionLayer` around it.
//!
//! `peer-nuages PORT REDIS_URL (bare | json | pickle)`

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use nuages::cache::{CacheOptions, Format};
use nuages::session::{RedisStore, Session, SessionConfig, SessionLayer};
use nuages_wire::crypto::SecretKeys;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().expect("peer-nuages PORT REDIS_URL VARIANT");
    let (port, redis, variant) = (argument(), argument(), argument());

    let mut app = Router::new()
        .route("/plain", get(|| async { "ok" }))
        .route("/login", get(login))
        .route("/session", get(session))
        .route("/counter", get(counter));
    if variant != "bare" {
        let config = SessionConfig::new(SecretKeys::new("0123456789abcdefghijklmnopqrstuv"));
        let format = Some(if variant == "json" { Format::Json } else { Format::Django });
        let store = RedisStore::new(&redis, CacheOptions { format, ..CacheOptions::default() });
        app = app.layer(SessionLayer::new(store.expect("an address"), config));
    }
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await.expect("the port is free");
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    axum::serve(listener, app).await.expect("it serves until it is stopped");
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
