//! A request's session from cookie to cookie. The expected lines are Django 5.2's.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use bytes::Bytes;
use jiff::Timestamp;
use nuages::session::{Expiry, Record, Session, SessionConfig, SessionKey, SessionLayer, SessionStore, Swap};
use nuages::time::{Clock, Random};
use nuages::{Error, Result};
use nuages_wire::crypto::SecretKeys;
use nuages_wire::json::Object;
use nuages_wire::session::Codec;
use tokio::sync::Semaphore;

use crate::client::Client;
use crate::session_contract::{key, record};
use crate::session_store::MemoryStore;

pub const SECRET: &str = "vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz";
/// `{"a":1}` as Django 5.2 signed it with `SECRET`.
pub const STORED: &str = "eyJhIjoxfQ:1vgM1A:F192Nh8Fi-VnGNlM4_2g2hCihbCJhjfWpezd0d8XuT0";

/// A store that counts what is asked of it and can be told to fail its next write.
#[derive(Clone, Default)]
pub struct Watched {
    inner: Arc<MemoryStore>,
    pub calls: Arc<std::sync::Mutex<Vec<&'static str>>>,
    pub broken: Arc<std::sync::atomic::AtomicBool>,
    pub away: Arc<std::sync::atomic::AtomicBool>,
}

impl Watched {
    fn note(&self, call: &'static str) {
        self.calls.lock().unwrap().push(call);
    }

    pub fn take_calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    pub fn outcome_unknown(&self) -> Result<()> {
        if self.broken.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(Error::unavailable("the store went away"));
        }
        Ok(())
    }
}

impl SessionStore for Watched {
    async fn load(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Bytes>> {
        self.note("load");
        if self.away.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(Error::unavailable("the store is away"));
        }
        self.inner.load(key, now).await
    }
    async fn exists(&self, key: &SessionKey) -> Result<bool> {
        self.note("exists");
        self.inner.exists(key).await
    }
    async fn create(&self, key: &SessionKey, record: &Record) -> Result<Option<SessionKey>> {
        self.note("create");
        self.inner.create(key, record).await
    }
    async fn save(&self, key: &SessionKey, loaded: &Bytes, record: &Record) -> Result<Swap> {
        self.note("save");
        let outcome = self.inner.save(key, loaded, record).await;
        self.outcome_unknown()?;
        outcome
    }
    async fn delete(&self, key: &SessionKey, loaded: Option<&Bytes>) -> Result<Swap> {
        self.note("delete");
        self.inner.delete(key, loaded).await
    }
    async fn clear_expired(&self, now: Timestamp, batch: u32) -> Result<u64> {
        self.inner.clear_expired(now, batch).await
    }
}

pub fn clock() -> Clock {
    Clock::fixed("2026-01-15T12:00:00Z".parse().unwrap())
}

fn config() -> SessionConfig {
    SessionConfig { clock: clock(), random: Random::seeded(1), ..SessionConfig::new(SecretKeys::new(SECRET)) }
}

fn app(store: &Watched, config: SessionConfig) -> Router {
    Router::new()
        .route("/untouched", get(async || "ok"))
        .route(
            "/read",
            get(async |session: Session| Ok::<_, Error>(format!("{:?}", session.get::<i64>("a").await?))),
        )
        .route("/set", get(async |session: Session| session.insert("a", "changed").await))
        .route("/add", get(async |session: Session| session.update("a", |a: &mut i64| *a += 1).await))
        .route("/same", get(async |session: Session| session.update("a", |a: &mut i64| *a += 0).await))
        .route("/remove", get(async |session: Session| session.remove("a").await.map(|_| ())))
        .route("/clear", get(async |session: Session| session.clear().await))
        .route("/flush", get(async |session: Session| session.flush().await))
        .route("/cycle", get(async |session: Session| session.cycle_key().await))
        .route(
            "/fail",
            get(async |session: Session| {
                session.insert("a", "changed").await?;
                Err::<(), _>(Error::internal("boom"))
            }),
        )
        .route(
            "/commit",
            get(async |session: Session| {
                session.update("a", |a: &mut i64| *a += 1).await?;
                let saved = session.commit().await?;
                Ok::<_, Error>(format!("{:?}", saved.get::<i64>("a")?))
            }),
        )
        .layer(SessionLayer::new(store.clone(), config))
}

