//! The engines on a real Redis.

use std::time::Duration;

use nuages::cache::{Cache, CacheOptions};
use nuages::db::Db;
use nuages::session::{CachedDbStore, RedisStore, SessionConfig, SessionStore};
use nuages_wire::crypto::SecretKeys;

use crate::database::on_each_database;
use crate::session_contract::{Ends, contract, key, migrated, now, written};
use crate::session_http::SECRET;
use crate::session_races::{app, nothing_is_lost};

fn url() -> String {
    std::env::var("NUAGES_TEST_REDIS_URL").expect("run cargo xtask test, or set NUAGES_TEST_REDIS_URL")
}

/// A prefix that no other test has.
fn options() -> CacheOptions {
    CacheOptions { key_prefix: uuid::Uuid::new_v4().simple().to_string(), ..CacheOptions::default() }
}

fn store(options: CacheOptions) -> RedisStore {
    RedisStore::new(&url(), options).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn redis() {
    contract(store(options()), Ends::At(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_lose_nothing() {
    let options = options();
    nothing_is_lost(vec![app(store(options.clone())), app(store(options))]).await;
}

#[tokio::test]
async fn a_session_ends_in_its_second() {
    let store = store(options());
    let short = written(&store, "short", 1);
    store.create(&key("shortlived"), &short).await.unwrap();
    assert_eq!(store.load(&key("shortlived"), now()).await.unwrap(), Some(short.data));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(store.load(&key("shortlived"), now()).await.unwrap(), None);
}

#[tokio::test]
async fn a_server_that_is_away_is_a_503_and_said_so() {
    let nobody = RedisStore::new("redis://127.0.0.1:1/0", CacheOptions::default()).unwrap();
    let mut client = crate::client::Client::new(app(nobody));
    client.set_cookie("sessionid", &"k".repeat(32));
    let answer = client.get("/show").await;
    assert_eq!((answer.status.as_u16(), answer.set_cookies()), (503, vec![]));
    assert!(answer.header("retry-after").is_some());
}

fn cached(db: &Db, options: &CacheOptions) -> CachedDbStore {
    let cache = Cache::from_url(&url(), options.clone()).unwrap();
    CachedDbStore::new(db.clone(), cache, &SessionConfig::new(SecretKeys::new(SECRET)))
}

async fn cached_rows(db: Db) {
    migrated(&db).await;
    contract(cached(&db, &options()), Ends::Rows(None)).await;
}

async fn cached_rows_in_two_processes(db: Db) {
    migrated(&db).await;
    let options = options();
    nothing_is_lost(vec![app(cached(&db, &options)), app(cached(&db, &options))]).await;
}

on_each_database!(cached_rows, cached_rows_in_two_processes);
