//! The CSRF check and its cookie from outside. Expected lines and reasons are Django 5.2's.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use nuages::Settings;
use nuages::csrf::{CsrfConfig, CsrfLayer, CsrfToken};
use nuages::session::{SessionConfig, SessionLayer};
use nuages::time::Random;
use nuages::upload::FormData;
use nuages::urls::Policy;
use nuages_wire::crypto::SecretKeys;

use crate::client::Client;
use crate::session_http::{SECRET, clock};
use crate::session_store::MemoryStore;

pub fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.allowed_hosts = vec!["testserver".into()];
    settings
}

fn in_sessions() -> Settings {
    let mut settings = settings();
    settings.csrf_use_sessions = true;
    settings
}

#[derive(serde::Deserialize)]
struct Line {
    name: String,
}

fn app(settings: Settings) -> Router {
    let csrf = CsrfConfig { clock: clock(), random: Random::seeded(3), ..CsrfConfig::from(&settings) };
    let session = SessionConfig { clock: clock(), ..SessionConfig::new(SecretKeys::new(SECRET)) };
    Router::new()
        .route("/form", get(async |token: CsrfToken| token.get().await))
        .route("/quiet", get(async || "quiet"))
        .route("/rotate", post(async |token: CsrfToken| token.rotate().await))
        .route("/send", post(async |form: FormData| form.get("name").unwrap_or("nobody").to_owned()))
        .route("/axum-form", post(async |Form(line): Form<Line>| line.name))
        .layer(CsrfLayer::new(csrf))
        .layer(SessionLayer::new(MemoryStore::default(), session))
        .layer(from_fn(exempt))
        .layer(Extension(Arc::new(settings)))
}

/// What the routes of a site say by their policy.
async fn exempt(mut request: Request, next: Next) -> Response {
    if request.headers().contains_key("x-exempt") {
        request.extensions_mut().insert(Policy { csrf_exempt: true, ..Policy::default() });
    }
    next.run(request).await
}

async fn token(client: &mut Client) -> String {
    client.get("/form").await.text
}

#[tokio::test]
async fn a_form_with_its_token_passes_and_the_handler_reads_the_form_too() {
    let mut client = Client::new(app(settings()));
    let token = token(&mut client).await;
    assert_eq!(token.len(), 64);
    for path in ["/send", "/axum-form"] {
        let answer = client.post(path, &format!("csrfmiddlewaretoken={token}&name=%E7%94%B7")).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "男"));
        assert_eq!(answer.set_cookies(), Vec::<&str>::new(), "a checked request does not renew the cookie");
    }
    let secret = client.cookie("csrftoken").unwrap().to_owned();
    assert_eq!(client.post("/send", &format!("csrfmiddlewaretoken={secret}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn each_page_has_another_token_and_renews_the_same_cookie() {
    let mut client = Client::new(app(settings()));
    let one = client.get("/form").await;
    let secret = client.cookie("csrftoken").unwrap().to_owned();
    let line = format!(
        "csrftoken={secret}; expires=Thu, 14 Jan 2027 12:00:00 GMT; Max-Age=31449600; Path=/; SameSite=Lax"
    );
    assert_eq!((one.set_cookies(), one.header("vary")), (vec![&*line], Some("Cookie")));
    let two = client.get("/form").await;
    assert_eq!(two.set_cookies(), vec![&*line]);
    assert_ne!(one.text, two.text);
    let quiet = client.get("/quiet").await;
    assert_eq!((quiet.set_cookies(), quiet.header("vary")), (vec![], None));
}

#[tokio::test]
async fn a_refusal_gives_djangos_reason_and_does_not_reach_the_handler() {
    let mut client = Client::new(app(settings()));
    let answer = client.post("/send", "name=x").await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::FORBIDDEN, "CSRF cookie not set."));
    token(&mut client).await;
    assert_eq!(client.post("/send", "name=x").await.text, "CSRF token missing.");
    let foreign = "a".repeat(64);
    let answer = client.post("/send", &format!("csrfmiddlewaretoken={foreign}")).await;
    assert_eq!(answer.text, "CSRF token from POST incorrect.");
    client.set_cookie("csrftoken", "bad!");
    let answer = client.post("/send", &format!("csrfmiddlewaretoken={foreign}")).await;
    assert_eq!(answer.text, "CSRF cookie has incorrect length.");
    assert_ne!(client.cookie("csrftoken"), Some("bad!"), "a malformed cookie is replaced");
}

#[tokio::test]
async fn an_origin_must_be_ours() {
    let mut client = Client::new(app(settings()));
    let token = token(&mut client).await;
    for (origin, status) in [
        ("http://testserver", StatusCode::OK),
        ("https://testserver", StatusCode::FORBIDDEN),
        ("https://evil.example", StatusCode::FORBIDDEN),
        ("null", StatusCode::FORBIDDEN),
    ] {
        let request = Request::builder().method("POST").uri("/send").header("origin", origin);
        let request = request.header("x-csrftoken", &token).body(axum::body::Body::empty()).unwrap();
        assert_eq!(client.send(request).await.status, status, "{origin}");
    }
}

#[tokio::test]
async fn an_exempt_route_is_passed_over() {
    let mut client = Client::new(app(settings()));
    let request = Request::builder().method("POST").uri("/send").header("x-exempt", "1");
    assert_eq!(client.send(request.body(axum::body::Body::empty()).unwrap()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_rotated_secret_ends_the_tokens_given_out() {
    let mut client = Client::new(app(settings()));
    let old = token(&mut client).await;
    assert_eq!(client.post("/rotate", &format!("csrfmiddlewaretoken={old}")).await.status, StatusCode::OK);
    let answer = client.post("/send", &format!("csrfmiddlewaretoken={old}")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let new = token(&mut client).await;
    assert_eq!(client.post("/send", &format!("csrfmiddlewaretoken={new}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_secret_may_live_in_the_session() {
    let mut client = Client::new(app(in_sessions()));
    assert_eq!(client.get("/quiet").await.header("vary"), None);
    let token = token(&mut client).await;
    assert_eq!(client.cookie("csrftoken"), None);
    assert!(client.cookie("sessionid").is_some());
    let answer = client.post("/send", &format!("csrfmiddlewaretoken={token}&name=x")).await;
    assert_eq!(answer.text, "x");
    let mut other = Client::new(app(in_sessions()));
    assert_eq!(
        other.post("/send", &format!("csrfmiddlewaretoken={token}")).await.text,
        "CSRF cookie not set."
    );
}

#[tokio::test]
async fn a_form_that_cannot_be_read_is_a_400() {
    let mut client = Client::new(app(settings()));
    token(&mut client).await;
    let fields = "a=1&".repeat(1001);
    assert_eq!(client.post("/send", &fields).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn without_the_layer_the_extractor_says_so() {
    let app = Router::new().route("/", get(async |token: CsrfToken| token.get().await));
    assert_eq!(Client::new(app).get("/").await.status, StatusCode::INTERNAL_SERVER_ERROR);
}
