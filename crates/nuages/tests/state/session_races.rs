//! Many requests on one session at once, and nothing of any of them is lost.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use bytes::Bytes;
use jiff::Timestamp;
use nuages::db::Db;
use nuages::session::{
    DbStore, Record, Session, SessionConfig, SessionKey, SessionLayer, SessionStore, Swap,
};
use nuages::time::Random;
use nuages::{Error, Result};
use nuages_wire::crypto::SecretKeys;
use serde::{Deserialize, Serialize};
use tokio::sync::Barrier;

use crate::client::Client;
use crate::database::on_each_database;
use crate::session_contract::migrated;
use crate::session_http::{SECRET, STORED};
use crate::session_store::MemoryStore;

const TASKS: usize = 64;

#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Cart(std::collections::BTreeMap<String, u32>);

async fn add(Path(sku): Path<String>, session: Session) -> Result<String> {
    session.update("cart", move |cart: &mut Cart| *cart.0.entry(sku.clone()).or_default() += 1).await?;
    session.update("total", |total: &mut u32| *total += 1).await?;
    // Every request of a burst has loaded before the first one saves.
    tokio::task::yield_now().await;
    let saved = session.commit().await?;
    Ok(saved.get::<u32>("total")?.unwrap_or_default().to_string())
}

async fn show(session: Session) -> Result<String> {
    let cart: Cart = session.get("cart").await?.unwrap_or_default();
    Ok(format!("{} {}", cart.0.len(), session.get::<u32>("total").await?.unwrap_or_default()))
}

pub fn app(store: impl SessionStore) -> Router {
    Router::new()
        .route("/add/{sku}", get(add))
        .route("/show", get(show))
        .route(
            "/fill",
            get(async |session: Session| {
                // 8 KiB that do not compress.
                session.insert("fill", &Random::seeded(2).string(8192, nuages::time::ALPHANUMERIC)?).await
            }),
        )
        .route("/flush", get(async |session: Session| session.flush().await))
        .layer(SessionLayer::new(store, SessionConfig::new(SecretKeys::new(SECRET))))
}

/// Each router has a layer of its own, as each process would.
pub async fn nothing_is_lost(processes: Vec<Router>) {
    let mut client = Client::new(processes[0].clone());
    client.get("/add/0").await;
    let key = client.cookie("sessionid").unwrap().to_owned();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=TASKS {
        let mut client = Client::new(processes[n % processes.len()].clone());
        client.set_cookie("sessionid", &key);
        tasks.spawn(async move {
            let answer = client.get(&format!("/add/{n}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            answer.text.parse::<usize>().unwrap()
        });
    }
    let mut totals = tasks.join_all().await;
    totals.sort_unstable();
    assert_eq!(totals, (2..=TASKS + 1).collect::<Vec<_>>(), "every committed answer is a different one");
    assert_eq!(client.get("/show").await.text, format!("{0} {0}", TASKS + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_in_one_process() {
    nothing_is_lost(vec![app(MemoryStore::default())]).await;
}

async fn in_one_process(db: Db) {
    migrated(&db).await;
    nothing_is_lost(vec![app(DbStore::new(db))]).await;
}

async fn in_two_processes(db: Db) {
    migrated(&db).await;
    nothing_is_lost(vec![app(DbStore::new(db.clone())), app(DbStore::new(db))]).await;
}

on_each_database!(in_one_process, in_two_processes);

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_during_a_request_wins() {
    let barrier = Arc::new(Barrier::new(2));
    let slow = {
        let barrier = barrier.clone();
        async move |session: Session| {
            session.insert("late", &true).await?;
            barrier.wait().await;
            barrier.wait().await;
            Ok::<_, Error>(())
        }
    };
    let app = Router::new()
        .route("/slow", get(slow))
        .route(
            "/cycle-slow",
            get({
                let barrier = barrier.clone();
                async move |session: Session| {
                    session.cycle_key().await?;
                    barrier.wait().await;
                    barrier.wait().await;
                    Ok::<_, Error>(())
                }
            }),
        )
        .route("/set", get(async |session: Session| session.insert("a", &1).await))
        .route("/flush", get(async |session: Session| session.flush().await))
        .layer(SessionLayer::new(MemoryStore::default(), SessionConfig::new(SecretKeys::new(SECRET))));
    for path in ["/slow", "/cycle-slow"] {
        let mut client = Client::new(app.clone());
        client.get("/set").await;
        let mut other_tab = client.clone();
        let request = tokio::spawn(async move { other_tab.get(path).await });
        barrier.wait().await;
        client.get("/flush").await;
        barrier.wait().await;
        let answer = request.await.unwrap();
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.text.starts_with("The request's session was deleted before the request completed."));
        assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    }
}

/// A store in which somebody else is always faster.
struct Contended;

impl SessionStore for Contended {
    async fn load(&self, _: &SessionKey, _: Timestamp) -> Result<Option<Bytes>> {
        Ok(Some(Bytes::from_static(STORED.as_bytes())))
    }
    async fn exists(&self, _: &SessionKey) -> Result<bool> {
        Ok(true)
    }
    async fn create(&self, _: &SessionKey, _: &Record) -> Result<Option<SessionKey>> {
        Ok(None)
    }
    async fn save(&self, _: &SessionKey, _: &Bytes, _: &Record) -> Result<Swap> {
        Ok(Swap::Changed(Bytes::from_static(STORED.as_bytes())))
    }
    async fn delete(&self, _: &SessionKey, _: Option<&Bytes>) -> Result<Swap> {
        Ok(Swap::Changed(Bytes::from_static(STORED.as_bytes())))
    }
    async fn clear_expired(&self, _: Timestamp, _: u32) -> Result<u64> {
        Ok(0)
    }
}

#[tokio::test]
async fn a_save_gives_up_in_the_end_and_is_counted() {
    let view = async |session: Session| {
        session.update("a", |a: &mut u32| *a += 1).await?;
        let refusal = session.commit().await.unwrap_err();
        Ok::<_, Error>(format!("{} {}", refusal.status().as_u16(), session.given_up()))
    };
    let layer = SessionLayer::new(Contended, SessionConfig::new(SecretKeys::new(SECRET)));
    let mut client = Client::new(Router::new().route("/", get(view)).layer(layer));
    client.set_cookie("sessionid", &"k".repeat(32));
    let answer = client.get("/").await;
    assert_eq!((answer.text.as_str(), answer.set_cookies()), ("409 1", vec![]));
}