/// A session with `{"a":2}`.
fn two() -> Record {
    record(&Codec::new(&SecretKeys::new(SECRET)).encode(&Object::from_iter([("a", 2)]), 0), 3600)
}

/// A client whose cookie names a stored session with `{"a":1}`.
async fn visitor(store: &Watched, config: SessionConfig) -> Client {
    store.create(&key(&"k".repeat(32)), &record(STORED, 3600)).await.unwrap();
    let mut client = Client::new(app(store, config));
    client.set_cookie("sessionid", &"k".repeat(32));
    store.take_calls();
    client
}

#[tokio::test]
async fn an_untouched_session_costs_nothing() {
    let store = Watched::default();
    let mut client = visitor(&store, config()).await;
    let answer = client.get("/untouched").await;
    assert_eq!((answer.header("vary"), answer.set_cookies()), (None, vec![]));
    assert!(store.take_calls().is_empty());
}

#[tokio::test]
async fn a_read_is_one_load_and_a_change_one_write_more() {
    let store = Watched::default();
    let mut client = visitor(&store, config()).await;
    let answer = client.get("/read").await;
    assert_eq!(answer.text, "Some(1)");
    assert_eq!((answer.header("vary"), answer.set_cookies()), (Some("Cookie"), vec![]));
    assert_eq!(store.take_calls(), ["load"]);

    let answer = client.get("/add").await;
    assert_eq!(
        answer.set_cookies(),
        ["sessionid=kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk; expires=Thu, 29 Jan 2026 12:00:00 GMT; HttpOnly; \
          Max-Age=1209600; Path=/; SameSite=Lax"]
    );
    assert_eq!(answer.header("vary"), Some("Cookie"));
    assert_eq!(store.take_calls(), ["load", "save"]);
}

#[tokio::test]
async fn an_update_that_leaves_the_bytes_equal_writes_nothing() {
    let store = Watched::default();
    let mut client = visitor(&store, config()).await;
    let answer = client.get("/same").await;
    assert_eq!((answer.header("vary"), answer.set_cookies()), (Some("Cookie"), vec![]));
    assert_eq!(store.take_calls(), ["load"]);
}

#[tokio::test]
async fn a_new_session_is_created_with_its_data_at_once() {
    let store = Watched::default();
    let mut client = Client::new(app(&store, config()));
    client.get("/read").await;
    assert_eq!(client.cookie("sessionid"), None);
    client.get("/add").await;
    assert_eq!(store.take_calls(), ["create"]);
    assert_eq!(client.cookie("sessionid").unwrap().len(), 32);
    assert_eq!(client.get("/read").await.text, "Some(1)");
}

#[tokio::test]
async fn an_unknown_key_is_never_adopted() {
    let store = Watched::default();
    let mut client = Client::new(app(&store, config()));
    client.set_cookie("sessionid", &"z".repeat(32));
    let answer = client.get("/read").await;
    assert_eq!(
        answer.set_cookies(),
        ["sessionid=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax"]
    );
    client.set_cookie("sessionid", &"z".repeat(32));
    client.get("/add").await;
    assert_ne!(client.cookie("sessionid").unwrap(), "z".repeat(32));
}

#[tokio::test]
async fn a_key_too_short_is_forgotten_even_untouched() {
    let store = Watched::default();
    let mut client = Client::new(app(&store, config()));
    client.set_cookie("sessionid", "short");
    let answer = client.get("/untouched").await;
    assert_eq!(answer.header("vary"), Some("Cookie"));
    assert_eq!(client.cookie("sessionid"), None);
}

#[tokio::test]
async fn a_tampered_session_is_empty_and_keeps_its_key() {
    let store = Watched::default();
    let mut client = visitor(&store, config()).await;
    let text = "t".repeat(32);
    store.create(&key(&text), &record(&STORED.replace("F192", "F193"), 3600)).await.unwrap();
    client.set_cookie("sessionid", &text);
    let answer = client.get("/read").await;
    assert_eq!((answer.text.as_str(), answer.set_cookies()), ("None", vec![]));
    client.get("/add").await;
    assert_eq!(client.cookie("sessionid"), Some(text.as_str()));
    assert_eq!(client.get("/read").await.text, "Some(1)");
}

