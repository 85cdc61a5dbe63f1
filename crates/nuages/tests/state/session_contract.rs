//! What every store promises, asked of each.

use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use nuages::db::{Db, Executor};
use nuages::session::{DbStore, Encoding, Record, SessionKey, SessionStore, Swap, clear_expired};
use nuages::time::Clock;
use nuages_wire::json::Object;
use nuages_wire::session::{Data, Format};

use crate::database::on_each_database;
use crate::session_store::MemoryStore;

pub const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

pub fn now() -> Timestamp {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

pub fn record(data: &str, lives: i64) -> Record {
    Record {
        data: Bytes::from(data.to_owned()),
        expire_date: now() + SignedDuration::from_secs(lives),
        expiry_age: lives,
    }
}

pub fn key(text: &str) -> SessionKey {
    SessionKey::parse(text).unwrap()
}

/// How the end of a session is seen.
pub enum Ends {
    /// By the time that a store is told, at most this much early; it stays until it is cleared away.
    AsTold(SignedDuration),
    /// By the store's own clock, which is this one or the one on the wall; then it is gone.
    At(Option<Clock>),
    /// As both: the entry is gone by this clock, and the row stays until it is cleared away.
    Rows(Option<Clock>),
}

pub async fn contract(store: impl SessionStore, ends: Ends) {
    let record = |text: &str, lives| written(&store, text, lives);
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

    if let Ends::AsTold(tick) = ends {
        assert_eq!(store.load(&k, two.expire_date).await.unwrap(), None, "it ends at its date");
        assert_eq!(store.load(&k, two.expire_date - tick).await.unwrap().as_ref(), Some(&two.data));
        assert!(store.exists(&k).await.unwrap(), "an expired key is taken nevertheless");
    }

    assert_eq!(store.delete(&k, Some(&one.data)).await.unwrap(), Swap::Changed(two.data.clone()));
    assert_eq!(store.delete(&k, Some(&two.data)).await.unwrap(), Swap::Done);
    assert_eq!(store.delete(&k, Some(&two.data)).await.unwrap(), Swap::Gone);
    assert_eq!(store.save(&k, &two.data, &two).await.unwrap(), Swap::Gone, "what is deleted stays deleted");

    for n in 0..25 {
        assert!(store.create(&key(&format!("expired{n:02}")), &record("old", -1)).await.unwrap().is_some());
    }
    assert!(store.create(&key("endingnow"), &record("edge", 0)).await.unwrap().is_some());
    assert!(store.create(&key("livingon"), &one).await.unwrap().is_some());
    if let Ends::At(_) = ends {
        assert_eq!(clear_expired(&store, &Clock::fixed(now()), 10, |_| {}).await.unwrap(), 0);
        assert!(!store.exists(&key("expired00")).await.unwrap(), "what is over is not even begun");
        assert!(!store.exists(&key("endingnow")).await.unwrap());
    } else {
        assert_eq!(store.clear_expired(now(), 10).await.unwrap(), 10);
        assert_eq!(clear_expired(&store, &Clock::fixed(now()), 10, |_| {}).await.unwrap(), 15);
        assert!(store.exists(&key("endingnow")).await.unwrap());
    }
    assert!(store.exists(&key("livingon")).await.unwrap());
    if let Ends::At(Some(clock)) | Ends::Rows(Some(clock)) = ends {
        clock.advance(SignedDuration::from_secs(59));
        assert!(store.load(&key("livingon"), clock.now()).await.unwrap().is_some());
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(store.load(&key("livingon"), clock.now()).await.unwrap(), None);
    }

    one_of_many_wins(store).await;
}

/// A record whose bytes are of the store's kind: a store with a cache takes nothing but dicts.
pub fn written(store: &impl SessionStore, text: &str, lives: i64) -> Record {
    let plain = record(text, lives);
    match store.encoding() {
        Encoding::Cache(codec) => {
            let dict = Data::from(Object::from_iter([("text", text)]));
            Record { data: Format::Cache(codec).encode(&dict, 0).unwrap().into(), ..plain }
        }
        Encoding::Signed { .. } => plain,
    }
}

/// Of saves that expect the same bytes exactly one is done; the others learn what it wrote.
async fn one_of_many_wins(store: impl SessionStore) {
    let store = std::sync::Arc::new(store);
    let start = written(&*store, "start", 60);
    store.create(&key("contended"), &start).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..16 {
        let (store, start) = (store.clone(), start.clone());
        tasks.spawn(async move {
            let record = written(&*store, &format!("by {n}"), 60);
            store.save(&key("contended"), &start.data, &record).await.unwrap()
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
    contract(MemoryStore::default(), Ends::AsTold(MICROSECOND)).await;
}

/// The tables that Django's own migrations make.
pub async fn migrated(db: &Db) {
    let apps = [
        nuages::auth::content_types(),
        nuages::auth::schema(),
        nuages::session::schema(),
        nuages::session::cached_db_schema(),
    ];
    nuages::migrate::migrate(db, &apps).await.unwrap();
}

async fn database(db: Db) {
    migrated(&db).await;
    contract(DbStore::new(db.clone()), Ends::AsTold(MICROSECOND)).await;
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
