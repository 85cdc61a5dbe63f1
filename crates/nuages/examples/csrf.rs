//! A form that no other site can send, on a plain axum router.

use std::sync::Arc;

use axum::response::Html;
use axum::routing::get;
use axum::{Extension, Router};
use nuages::csrf::{CsrfConfig, CsrfLayer, CsrfToken};
use nuages::upload::FormData;
use nuages::{Result, Settings};

async fn form(token: CsrfToken) -> Result<Html<String>> {
    let token = token.get().await?;
    Ok(Html(format!(
        r#"<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="{token}"><input name="name"></form>"#
    )))
}

/// The check has parsed the form for the token; this is the same form, not a second reading.
async fn greet(form: FormData) -> String {
    format!("hello, {}", form.get("name").unwrap_or("stranger"))
}

fn app() -> Router {
    // A browser sends the Origin of a form: it is held against the hosts that the settings allow, under DEBUG this machine.
    let settings = Arc::new(Settings { debug: true, ..Settings::default() });
    let csrf = CsrfLayer::new(CsrfConfig::from(&*settings));
    Router::new().route("/", get(form).post(greet)).layer(csrf).layer(Extension(settings))
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
    use http::{Request, StatusCode};

    use super::ask::ask;

    #[tokio::test]
    async fn only_a_form_of_this_site_is_taken() -> Result<(), Box<dyn std::error::Error>> {
        let secret = "RkNgwEMu9nH1i5leDjUhVyLwPcF7sFX0";
        let post = async |token: &str, origin: &str| {
            let request = Request::post("/").header("host", "localhost:8000").header("origin", origin);
            let request = request.header("cookie", format!("csrftoken={secret}"));
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            ask(&super::app(), request, format!("csrfmiddlewaretoken={token}&name=Ann")).await
        };
        assert_eq!(post(secret, "http://localhost:8000").await?.body(), "hello, Ann");
        for (token, origin) in [("", "http://localhost:8000"), (secret, "http://evil.example")] {
            assert_eq!(post(token, origin).await?.status(), StatusCode::FORBIDDEN);
        }
        Ok(())
    }
}