#[tokio::test]
async fn a_server_error_saves_nothing_and_sets_no_cookie() {
    let store = Watched::default();
    let mut client = visitor(&store, config()).await;
    let answer = client.get("/fail").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!((answer.header("vary"), answer.set_cookies()), (Some("Cookie"), vec![]));
    assert_eq!(client.get("/read").await.text, "Some(1)");
}

#[tokio::test]
async fn clear_keeps_the_key_flush_does_not_and_cycle_key_changes_it() {
    let store = Watched::default();
    let mut client = visitor(&store, config()).await;
    let planted = client.clone();
    client.get("/cycle").await;
    assert_ne!(client.cookie("sessionid"), planted.cookie("sessionid"));
    assert_eq!(client.get("/read").await.text, "Some(1)");
    assert_eq!(planted.clone().get("/read").await.text, "None");

    let kept = key(client.cookie("sessionid").unwrap());
    client.get("/clear").await;
    assert_eq!(client.cookie("sessionid"), Some(kept.as_str()));
    assert_eq!(client.get("/read").await.text, "None");

    let other_tab = client.clone();
    client.get("/flush").await;
    assert_eq!(client.cookie("sessionid"), None);
    assert!(!store.exists(&kept).await.unwrap());
    other_tab.clone().get("/add").await;
    assert!(!store.exists(&kept).await.unwrap(), "what was logged out does not come back");
}

#[tokio::test]
async fn a_store_of_unknown_outcome_is_never_asked_twice() {
    let store = Watched::default();
    let mut client = visitor(&store, config()).await;
    for path in ["/add", "/commit"] {
        store.broken.store(true, std::sync::atomic::Ordering::SeqCst);
        let answer = client.get(path).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.set_cookies(), Vec::<&str>::new());
        assert_eq!(store.take_calls(), ["load", "save"]);
    }
    assert_eq!(client.get("/read").await.text, "Some(3)", "the writes had arrived, once each");
}

#[tokio::test]
async fn while_the_store_is_away_nobody_is_logged_out() {
    let store = Watched::default();
    let mut client = visitor(&store, config()).await;
    store.away.store(true, std::sync::atomic::Ordering::SeqCst);
    let answer = client.get("/read").await;
    assert_eq!((answer.status, answer.set_cookies()), (StatusCode::SERVICE_UNAVAILABLE, vec![]));
    store.away.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(client.get("/read").await.text, "Some(1)");
}

#[tokio::test]
async fn a_refusal_in_a_replay_stores_nothing_and_later_changes_are_told() {
    let store = Watched::default();
    let key = key(&"k".repeat(32));
    let other = store.clone();
    let view = async move |session: Session| {
        let at_most_one = |a: &mut i64| {
            let before = std::mem::replace(a, *a + 10);
            if before > 1 { Err(Error::conflict("sold out")) } else { Ok(()) }
        };
        session.try_update("a", at_most_one).await?;
        other.save(&key, &Bytes::from_static(STORED.as_bytes()), &two()).await?;
        let refusal = session.commit().await.unwrap_err();
        assert!(session.insert("b", &1).await.is_err());
        Err::<(), _>(refusal)
    };
    visitor(&store, config()).await;
    let app = Router::new().route("/", get(view)).layer(SessionLayer::new(store.clone(), config()));
    let mut client = Client::new(app.merge(self::app(&store, config())));
    client.set_cookie("sessionid", &"k".repeat(32));
    let answer = client.get("/").await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::CONFLICT, "sold out"));
    assert_eq!(client.get("/read").await.text, "Some(2)");
}

#[tokio::test]
async fn a_blind_write_over_anothers_is_counted_and_refused_where_strict() {
    for (strict, status, stored) in
        [(false, StatusCode::OK, "Some(3)"), (true, StatusCode::CONFLICT, "Some(2)")]
    {
        let store = Watched::default();
        let other = store.clone();
        let view = async move |session: Session| {
            session.insert("a", &3).await?;
            other.save(&key(&"k".repeat(32)), &Bytes::from_static(STORED.as_bytes()), &two()).await?;
            session.commit().await?;
            Ok::<_, Error>(session.overwritten().to_string())
        };
        visitor(&store, config()).await;
        let layer = SessionLayer::new(store.clone(), SessionConfig { strict, ..config() });
        let mut client =
            Client::new(Router::new().route("/", get(view)).layer(layer).merge(app(&store, config())));
        client.set_cookie("sessionid", &"k".repeat(32));
        let answer = client.get("/").await;
        assert_eq!(answer.status, status);
        assert!(strict || answer.text == "1");
        assert_eq!(client.get("/read").await.text, stored);
    }
}

