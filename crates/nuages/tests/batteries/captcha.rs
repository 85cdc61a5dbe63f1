//! The captcha over real sessions: once, in time, in few tries, also when many ask at once.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Path};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use nuages::Result;
use nuages::captcha::{Captcha, CaptchaOptions, Challenges, Png, SESSION_KEY};
use nuages::db::{Db, DbOptions, Executor};
use nuages::session::{DbStore, Session, SessionConfig, SessionLayer};
use nuages::time::Clock;
use nuages_wire::crypto::SecretKeys;
use tower::ServiceExt;

async fn challenge(captcha: Captcha) -> Result<String> {
    captcha.challenge().await
}

async fn picture(captcha: Captcha, Path(id): Path<String>) -> Result<std::result::Result<Png, StatusCode>> {
    Ok(captcha.picture(&id).await?.ok_or(StatusCode::NOT_FOUND))
}

async fn check(captcha: Captcha, Path((id, answer)): Path<(String, String)>) -> Result<String> {
    Ok(captcha.check(&id, &answer).await?.to_string())
}

/// What the person reads off the picture.
async fn read(
    session: Session,
    Path(id): Path<String>,
    Extension(options): Extension<CaptchaOptions>,
) -> Result<String> {
    let open: Challenges = session.get(SESSION_KEY).await?.unwrap_or_default();
    Ok(open.get(&id, options.clock.unix()).map(|challenge| challenge.text.clone()).unwrap_or_default())
}

fn site(db: &Db, options: &CaptchaOptions) -> Router {
    let store = DbStore::new(db.clone());
    Router::new()
        .route("/challenge", get(challenge))
        .route("/picture/{id}", get(picture))
        .route("/check/{id}/{answer}", get(check))
        .route("/read/{id}", get(read))
        .layer(Extension(options.clone()))
        .layer(SessionLayer::new(store, SessionConfig::new(SecretKeys::new("secret"))))
}

async fn database() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:///{}", folder.path().join("db.sqlite3").display()).parse().unwrap();
    let db = Db::connect(&url, DbOptions::default()).await.unwrap();
    let table = "CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, \
                 session_data text NOT NULL, expire_date datetime NOT NULL)";
    db.execute(table, vec![]).await.unwrap();
    (folder, db)
}

struct Browser {
    site: Router,
    cookie: String,
}

impl Browser {
    async fn open(site: &Router) -> (Self, String) {
        let mut browser = Self { site: site.clone(), cookie: String::new() };
        let request = Request::builder().uri("/challenge").body(Body::empty()).unwrap();
        let response = browser.site.clone().oneshot(request).await.unwrap();
        let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
        browser.cookie = cookie.split(';').next().unwrap().to_owned();
        let id = to_bytes(response.into_body(), 1000).await.unwrap();
        (browser, String::from_utf8(id.to_vec()).unwrap())
    }

    async fn send(&self, path: &str) -> http::Response<Body> {
        let request = Request::builder().uri(path).header(COOKIE, &self.cookie).body(Body::empty()).unwrap();
        self.site.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, path: &str) -> String {
        let response = self.send(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        String::from_utf8(to_bytes(response.into_body(), 1000).await.unwrap().to_vec()).unwrap()
    }
}

#[tokio::test]
async fn two_tabs_have_two_challenges_and_each_passes_once() {
    let (_folder, db) = database().await;
    let (browser, first) = Browser::open(&site(&db, &CaptchaOptions::default())).await;
    let second = browser.get("/challenge").await;
    for id in [second, first] {
        let text = browser.get(&format!("/read/{id}")).await;
        assert_eq!(browser.get(&format!("/check/{id}/wrong")).await, "false");
        assert_eq!(browser.get(&format!("/check/{id}/{}", text.to_lowercase())).await, "true");
        assert_eq!(browser.get(&format!("/check/{id}/{text}")).await, "false");
    }
    assert_eq!(browser.get("/check/never-made/H4K7").await, "false");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_right_answers_at_once_one_passes() {
    let (_folder, db) = database().await;
    // Two layers save independently of each other, as two processes do.
    let sites = [(); 2].map(|()| site(&db, &CaptchaOptions::default()));
    let (browser, id) = Browser::open(&sites[0]).await;
    let text = browser.get(&format!("/read/{id}")).await;
    let answers: Vec<_> = (0..50)
        .map(|number| {
            let browser = Browser { site: sites[number % 2].clone(), cookie: browser.cookie.clone() };
            let path = format!("/check/{id}/{text}");
            tokio::spawn(async move { browser.get(&path).await })
        })
        .collect();
    let mut passed = 0;
    for answer in answers {
        passed += usize::from(answer.await.unwrap() == "true");
    }
    assert_eq!(passed, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_guesses_at_once_are_five_tries() {
    let (_folder, db) = database().await;
    let site = site(&db, &CaptchaOptions::default());
    let (browser, id) = Browser::open(&site).await;
    let text = browser.get(&format!("/read/{id}")).await;
    let guesses: Vec<_> = (0..50)
        .map(|_| {
            let browser = Browser { site: site.clone(), cookie: browser.cookie.clone() };
            let path = format!("/check/{id}/guess");
            tokio::spawn(async move { browser.get(&path).await })
        })
        .collect();
    for guess in guesses {
        assert_eq!(guess.await.unwrap(), "false");
    }
    assert_eq!(browser.get(&format!("/check/{id}/{text}")).await, "false");
}

#[tokio::test]
async fn a_picture_is_shown_to_its_own_session_for_five_minutes() {
    let (_folder, db) = database().await;
    let clock = Clock::fixed(Timestamp::from_second(1_768_478_400).unwrap());
    let site = site(&db, &CaptchaOptions { clock: clock.clone(), ..CaptchaOptions::default() });
    let (browser, id) = Browser::open(&site).await;
    let path = format!("/picture/{id}");
    let response = browser.send(&path).await;
    assert_eq!(
        (response.status(), &response.headers()[CONTENT_TYPE]),
        (StatusCode::OK, &"image/png".parse().unwrap())
    );
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let again = to_bytes(browser.send(&path).await.into_body(), 1 << 20).await.unwrap();
    assert_eq!(
        to_bytes(response.into_body(), 1 << 20).await.unwrap(),
        again,
        "one challenge has one picture"
    );
    let (stranger, _) = Browser::open(&site).await;
    assert_eq!(stranger.send(&path).await.status(), StatusCode::NOT_FOUND);
    let text = browser.get(&format!("/read/{id}")).await;
    clock.advance(SignedDuration::from_secs(300));
    assert_eq!(browser.send(&path).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(browser.get(&format!("/check/{id}/{text}")).await, "false");
}

#[tokio::test]
async fn passed_passes_in_test_mode_alone() {
    let (_folder, db) = database().await;
    for test_mode in [false, true] {
        let options = CaptchaOptions { test_mode, ..CaptchaOptions::default() };
        let (browser, id) = Browser::open(&site(&db, &options)).await;
        assert_eq!(browser.get(&format!("/check/{id}/PASSED")).await, test_mode.to_string());
        assert_eq!(browser.get("/check/none/PASSED").await, test_mode.to_string());
        if test_mode {
            assert_eq!(browser.get(&format!("/read/{id}")).await, "", "it is used up");
        }
    }
}
