//! The engine `signed_cookies`: the cookie is the session.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use jiff::SignedDuration;
use nuages::captcha::Captcha;
use nuages::session::{Session, SessionConfig, SessionLayer, SessionStore, SignedCookiesStore};
use nuages::time::{Clock, Random};
use nuages_wire::crypto::SecretKeys;

use crate::client::Client;
use crate::session_contract::{key, record};
use crate::session_http::{SECRET, clock};

/// `{"a":1}` as Django 5.2 signed it with `SECRET`, at the time of `clock`.
const COOKIE: &str = "eyJhIjoxfQ:1vgM1A:DG6p3lVdoR88Z4duOBD3VK0lPdIYgSTbuHprPpPbIJc";

fn app(clock: &Clock) -> Router {
    let config = SessionConfig {
        clock: clock.clone(),
        random: Random::seeded(1),
        ..SessionConfig::new(SecretKeys::new(SECRET))
    };
    Router::new()
        .route("/set", get(async |session: Session| session.insert("a", &1).await))
        .route("/add", get(async |session: Session| session.update("a", |a: &mut i64| *a += 1).await))
        .route(
            "/twice",
            get(async |session: Session| {
                session.update("a", |a: &mut i64| *a += 1).await?;
                session.commit().await?;
                session.update("a", |a: &mut i64| *a += 1).await
            }),
        )
        .route("/cycle", get(async |session: Session| session.cycle_key().await))
        .route("/flush", get(async |session: Session| session.flush().await))
        .route("/captcha", get(async |captcha: Captcha| captcha.challenge().await))
        .route(
            "/fill/{length}",
            get(async |Path(length): Path<usize>, session: Session| {
                // Letters that do not compress.
                session.insert("fill", &Random::seeded(2).string(length, nuages::time::ALPHANUMERIC)?).await
            }),
        )
        .route(
            "/show",
            get(async |session: Session| {
                Ok::<_, nuages::Error>(format!("{:?}", session.get::<i64>("a").await?))
            }),
        )
        .layer(SessionLayer::new(SignedCookiesStore::new(&config), config))
}

#[tokio::test]
async fn the_cookie_is_djangos() {
    let mut client = Client::new(app(&clock()));
    let answer = client.get("/set").await;
    assert_eq!(
        answer.set_cookies(),
        [format!(
            "sessionid={COOKIE}; expires=Thu, 29 Jan 2026 12:00:00 GMT; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax"
        )]
    );
    assert_eq!(answer.header("vary"), Some("Cookie"));
}

#[tokio::test]
async fn each_save_is_a_new_cookie() {
    let mut client = Client::new(app(&clock()));
    client.set_cookie("sessionid", COOKIE);
    assert_eq!(client.get("/show").await.text, "Some(1)");
    for (path, shown) in [("/add", "Some(2)"), ("/twice", "Some(4)"), ("/cycle", "Some(4)")] {
        assert_eq!(client.get(path).await.set_cookies().len(), 1, "{path}");
        assert_eq!(client.get("/show").await.text, shown);
    }
    client.get("/flush").await;
    assert_eq!(client.cookie("sessionid"), None);
    client.set_cookie("sessionid", COOKIE);
    assert_eq!(client.get("/show").await.text, "Some(1)", "an old cookie comes back");
}

#[tokio::test]
async fn a_cookie_that_is_forged_or_too_old_is_no_session() {
    let clock = clock();
    let mut client = Client::new(app(&clock));
    client.set_cookie("sessionid", &COOKIE.replace("DG6p", "AAAA"));
    assert_eq!(client.get("/show").await.text, "None");
    assert_eq!(client.cookie("sessionid"), None);

    client.set_cookie("sessionid", COOKIE);
    clock.advance(SignedDuration::from_secs(1_209_600));
    assert_eq!(client.get("/show").await.text, "Some(1)");
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(client.get("/show").await.text, "None");
}

#[tokio::test]
async fn too_long_a_cookie_is_an_error_and_the_old_one_stays() {
    let store = SignedCookiesStore::new(&SessionConfig::new(SecretKeys::new(SECRET)));
    let fits = record(&"x".repeat(4096 - "sessionid".len()), 60);
    assert!(store.create(&key("anything"), &fits).await.unwrap().is_some());
    let over = record(&"x".repeat(4097 - "sessionid".len()), 60);
    let error = store.save(&key("anything"), &fits.data, &over).await.unwrap_err();
    assert!(error.message().starts_with("the session makes a cookie of 4097 bytes"), "{error}");

    let mut client = Client::new(app(&clock()));
    client.set_cookie("sessionid", COOKIE);
    let refused = client.get("/fill/4000").await;
    assert_eq!(refused.status, 500);
    assert_eq!(refused.set_cookies(), Vec::<&str>::new());
    assert_eq!(client.cookie("sessionid"), Some(COOKIE));
    assert_eq!(client.get("/fill/2000").await.status, 200);
    assert!(client.cookie("sessionid").unwrap().len() > 2000);
}

#[tokio::test]
async fn a_captcha_refuses_to_be_read() {
    assert_eq!(Client::new(app(&clock())).get("/captcha").await.status, 501);
}
