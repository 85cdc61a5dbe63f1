//! Logging in and out from outside, on Django's own tables. Hashes of sessions were made by Django 5.2.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Router};
use nuages::auth::{
    Auth, AuthConfig, AuthLayer, CreateUserError, CurrentUser, LoggedIn, NewUser, Passwords, User, UserModel,
};
use nuages::csrf::{CsrfConfig, CsrfLayer, CsrfToken};
use nuages::db::{Db, Vendor};
use nuages::orm::Model;
use nuages::schema::{App, Migration, Operation};
use nuages::session::{DbStore, Session, SessionConfig, SessionLayer, SessionStore};
use nuages::time::{Clock, Random};
use nuages::{Error, Result};
use nuages_wire::crypto::SecretKeys;
use nuages_wire::json::Value;
use nuages_wire::session::Codec;

use crate::client::{Answer, Client};
use crate::csrf::settings;
use crate::database::on_each_database;
use crate::session_contract::{key, migrated, record};
use crate::session_http::{SECRET, clock};

/// Few rounds: what is tested here is not the hash.
const ROUNDS: u32 = 20;

#[derive(serde::Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

async fn login(auth: Auth, session: Session, Form(form): Form<Credentials>) -> Result<String> {
    let Some(user) = auth.authenticate(&form.username, &form.password).await? else {
        return Err(Error::bad_request("no"));
    };
    auth.login(&user).await?;
    Ok(format!("{:?}", session.get::<String>("anonymous").await?))
}

async fn change(auth: Auth, LoggedIn(mut user): LoggedIn, Form(form): Form<Credentials>) -> Result<()> {
    auth.set_password(&mut user, &form.password).await
}

struct Site {
    app: Router,
    db: Db,
    passwords: Passwords,
}

impl Site {
    async fn new(db: Db) -> Self {
        Self::with_keys(db, SecretKeys::new(SECRET)).await
    }

    async fn with_keys(db: Db, secret_keys: SecretKeys) -> Self {
        migrated(&db).await;
        let passwords = Passwords::new(ROUNDS, Random::os());
        let session = SessionConfig { clock: clock(), ..SessionConfig::new(secret_keys.clone()) };
        let auth = AuthConfig {
            db: db.clone(),
            passwords: passwords.clone(),
            secret_keys,
            login_url: "/user/login".to_owned(),
            clock: clock(),
        };
        let app = Router::new()
            .route(
                "/whoami",
                get(async |CurrentUser(user): CurrentUser| user.map_or("-".into(), |user| user.username)),
            )
            .route("/profile", get(profile).post(profile))
            .route("/token", get(async |token: CsrfToken| token.get().await))
            .route("/visit", get(async |session: Session| session.insert("anonymous", "kept").await))
            .route("/login", post(login))
            .route("/logout", post(async |auth: Auth| auth.logout().await))
            .route("/change", post(change))
            .layer(AuthLayer::<User>::new(auth))
            .layer(CsrfLayer::new(CsrfConfig::from(&settings())))
            .layer(SessionLayer::new(DbStore::new(db.clone()), session))
            .layer(Extension(Arc::new(settings())));
        Self { app, db, passwords }
    }

    async fn user(&self, name: &str, password: &str) -> User {
        let encoded = self.passwords.make_password(password).await.unwrap();
        User::create_user(&self.db, NewUser::new(name, "", encoded)).await.unwrap()
    }

    fn client(&self) -> Client {
        Client::new(self.app.clone())
    }

    /// A client in a session with exactly this in it, as Django stored it.
    async fn in_session(&self, name: &str, json: &str) -> Client {
        let data = json.parse::<Value>().unwrap();
        let stored = Codec::new(&SecretKeys::new(SECRET)).encode(data.as_object().unwrap(), clock().unix());
        DbStore::new(self.db.clone()).create(&key(name), &record(&stored, 3600)).await.unwrap();
        let mut client = self.client();
        client.set_cookie("sessionid", name);
        client
    }
}

async fn profile(user: LoggedIn) -> String {
    user.username.clone()
}

async fn send(client: &mut Client, path: &str, form: &str) -> Answer {
    let token = client.get("/token").await.text;
    client.post(path, &format!("csrfmiddlewaretoken={token}&{form}")).await
}

