//! The engine `cache`: the contract, and what is stored.

use nuages::cache::{Cache, CacheOptions, Format};
use nuages::session::{CacheStore, SessionStore};
use nuages::time::Clock;

use crate::session_contract::{Ends, contract, key, now, record};
use crate::session_races::{app, nothing_is_lost};

pub fn in_process(clock: &Clock) -> Cache {
    let options =
        CacheOptions { format: Some(Format::Django), clock: clock.clone(), ..CacheOptions::default() };
    Cache::in_process(options)
}

#[tokio::test(flavor = "multi_thread")]
async fn cached() {
    let clock = Clock::fixed(now());
    contract(CacheStore::new(in_process(&clock)), Ends::At(Some(clock))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_lose_nothing() {
    let cache = in_process(&Clock::system());
    nothing_is_lost(vec![app(CacheStore::new(cache.clone())), app(CacheStore::new(cache))]).await;
}

#[tokio::test]
async fn entries_are_djangos() {
    let cache = in_process(&Clock::fixed(now()));
    let store = CacheStore::new(cache.clone());
    store.create(&key("i3vr09339ru910s5rx8frs5h483bpri1"), &record("bytes", 60)).await.unwrap();
    let stored =
        cache.get_bytes("django.contrib.sessions.cachei3vr09339ru910s5rx8frs5h483bpri1").await.unwrap();
    assert_eq!(stored.as_deref(), Some(&b"bytes"[..]));
}
