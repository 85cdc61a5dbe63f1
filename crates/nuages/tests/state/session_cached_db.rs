//! The engine `cached_db`: the contract, rows and entries as Django's, and what happens when they differ.

use bytes::Bytes;
use jiff::SignedDuration;
use nuages::cache::Cache;
use nuages::db::{Db, Executor};
use nuages::session::{CachedDbStore, DbStore, SessionConfig, SessionStore, Swap};
use nuages::time::Clock;
use nuages_wire::crypto::SecretKeys;

use crate::database::on_each_database;
use crate::session_cache::in_process;
use crate::session_contract::{Ends, contract, key, migrated, now, record, written};
use crate::session_http::{SECRET, clock};
use crate::session_races::{app, nothing_is_lost};

/// `{"a":1}` as Django 5.2 signed it with `SECRET`.
const STORED: &str = "eyJhIjoxfQ:1vgM1A:F192Nh8Fi-VnGNlM4_2g2hCihbCJhjfWpezd0d8XuT0";
const ENTRY: &str = "django.contrib.sessions.cached_dbkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";

fn store(db: &Db, cache: &Cache, clock: &Clock) -> CachedDbStore {
    let config = SessionConfig { clock: clock.clone(), ..SessionConfig::new(SecretKeys::new(SECRET)) };
    CachedDbStore::new(db.clone(), cache.clone(), &config)
}

async fn cached_rows(db: Db) {
    migrated(&db).await;
    let clock = Clock::fixed(now());
    contract(store(&db, &in_process(&clock), &clock), Ends::Rows(Some(clock))).await;
}

async fn in_two_processes(db: Db) {
    migrated(&db).await;
    let clock = Clock::system();
    let cache = in_process(&clock);
    nothing_is_lost(vec![app(store(&db, &cache, &clock)), app(store(&db, &cache, &clock))]).await;
}

async fn rows_and_entries_are_djangos(db: Db) {
    migrated(&db).await;
    let clock = clock();
    let cache = in_process(&clock);
    let (store, k) = (store(&db, &cache, &clock), key(&"k".repeat(32)));
    let one = Bytes::from_static(b"\x80\x05}(\x8c\x01aK\x01u.");
    let record = nuages::session::Record { data: one.clone(), ..record("", 60) };
    store.create(&k, &record).await.unwrap();
    assert_eq!(DbStore::new(db.clone()).load(&k, now()).await.unwrap().unwrap(), STORED);
    assert_eq!(cache.get_bytes(ENTRY).await.unwrap(), Some(one.clone()));

    cache.delete(ENTRY).await.unwrap();
    assert_eq!(store.load(&k, now()).await.unwrap(), Some(one.clone()));
    assert_eq!(cache.get_bytes(ENTRY).await.unwrap(), Some(one), "a read that missed fills the cache");
    clock.advance(SignedDuration::from_secs(59));
    assert!(cache.get_bytes(ENTRY).await.unwrap().is_some(), "for as long as the row lives");
    clock.advance(SignedDuration::from_secs(1));
    assert!(cache.get_bytes(ENTRY).await.unwrap().is_none());
}

async fn the_row_is_the_truth(db: Db) {
    migrated(&db).await;
    let clock = clock();
    let cache = in_process(&clock);
    let (store, rows, k) = (store(&db, &cache, &clock), DbStore::new(db.clone()), key(&"k".repeat(32)));
    let (old, new) = (written(&store, "old", 60), written(&store, "new", 60));
    store.create(&k, &old).await.unwrap();
    // Somebody changed the row and could not reach the cache.
    let row = rows.load(&k, now()).await.unwrap().unwrap();
    rows.save(&k, &row, &record(STORED, 60)).await.unwrap();
    assert_eq!(store.load(&k, now()).await.unwrap(), Some(old.data.clone()), "a read trusts the cache");
    let Swap::Changed(fresh) = store.save(&k, &old.data, &new).await.unwrap() else { panic!("not refused") };
    assert_eq!(fresh, &b"\x80\x05}(\x8c\x01aK\x01u."[..]);
    assert_eq!(cache.get_bytes(ENTRY).await.unwrap(), None, "what was wrong is gone");
    assert_eq!(store.save(&k, &fresh, &new).await.unwrap(), Swap::Done);
    assert_eq!(store.load(&k, now()).await.unwrap(), Some(new.data.clone()));

    // An entry without a row is nobody's session.
    db.execute("DELETE FROM django_session", vec![]).await.unwrap();
    assert_eq!(store.save(&k, &new.data, &old).await.unwrap(), Swap::Gone);
    assert_eq!(store.load(&k, now()).await.unwrap(), None);
}

on_each_database!(cached_rows, in_two_processes, rows_and_entries_are_djangos, the_row_is_the_truth);