async fn a_login_changes_the_key_keeps_the_guests_data_and_rotates_the_secret(db: Db) {
    let site = Site::new(db).await;
    site.user("bob", "a horse").await;
    let mut client = site.client();
    client.get("/visit").await;
    let (planted, secret) = (client.cookie("sessionid").unwrap().to_owned(), client.get("/token").await);
    assert_eq!(secret.status, StatusCode::OK);
    let before = client.cookie("csrftoken").unwrap().to_owned();
    let answer = send(&mut client, "/login", "username=%20bob%20&password=a+horse").await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "Some(\"kept\")"));
    assert_ne!(client.cookie("sessionid"), Some(planted.as_str()));
    assert_ne!(client.cookie("csrftoken"), Some(before.as_str()));
    assert_eq!(client.get("/whoami").await.text, "bob");
    let bob = User::objects(&site.db).get().await.unwrap();
    assert_eq!(bob.last_login, Some(clock().now()));

    let mut thief = site.client();
    thief.set_cookie("sessionid", &planted);
    assert_eq!(thief.get("/whoami").await.text, "-");
}

async fn every_failure_is_one_and_the_same(db: Db) {
    let site = Site::new(db).await;
    let bob = site.user("bob", "a horse").await;
    let mut client = site.client();
    for form in ["username=bob&password=A+horse", "username=x&password=", "username=%00&password="] {
        assert_eq!(send(&mut client, "/login", form).await.status, StatusCode::BAD_REQUEST, "{form}");
    }
    // MariaDB's collation takes Bob for bob, for Django as well.
    if site.db.vendor() != Vendor::Mysql {
        let answer = send(&mut client, "/login", "username=Bob&password=a+horse").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    User::objects(&site.db).filter(User::id.eq(bob.id)).update([User::is_active.set(false)]).await.unwrap();
    let answer = send(&mut client, "/login", "username=bob&password=a+horse").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(client.cookie("sessionid"), None);
}

async fn names_are_normalised_as_djangos_login_form_does(db: Db) {
    let site = Site::new(db).await;
    site.user("Ａｄａ", "a horse").await;
    let ada = User::objects(&site.db).get().await.unwrap();
    assert_eq!(ada.username, "Ada");
    let mut client = site.client();
    assert_eq!(send(&mut client, "/login", "username=Ａda&password=a+horse").await.status, StatusCode::OK);
}

async fn a_logout_ends_the_session_everywhere(db: Db) {
    let site = Site::new(db).await;
    site.user("bob", "a horse").await;
    let mut client = site.client();
    send(&mut client, "/login", "username=bob&password=a+horse").await;
    let mut other_tab = client.clone();
    send(&mut client, "/logout", "").await;
    assert_eq!(client.cookie("sessionid"), None);
    assert_eq!(other_tab.get("/whoami").await.text, "-");
}

async fn a_guest_is_sent_to_the_login_and_told_the_way_back(db: Db) {
    let site = Site::new(db).await;
    let mut client = site.client();
    let answer = client.get("/profile?a=b%20c").await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), Some("/user/login?next=/profile%3Fa%3Db%2520c"));

    let token = client.get("/token").await.text;
    for (referer, location) in [
        (Some("http://testserver/goods/7?x=1"), "/user/login?next=/goods/7%3Fx%3D1"),
        (Some("http://evil.example/goods/7"), "/user/login"),
        (Some("http://testserver//evil.example"), "/user/login"),
        (None, "/user/login"),
    ] {
        let mut request =
            http::Request::builder().method("POST").uri("/profile").header("x-csrftoken", &token);
        if let Some(referer) = referer {
            request = request.header("referer", referer);
        }
        let answer = client.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.header("location"), Some(location), "{referer:?}");
    }

    let request = http::Request::builder().uri("/profile").header("accept", "application/json");
    let answer = client.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

async fn a_new_password_ends_the_other_sessions_and_not_this_one(db: Db) {
    let site = Site::new(db).await;
    site.user("bob", "a horse").await;
    let (mut here, mut there) = (site.client(), site.client());
    for client in [&mut here, &mut there] {
        send(client, "/login", "username=bob&password=a+horse").await;
    }
    let key = here.cookie("sessionid").unwrap().to_owned();
    let answer = send(&mut here, "/change", "username=&password=a+battery").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_ne!(here.cookie("sessionid"), Some(key.as_str()));
    assert_eq!(here.get("/whoami").await.text, "bob");
    assert_eq!(there.get("/whoami").await.text, "-");
    assert_eq!(there.cookie("sessionid"), None);
}

async fn a_cheaper_hash_is_upgraded_at_login_and_a_dearer_one_is_left(db: Db) {
    let site = Site::new(db).await;
    for (name, rounds, after) in [("cheap", 5, "pbkdf2_sha256$20$"), ("dear", 30, "pbkdf2_sha256$30$")] {
        let encoded = Passwords::new(rounds, Random::os()).make_password("a horse").await.unwrap();
        User::create_user(&site.db, NewUser::new(name, "", encoded)).await.unwrap();
        let mut client = site.client();
        send(&mut client, "/login", &format!("username={name}&password=a+horse")).await;
        assert_eq!(client.get("/whoami").await.text, name);
        let user = User::objects(&site.db).filter(User::username.eq(name)).get().await.unwrap();
        assert!(user.password.starts_with(after), "{name}");
    }
}

