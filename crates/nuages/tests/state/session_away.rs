//! A cache that is away: what is answered, what is not lost, and what is served when it is back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use bytes::Bytes;
use nuages::cache::{Answer, Cache, CacheBackend, CacheOptions, Format, InProcess, Swapped, Ttl};
use nuages::db::{Db, Executor};
use nuages::session::{
    CacheStore, CachedDbStore, Session, SessionConfig, SessionKey, SessionLayer, SessionStore,
};
use nuages::time::Clock;
use nuages::{Error, Result};
use nuages_wire::cache::Expiry;
use nuages_wire::crypto::SecretKeys;
use nuages_wire::session::cached_db_key;

use crate::client::Client;
use crate::database::on_each_database;
use crate::session_contract::migrated;
use crate::session_http::SECRET;

/// A server that can be switched off, and keeps its entries meanwhile.
#[derive(Clone, Debug)]
struct Server {
    entries: Arc<InProcess>,
    away: Arc<AtomicBool>,
}

impl Server {
    fn new() -> Self {
        Self { entries: Arc::new(InProcess::new(1 << 20, Clock::system())), away: Arc::default() }
    }

    fn cache(&self) -> Cache {
        Cache::new(self.clone(), CacheOptions { format: Some(Format::Django), ..CacheOptions::default() })
    }

    fn switch(&self, on: bool) {
        self.away.store(!on, Ordering::SeqCst);
    }

    fn asked<'a, T: Send + 'a>(&'a self, ask: impl FnOnce(&'a InProcess) -> Answer<'a, T>) -> Answer<'a, T> {
        if self.away.load(Ordering::SeqCst) {
            return Answer::ready(Err(Error::unavailable("connection refused")));
        }
        ask(&self.entries)
    }
}

impl CacheBackend for Server {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Bytes>> {
        self.asked(|entries| entries.get(key))
    }
    fn set<'a>(&'a self, key: &'a str, value: Bytes, expiry: Expiry) -> Answer<'a, ()> {
        self.asked(|entries| entries.set(key, value, expiry))
    }
    fn add<'a>(&'a self, key: &'a str, value: Bytes, expiry: Expiry) -> Answer<'a, bool> {
        self.asked(|entries| entries.add(key, value, expiry))
    }
    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, bool> {
        self.asked(|entries| entries.delete(key))
    }
    fn touch<'a>(&'a self, key: &'a str, expiry: Expiry) -> Answer<'a, bool> {
        self.asked(|entries| entries.touch(key, expiry))
    }
    fn ttl<'a>(&'a self, key: &'a str) -> Answer<'a, Ttl> {
        self.asked(|entries| entries.ttl(key))
    }
    fn incr<'a>(&'a self, key: &'a str, delta: i64) -> Answer<'a, Option<i64>> {
        self.asked(|entries| entries.incr(key, delta))
    }
    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a Bytes,
        value: Bytes,
        expiry: Expiry,
    ) -> Answer<'a, Swapped> {
        self.asked(|entries| entries.compare_and_swap(key, expected, value, expiry))
    }
    fn compare_and_delete<'a>(&'a self, key: &'a str, expected: &'a Bytes) -> Answer<'a, Swapped> {
        self.asked(|entries| entries.compare_and_delete(key, expected))
    }
    fn clear(&self) -> Answer<'_, ()> {
        self.asked(CacheBackend::clear)
    }
}

fn config() -> SessionConfig {
    SessionConfig::new(SecretKeys::new(SECRET))
}

async fn show(session: Session) -> Result<String> {
    Ok(format!("{:?}", session.get::<i64>("a").await?))
}

fn app(store: impl SessionStore, config: SessionConfig) -> Router {
    Router::new()
        .route("/show", get(show))
        .route("/add", get(async |session: Session| session.update("a", |a: &mut i64| *a += 1).await))
        .route("/flush", get(async |session: Session| session.flush().await))
        .layer(SessionLayer::new(store, config))
}

#[tokio::test]
async fn without_its_cache_a_session_is_a_503_and_nobody_is_logged_out() {
    let server = Server::new();
    let mut client = Client::new(app(CacheStore::new(server.cache()), config()));
    client.get("/add").await;
    server.switch(false);
    for path in ["/show", "/add", "/flush"] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!((answer.header("retry-after"), answer.set_cookies()), (Some("1"), vec![]), "{path}");
    }
    server.switch(true);
    assert_eq!(client.get("/show").await.text, "Some(1)");
}

#[tokio::test]
async fn where_asked_for_a_read_without_the_cache_is_an_empty_session() {
    let server = Server::new();
    let config = SessionConfig { ignore_exceptions: true, ..config() };
    let mut client = Client::new(app(CacheStore::new(server.cache()), config));
    client.get("/add").await;
    server.switch(false);
    let answer = client.get("/show").await;
    assert_eq!((answer.text.as_str(), answer.set_cookies()), ("None", vec![]));
    assert_eq!(
        client.get("/add").await.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "a change is never lost in silence"
    );
    server.switch(true);
    assert_eq!(client.get("/show").await.text, "Some(1)");
}

