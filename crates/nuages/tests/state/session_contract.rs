//! What every store promises, asked of each.

use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use nuages::db::{Db, Executor};
use nuages::session::{DbStore, Record, SessionKey, SessionStore, Swap, clear_expired};
use nuages::time::Clock;

use crate::database::on_each_database;
use crate::session_store::MemoryStore;

pub const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

pub fn now() -> Timestamp {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

pub fn record(data: &str, lives: i64) -> Record {
    Record { data: Bytes::from(data.to_owned()), expire_date: now() + SignedDuration::from_secs(lives) }
}

pub fn key(text: &str) -> SessionKey {
    SessionKey::parse(text).unwrap()
}

/// `tick` is how much earlier than its date a session may end.
pub async fn contract(store: impl SessionStore, tick: SignedDuration) {
    let (one, two) = (record("one:男", 60), record("two", 120));
    let k = key(&"k".repeat(32));

    assert_eq!(store.load(&k, now()).await.unwrap(), None);
    assert!(!store.exists(&k).await.unwrap());
    assert_eq!(store.save(&k, &one.data, &two).await.unwrap(), Swap::Gone, "a save never creates");
    assert_eq!(store.load(&k, now()).await.unwrap(), None);
    assert_eq!(store.delete(&k, None).await.unwrap(), Swap::Gone);

    assert_eq!(store.create(&k, &one).await.unwrap().as_ref(), Some(&k));
    assert_eq!(store.create(&k, &two).await.unwrap(), None, "a key is given once");
    assert_eq!(store.load(&k, now()).await.unwrap().as_ref(), Some(&one.data));
    assert!(store.exists(&k).await.unwrap());

    assert_eq!(store.save(&k, &two.data, &two).await.unwrap(), Swap::Changed(one.data.clone()));
    assert_eq!(store.save(&k, &one.data, &two).await.unwrap(), Swap::Done);
    assert_eq!(
        store.save(&k, &two.data, &two).await.unwrap(),
        Swap::Done,
        "equal bytes are found, not changed"
    );
    assert_eq!(store.load(&k, now()).await.unwrap().as_ref(), Some(&two.data));

    assert_eq!(store.load(&k, two.expire_date).await.unwrap(), None, "it ends at its date");
    assert_eq!(store.load(&k, two.expire_date - tick).await.unwrap().as_ref(), Some(&two.data));
    assert!(store.exists(&k).await.unwrap(), "an expired key is taken nevertheless");

    assert_eq!(store.delete(&k, Some(&one.data)).await.unwrap(), Swap::Changed(two.data.clone()));
    assert_eq!(store.delete(&k, Some(&two.data)).await.unwrap(), Swap::Done);
    assert_eq!(store.delete(&k, Some(&two.data)).await.unwrap(), Swap::Gone);
    assert_eq!(store.save(&k, &two.data, &two).await.unwrap(), Swap::Gone, "what is deleted stays deleted");

    for n in 0..25 {
        assert!(store.create(&key(&format!("expired{n:02}")), &record("old", -1)).await.unwrap().is_some());
    }
    assert!(store.create(&key("endingnow"), &record("edge", 0)).await.unwrap().is_some());
    assert!(store.create(&key("livingon"), &one).await.unwrap().is_some());
    assert_eq!(store.clear_expired(now(), 10).await.unwrap(), 10);
    assert_eq!(clear_expired(&store, &Clock::fixed(now()), 10).await.unwrap(), 15);
    assert!(store.exists(&key("endingnow")).await.unwrap());
    assert!(store.exists(&key("livingon")).await.unwrap());

    one_of_many_wins(store).await;
}

/// Of saves that expect the same bytes exactly one is done; the others learn what it wrote.
async fn one_of_many_wins(store: impl SessionStore) {
    let store = std::sync::Arc::new(store);
    let start = record("start", 60);
    store.create(&key("contended"), &start).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..16 {
        let (store, start) = (store.clone(), start.clone());
        tasks.spawn(async move {
            store.save(&key("contended"), &start.data, &record(&format!("by {n}"), 60)).await.unwrap()
        });
    }
    let outcomes = tokio::time::timeout(Duration::from_secs(60), tasks.join_all()).await.unwrap();
    let stored = store.load(&key("contended"), now()).await.unwrap().unwrap();
    assert_eq!(outcomes.iter().filter(|&outcome| *outcome == Swap::Done).count(), 1);
    assert!(
        outcomes.iter().all(|outcome| *outcome == Swap::Done || *outcome == Swap::Changed(stored.clone()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn memory() {
    contract(MemoryStore::default(), MICROSECOND).await;
}

/// The tables that Django's own migrations make.
pub async fn migrated(db: &Db) {
    let apps = [nuages::auth::content_types(), nuages::auth::schema(), nuages::session::schema()];
    nuages::migrate::migrate(db, &apps).await.unwrap();
}

async fn database(db: Db) {
    migrated(&db).await;
    contract(DbStore::new(db.clone()), MICROSECOND).await;
}

async fn rows_are_djangos(db: Db) {
    migrated(&db).await;
    DbStore::new(db.clone()).create(&key("as-django"), &record("x", 0)).await.unwrap();
    let text = if db.vendor() == nuages::db::Vendor::Mysql { "char" } else { "text" };
    let sql = format!(
        "SELECT CAST(expire_date AS {text}) AS date FROM django_session WHERE session_key = 'as-django'"
    );
    let stored = db.query(&sql, vec![]).await.unwrap();
    let date = stored[0].get::<String>("date").unwrap();
    // PostgreSQL tells the zone, MariaDB all six digits.
    let date = date.trim_end_matches("+00").trim_end_matches(".000000");
    assert_eq!(date, "2026-01-15 12:00:00");
}

on_each_database!(database, rows_are_djangos);
