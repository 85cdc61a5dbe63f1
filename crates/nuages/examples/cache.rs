//! A page that is made once a minute, on a plain axum router.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use nuages::Result;
use nuages::cache::{Cache, CacheOptions};
use serde::{Deserialize, Serialize};

const AGE: Duration = Duration::from_secs(60);

#[derive(Debug, Serialize, Deserialize)]
struct Report {
    lines: Vec<String>,
}

/// Of many requests at once for a value that is not there, one makes it and the others wait for it. What they get is one
/// and the same `Arc`.
async fn report(State(cache): State<Cache>) -> Result<String> {
    let report = cache.get_or_set_shared("report", AGE, || async { make(&cache).await }).await?;
    Ok(report.lines.join("\n"))
}

/// What costs something. How often it was done is a number in the same cache.
async fn make(cache: &Cache) -> Result<Report> {
    cache.add("made", &0, None).await?;
    let times = cache.incr("made", 1).await?.unwrap_or_default();
    Ok(Report { lines: vec![format!("made {times} times")] })
}

fn app() -> Router {
    let cache = Cache::in_process(CacheOptions::default());
    Router::new().route("/", get(report)).with_state(cache)
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
    async fn the_report_is_made_once() -> Result<(), Box<dyn std::error::Error>> {
        let app = super::app();
        for _ in 0..2 {
            assert_eq!(ask(&app, Request::get("/"), "").await?.body(), "made 1 times");
        }
        Ok(())
    }
}
