//! The peer `tower_sessions`: axum with tower-sessions and its Redis store, as their documentation puts them together.
//!
//! `peer-tower-sessions PORT REDIS_URL`

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tower_sessions::session::Error;
use tower_sessions::{Session, SessionManagerLayer};
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().expect("peer-tower-sessions PORT REDIS_URL");
    let (port, redis) = (argument(), argument());

    let config = Config::from_url(&redis).expect("an address");
    let pool = Pool::new(config, None, None, None, 1).expect("a pool");
    pool.connect();
    pool.wait_for_connect().await.expect("Redis is there");
    let sessions = SessionManagerLayer::new(RedisStore::new(pool)).with_secure(false);

    let app = Router::new()
        .route("/plain", get(|| async { "ok" }))
        .route("/login", get(login))
        .route("/session", get(session))
        .route("/counter", get(counter))
        .layer(sessions);
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await.expect("the port is free");
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    axum::serve(listener, app).await.expect("it serves until it is stopped");
}

async fn login(session: Session) -> Answer<&'static str> {
    session.insert("user", "alice").await.map_err(failed)?;
    session.insert("count", 0u64).await.map_err(failed)?;
    Ok("ok")
}

async fn session(session: Session) -> Answer<String> {
    let user = session.get("user").await.map_err(failed)?;
    Ok(user.unwrap_or_else(|| "nobody".to_owned()))
}

async fn counter(session: Session) -> Answer<String> {
    let count = session.get::<u64>("count").await.map_err(failed)?.unwrap_or_default() + 1;
    session.insert("count", count).await.map_err(failed)?;
    Ok(count.to_string())
}

type Answer<T> = Result<T, (axum::http::StatusCode, String)>;

fn failed(error: Error) -> (axum::http::StatusCode, String) {
    (axum::http::StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
