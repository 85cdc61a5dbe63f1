//! The session on a plain axum router.

use axum::Router;
use axum::routing::{get, post};
use nuages::Result;
use nuages::session::{Session, SessionConfig, SessionLayer};
use nuages_wire::crypto::SecretKeys;

mod session_store;

/// Counts this visitor's calls. Two at once count as two: the closure runs again on what the other one stored.
async fn count(session: Session) -> Result<String> {
    session.update("count", |count: &mut u64| *count += 1).await?;
    let saved = session.commit().await?;
    Ok(format!("{}\n", saved.get::<u64>("count")?.unwrap_or_default()))
}

async fn forget(session: Session) -> Result<()> {
    session.flush().await
}

fn app() -> Router {
    let config = SessionConfig::new(SecretKeys::new("not a secret: from an example"));
    let layer = SessionLayer::new(session_store::MemoryStore::default(), config);
    Router::new().route("/", get(count)).route("/forget", post(forget)).layer(layer)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app()).await
}

#[cfg(test)]
#[path = "common/ask.rs"]
mod ask;

#[cfg(test)]
mod tests {
    use http::Request;

    use super::ask::ask;

    #[tokio::test]
    async fn each_call_counts() -> Result<(), Box<dyn std::error::Error>> {
        let app = super::app();
        let first = ask(&app, Request::get("/"), "").await?;
        let cookie = first.headers()["set-cookie"].to_str()?.split(';').next().unwrap_or_default().to_owned();
        let second = ask(&app, Request::get("/").header("cookie", cookie), "").await?;
        assert_eq!(second.body(), "2\n");
        Ok(())
    }
}