async fn a_taken_name_is_told_by_the_database_and_an_address_keeps_its_case_before_the_at(db: Db) {
    let site = Site::new(db).await;
    let encoded = site.passwords.make_password("x").await.unwrap();
    let bob = NewUser::new("bob", "Bob@EX.Com", encoded);
    assert_eq!(User::create_user(&site.db, bob.clone()).await.unwrap().email, "Bob@ex.com");
    assert!(matches!(User::create_user(&site.db, bob.clone()).await, Err(CreateUserError::UsernameTaken)));
    let nobody = NewUser { username: String::new(), ..bob };
    assert!(matches!(User::create_user(&site.db, nobody).await, Err(CreateUserError::NoUsername)));
    let admin = NewUser::new("root", "", site.passwords.make_password("x").await.unwrap());
    let admin = User::create_superuser(&site.db, admin).await.unwrap();
    assert!(admin.is_staff && admin.is_superuser && admin.is_active);
}

/// From `vectors/auth.json`: a session hash that Django made for this password column.
const PASSWORD: &str =
    "pbkdf2_sha256$1000000$cf5ksatbxlzaa9dore31wh$DAdxEHbZUNOnRxkMCgUwg/bZAmESoEloCmrHR3mVjZU=";
const HASH: &str = "eae599d8e5a421b7829657be7bd97b492914d2bb308ab2edbb90ef7335a5a502";
const FALLBACK_HASH: &str = "63bd7831199014c32caf0768cbea9abaa327029ed1a3c27f86e7aacafcd812c9";

async fn djangos_user(site: &Site) {
    let row = [
        User::id.set(66_978),
        User::password.set(PASSWORD),
        User::username.set("ada"),
        User::first_name.set(""),
        User::last_name.set(""),
        User::email.set(""),
        User::date_joined.set(clock().now()),
    ];
    User::objects(&site.db).create(row).await.unwrap();
}