#[tokio::test]
async fn expiry_decides_the_cookie_and_the_date() {
    let at = "2026-01-15T12:00:29.5+00:00".parse().unwrap();
    let cases = [
        (Expiry::Policy, " expires=Thu, 29 Jan 2026 12:00:00 GMT; HttpOnly; Max-Age=1209600;"),
        (Expiry::Seconds(0), " HttpOnly;"),
        (Expiry::Seconds(300), " expires=Thu, 15 Jan 2026 12:05:00 GMT; HttpOnly; Max-Age=300;"),
        (Expiry::At(at), " expires=Thu, 15 Jan 2026 12:00:29 GMT; HttpOnly; Max-Age=29;"),
    ];
    for (expiry, attributes) in cases {
        let app = Router::new()
            .route(
                "/",
                get(async move |session: Session| {
                    session.insert("a", &1).await?;
                    session.set_expiry(expiry).await
                }),
            )
            .layer(SessionLayer::new(MemoryStore::default(), config()));
        let answer = Client::new(app).get("/").await;
        let line = answer.set_cookies()[0];
        assert_eq!(
            &line["sessionid=".len() + 33..],
            format!("{attributes} Path=/; SameSite=Lax"),
            "{expiry:?}"
        );
    }
}

#[tokio::test]
async fn a_change_after_the_response_is_refused_not_lost_in_silence() {
    let (sender, mut handles) = tokio::sync::mpsc::unbounded_channel();
    let app = Router::new()
        .route("/", get(async move |session: Session| drop(sender.send(session))))
        .layer(SessionLayer::new(MemoryStore::default(), config()));
    Client::new(app).get("/").await;
    let session: Session = handles.recv().await.unwrap();
    assert!(session.insert("late", &1).await.is_err());
    assert_eq!(session.get::<i64>("late").await.unwrap(), None);
}

#[tokio::test]
async fn a_client_that_leaves_does_not_break_a_commit() {
    #[derive(Clone, Default)]
    struct Slow(Arc<MemoryStore>, Option<Arc<Semaphore>>);
    impl SessionStore for Slow {
        async fn load(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Bytes>> {
            self.0.load(key, now).await
        }
        async fn exists(&self, key: &SessionKey) -> Result<bool> {
            self.0.exists(key).await
        }
        async fn create(&self, key: &SessionKey, record: &Record) -> Result<Option<SessionKey>> {
            self.1.as_ref().unwrap().acquire().await.unwrap().forget();
            self.0.create(key, record).await
        }
        async fn save(&self, key: &SessionKey, loaded: &Bytes, record: &Record) -> Result<Swap> {
            self.0.save(key, loaded, record).await
        }
        async fn delete(&self, key: &SessionKey, loaded: Option<&Bytes>) -> Result<Swap> {
            self.0.delete(key, loaded).await
        }
        async fn clear_expired(&self, now: Timestamp, batch: u32) -> Result<u64> {
            self.0.clear_expired(now, batch).await
        }
    }
    let gate = Arc::new(Semaphore::new(0));
    let store = Slow(Arc::default(), Some(gate.clone()));
    let (sender, mut handles) = tokio::sync::mpsc::unbounded_channel();
    let handler = async |State(sender): State<tokio::sync::mpsc::UnboundedSender<Session>>,
                         session: Session| {
        sender.send(session.clone()).unwrap();
        session.insert("a", &1).await?;
        session.commit().await.map(|_| ())
    };
    let app = Router::new()
        .route("/", get(handler))
        .with_state(sender)
        .layer(SessionLayer::new(store.clone(), config()));
    let request = tokio::spawn(async move { Client::new(app).get("/").await.status });
    let session = handles.recv().await.unwrap();
    tokio::task::yield_now().await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    gate.add_permits(1);
    // The handle's lock is free again once the commit is over.
    let key = session.session_key().await.unwrap();
    assert!(store.exists(&key).await.unwrap());
}