async fn without_its_cache_cached_db_serves_from_the_rows(db: Db) {
    migrated(&db).await;
    let server = Server::new();
    let store = CachedDbStore::new(db.clone(), server.cache(), &config());
    let mut client = Client::new(app(store, config()));
    client.get("/add").await;
    let mut leaving = Client::new(client.app());
    leaving.get("/add").await;
    let gone = leaving.cookie("sessionid").unwrap().to_owned();

    server.switch(false);
    assert_eq!(client.get("/show").await.text, "Some(1)");
    assert_eq!(client.get("/add").await.status, StatusCode::OK);
    assert_eq!(leaving.get("/flush").await.status, StatusCode::OK);
    let mut new = Client::new(client.app());
    assert_eq!(new.get("/add").await.status, StatusCode::OK);

    // What the cache still has is older than the rows, and a logged-out session among it.
    server.switch(true);
    leaving.set_cookie("sessionid", &gone);
    assert_eq!(leaving.get("/show").await.text, "None", "a logout wins");
    assert_eq!(client.get("/show").await.text, "Some(2)");
    assert_eq!(new.get("/show").await.text, "Some(1)");

    // Another process may read the entries again as soon as they are swept.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let other = CachedDbStore::new(db, server.cache(), &config());
    let mut other = Client::new(app(other, config()));
    other.set_cookie("sessionid", &gone);
    assert_eq!(other.get("/show").await.text, "None");
    other.set_cookie("sessionid", client.cookie("sessionid").unwrap());
    assert_eq!(other.get("/show").await.text, "Some(2)");
    assert_eq!(other.get("/add").await.status, StatusCode::OK);
    assert_eq!(client.get("/show").await.text, "Some(3)");
}

/// A process that is killed while the cache is away leaves what it owed in the database.
async fn a_logout_survives_the_process_that_could_not_tell_the_cache(db: Db) {
    migrated(&db).await;
    let server = Server::new();
    let process = || Client::new(app(CachedDbStore::new(db.clone(), server.cache(), &config()), config()));
    let mut killed = process();
    killed.get("/add").await;
    let gone = killed.cookie("sessionid").unwrap().to_owned();
    let mut staying = Client::new(killed.app());
    staying.get("/add").await;
    let changed = staying.cookie("sessionid").unwrap().to_owned();

    server.switch(false);
    assert_eq!(killed.get("/flush").await.status, StatusCode::OK);
    assert_eq!(staying.get("/add").await.status, StatusCode::OK);
    drop((killed, staying));
    server.switch(true);
    for (cookie, shown) in [(&gone, "None"), (&changed, "Some(2)")] {
        let mut next = process();
        next.set_cookie("sessionid", cookie);
        assert_eq!(next.get("/show").await.text, shown);
    }
    assert!(db.query("SELECT * FROM nuages_session_stale", vec![]).await.unwrap().is_empty());
}

/// Nor does one that is killed between the deletion of the row and that of the entry leave a session behind.
async fn the_entry_goes_before_its_row(db: Db) {
    migrated(&db).await;
    let server = Server::new();
    let store = CachedDbStore::new(db.clone(), server.cache(), &config());
    let mut client = Client::new(app(store, config()));
    client.get("/add").await;
    let gone = client.cookie("sessionid").unwrap().to_owned();
    // The database refuses, as if the process had been killed on the way to it.
    db.execute("ALTER TABLE django_session RENAME TO elsewhere", vec![]).await.unwrap();
    assert_eq!(client.get("/flush").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let entry = server.cache().get_bytes(&cached_db_key(&SessionKey::parse(&gone).unwrap())).await.unwrap();
    assert_eq!(entry.as_deref(), Some(&b"\x80\x05N."[..]), "Python's None: for Django too there is no entry");

    // What the row says counts, and nobody puts it into the cache meanwhile.
    db.execute("ALTER TABLE elsewhere RENAME TO django_session", vec![]).await.unwrap();
    client.set_cookie("sessionid", &gone);
    assert_eq!(client.get("/show").await.text, "Some(1)");
    assert_eq!(client.get("/add").await.status, StatusCode::OK);
    assert_eq!(client.get("/show").await.text, "Some(2)");
    assert_eq!(client.get("/flush").await.status, StatusCode::OK);
    client.set_cookie("sessionid", &gone);
    assert_eq!(client.get("/show").await.text, "None");
}

on_each_database!(
    without_its_cache_cached_db_serves_from_the_rows,
    a_logout_survives_the_process_that_could_not_tell_the_cache,
    the_entry_goes_before_its_row,
);