fn session(id: &str, backend: &str, hash: &str) -> String {
    format!(r#"{{"_auth_user_id":{id},"_auth_user_backend":"{backend}","_auth_user_hash":"{hash}"}}"#)
}

const MODEL_BACKEND: &str = "django.contrib.auth.backends.ModelBackend";

async fn a_session_that_django_opened_is_a_login_here(db: Db) {
    let site = Site::new(db).await;
    djangos_user(&site).await;
    let cases = [
        ("\"66978\"", MODEL_BACKEND, HASH, "ada", true),
        ("66978", MODEL_BACKEND, HASH, "ada", true),
        ("\"66978\"", "no.Such", HASH, "-", true),
        ("\"999\"", MODEL_BACKEND, HASH, "-", true),
        ("\"5x\"", MODEL_BACKEND, HASH, "-", true),
        ("null", MODEL_BACKEND, HASH, "-", true),
        ("\"66978\"", MODEL_BACKEND, "", "-", false),
        ("\"66978\"", MODEL_BACKEND, FALLBACK_HASH, "-", false),
    ];
    for (n, (id, backend, hash, who, kept)) in cases.into_iter().enumerate() {
        let mut client = site.in_session(&format!("session{n}"), &session(id, backend, hash)).await;
        assert_eq!(client.get("/whoami").await.text, who, "{id} {backend} {hash}");
        assert_eq!(client.cookie("sessionid").is_some(), kept, "{id} {backend} {hash}");
    }
}

async fn a_retired_key_renews_the_session_even_for_two_requests_at_once(db: Db) {
    let old = "old-key-9876543210zyxwvutsrqponmlkjihgfedcba";
    let keys = SecretKeys { fallbacks: vec![old.into()], ..SecretKeys::new(SECRET) };
    let site = Site::with_keys(db, keys).await;
    djangos_user(&site).await;
    let mut client =
        site.in_session(&"k".repeat(32), &session("\"66978\"", MODEL_BACKEND, FALLBACK_HASH)).await;
    let mut other = client.clone();
    let (one, two) = tokio::join!(client.get("/whoami"), other.get("/whoami"));
    assert_eq!((one.status, two.status), (StatusCode::OK, StatusCode::OK), "{} {}", one.text, two.text);
    // One of them moves the session. The other kept the old key if it had read the session before, and lost its cookie if it
    // came too late, as at Django.
    let is_new = |key: Option<&str>| key.is_some_and(|key| *key != *"k".repeat(32));
    let renewed = [&mut client, &mut other].into_iter().find(|client| is_new(client.cookie("sessionid")));
    let renewed = renewed.expect("a request renews the session");
    assert_eq!(renewed.get("/whoami").await.text, "ada");
}

async fn a_login_form_sent_twice_logs_in_once_at_least(db: Db) {
    let site = Site::new(db).await;
    site.user("bob", "a horse").await;
    let mut client = site.client();
    client.get("/visit").await;
    let token = client.get("/token").await.text;
    let form = format!("csrfmiddlewaretoken={token}&username=bob&password=a+horse");
    let mut again = client.clone();
    let (one, two) = tokio::join!(client.post("/login", &form), again.post("/login", &form));
    assert_eq!((one.status, two.status), (StatusCode::OK, StatusCode::OK), "{} {}", one.text, two.text);
    assert_eq!(client.get("/whoami").await.text, "bob");
    assert_eq!(again.get("/whoami").await.text, "bob");
}

/// A site with a table of its own.
#[derive(Model, Clone, Debug)]
#[model(app = "crm", table = "crm_customer")]
struct Customer {
    id: i64,
    #[field(max_length = 100, unique)]
    number: String,
    #[field(max_length = 128)]
    secret: String,
}

impl UserModel for Customer {
    fn pk(&self) -> String {
        self.id.to_string()
    }
    fn password(&self) -> &str {
        &self.secret
    }
    fn is_active(&self) -> bool {
        true
    }
    async fn get_by_pk(db: &Db, key: &str) -> Result<Option<Self>> {
        let Ok(id) = key.parse::<i64>() else { return Ok(None) };
        Ok(Self::objects(db).filter(Self::id.eq(id)).first().await?)
    }
    async fn get_by_natural_key(db: &Db, username: &str) -> Result<Option<Self>> {
        Ok(Self::objects(db).filter(Self::number.eq(username)).first().await?)
    }
    async fn save_password(&mut self, _: &Db, encoded: String, _: Option<&str>) -> Result<()> {
        self.secret = encoded;
        Ok(())
    }
    async fn save_last_login(&mut self, _: &Db, _: jiff::Timestamp) -> Result<()> {
        Ok(())
    }
}

async fn a_site_may_have_users_of_its_own(db: Db) {
    migrated(&db).await;
    let tables = vec![Migration::new("0001_initial", vec![Operation::CreateTable(Customer::table())])];
    nuages::migrate::migrate(&db, &[App { label: "crm", depends: &[], migrations: tables }]).await.unwrap();
    let passwords = Passwords::new(ROUNDS, Random::os());
    let secret = passwords.make_password("pin").await.unwrap();
    let row = [Customer::number.set("K-1"), Customer::secret.set(secret.as_str())];
    Customer::objects(&db).create(row).await.unwrap();
    let auth = AuthConfig {
        db: db.clone(),
        passwords,
        secret_keys: SecretKeys::new(SECRET),
        login_url: "/login".to_owned(),
        clock: Clock::system(),
    };
    let enter = async |State(number): State<&'static str>, auth: Auth<Customer>| {
        let customer = auth.authenticate(number, "pin").await?.ok_or_else(|| Error::bad_request("no"))?;
        auth.login(&customer).await
    };
    let app = Router::new()
        .route("/enter", get(enter))
        .route("/", get(async |customer: LoggedIn<Customer>| customer.number.clone()))
        .with_state("K-1")
        .layer(AuthLayer::<Customer>::new(auth))
        .layer(SessionLayer::new(DbStore::new(db), SessionConfig::new(SecretKeys::new(SECRET))))
        .layer(Extension(Arc::new(settings())));
    let mut client = Client::new(app);
    assert_eq!(client.get("/").await.header("location"), Some("/login?next=/"));
    assert_eq!(client.get("/enter").await.status, StatusCode::OK);
    assert_eq!(client.get("/").await.text, "K-1");
}

on_each_database!(
    a_login_changes_the_key_keeps_the_guests_data_and_rotates_the_secret,
    every_failure_is_one_and_the_same,
    names_are_normalised_as_djangos_login_form_does,
    a_logout_ends_the_session_everywhere,
    a_guest_is_sent_to_the_login_and_told_the_way_back,
    a_new_password_ends_the_other_sessions_and_not_this_one,
    a_cheaper_hash_is_upgraded_at_login_and_a_dearer_one_is_left,
    a_taken_name_is_told_by_the_database_and_an_address_keeps_its_case_before_the_at,
    a_session_that_django_opened_is_a_login_here,
    a_retired_key_renews_the_session_even_for_two_requests_at_once,
    a_login_form_sent_twice_logs_in_once_at_least,
    a_site_may_have_users_of_its_own,
);
