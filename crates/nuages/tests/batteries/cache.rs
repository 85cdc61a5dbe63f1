//! The cache: what `django.core.cache` promises, and what it does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nuages::cache::{Cache, CacheOptions, Timeout};
use nuages::time::Clock;
use nuages::{Error, Result};

const MINUTE: Duration = Duration::from_secs(60);

fn cache() -> (Cache, Clock) {
    let clock = Clock::fixed(Timestamp::from_second(1_768_478_400).unwrap());
    (Cache::in_process(CacheOptions { clock: clock.clone(), ..CacheOptions::default() }), clock)
}

#[tokio::test]
async fn an_entry_stands_for_its_time() {
    let (cache, clock) = cache();
    cache.set("short", &1, MINUTE).await.unwrap();
    cache.set("default", &2, Timeout::Default).await.unwrap();
    cache.set("ever", &3, None).await.unwrap();
    cache.set("gone", &4, Duration::ZERO).await.unwrap();
    assert_eq!(cache.get::<i64>("gone").await.unwrap(), None);
    clock.advance(SignedDuration::from_secs(59));
    assert_eq!(cache.get("short").await.unwrap(), Some(1));
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(cache.get::<i64>("short").await.unwrap(), None);
    assert!(!cache.touch("short", MINUTE).await.unwrap());
    clock.advance(SignedDuration::from_secs(240));
    assert_eq!(cache.get::<i64>("default").await.unwrap(), None);
    clock.advance(SignedDuration::from_hours(24 * 365));
    assert_eq!(cache.get("ever").await.unwrap(), Some(3));
}

#[tokio::test]
async fn versions_and_prefixes_keep_apart() {
    let options = CacheOptions { key_prefix: "shop".into(), ..CacheOptions::default() };
    let cache = Cache::in_process(options);
    assert_eq!(cache.make_key("index"), "shop:1:index");
    assert_eq!(self::cache().0.make_key("index"), ":1:index");
    let second = cache.with_version(2);
    cache.set("index", "one", MINUTE).await.unwrap();
    second.set("index", "two", MINUTE).await.unwrap();
    assert_eq!(cache.get::<String>("index").await.unwrap().as_deref(), Some("one"));
    assert!(second.delete("index").await.unwrap());
    assert!(!second.delete("index").await.unwrap());
    assert!(cache.has_key("index").await.unwrap());
    cache.clear().await.unwrap();
    assert!(!cache.has_key("index").await.unwrap());
    cache.set("index", "three", MINUTE).await.unwrap();
    assert!(cache.has_key("index").await.unwrap());
}

#[tokio::test]
async fn incr_keeps_the_time_and_loses_nothing() {
    let (cache, clock) = cache();
    assert_eq!(cache.incr("count", 1).await.unwrap(), None);
    assert!(cache.add("count", &0, MINUTE).await.unwrap());
    assert!(!cache.add("count", &9, MINUTE).await.unwrap());
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let cache = cache.clone();
            std::thread::spawn(move || {
                futures_util::FutureExt::now_or_never(async { cache.incr("count", 3).await.unwrap() })
                    .unwrap()
            })
        })
        .collect();
    for task in tasks {
        task.join().unwrap();
    }
    assert_eq!(cache.get("count").await.unwrap(), Some(192));
    clock.advance(SignedDuration::from_secs(60));
    assert_eq!(cache.get::<i64>("count").await.unwrap(), None);

    cache.set("text", "a", MINUTE).await.unwrap();
    assert!(cache.incr("text", 1).await.is_err());
    cache.set("huge", &i64::MAX, MINUTE).await.unwrap();
    assert!(cache.incr("huge", 1).await.is_err());
    assert_eq!(cache.get("huge").await.unwrap(), Some(i64::MAX));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_miss_one_computes() {
    let (cache, _) = cache();
    let runs = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..50)
        .map(|_| {
            let (cache, runs) = (cache.clone(), Arc::clone(&runs));
            tokio::spawn(async move {
                let make = || async {
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    Ok(runs.fetch_add(1, Ordering::SeqCst))
                };
                cache.get_or_set_shared("slow", MINUTE, make).await.unwrap()
            })
        })
        .collect();
    let mut first = None;
    for reader in readers {
        let value = reader.await.unwrap();
        assert!(Arc::ptr_eq(&value, first.get_or_insert_with(|| value.clone())), "decoded once");
    }
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_failure_is_not_stored_and_one_who_left_holds_nobody_up() {
    let (cache, _) = cache();
    let failed: Result<u8> =
        cache.get_or_set("k", MINUTE, || async { Err(Error::unavailable("away")) }).await;
    assert!(failed.is_err());
    let never = cache.get_or_set("k", MINUTE, std::future::pending::<Result<u8>>);
    assert!(tokio::time::timeout(Duration::from_millis(10), never).await.is_err());
    assert_eq!(cache.get_or_set("k", MINUTE, || async { Ok(5_u8) }).await.unwrap(), 5);
    assert_eq!(cache.get("k").await.unwrap(), Some(5));
}

#[tokio::test]
async fn what_was_computed_before_a_delete_is_not_stored_after_it() {
    let (cache, _) = cache();
    let stale = {
        let cache = cache.clone();
        async move {
            let inner = cache.clone();
            let make = || async move {
                inner.delete("goods").await?;
                Ok("old".to_owned())
            };
            cache.get_or_set("goods", MINUTE, make).await.unwrap()
        }
    };
    assert_eq!(stale.await, "old");
    assert_eq!(cache.get::<String>("goods").await.unwrap(), None);
}

#[tokio::test]
async fn an_entry_of_another_shape_is_a_miss_and_is_replaced() {
    let (cache, _) = cache();
    cache.set("k", &vec![1, 2], MINUTE).await.unwrap();
    assert_eq!(cache.get::<String>("k").await.unwrap(), None);
    assert_eq!(cache.get_or_set("k", MINUTE, || async { Ok("text".to_owned()) }).await.unwrap(), "text");
    assert_eq!(cache.get_shared::<String>("k").await.unwrap().as_deref().map(String::as_str), Some("text"));
}

#[tokio::test]
async fn it_is_bounded_and_the_newest_stay() {
    let cache = Cache::in_process(CacheOptions { max_bytes: 100_000, ..CacheOptions::default() });
    for number in 0..1000 {
        cache.set(&format!("k{number}"), &"x".repeat(1000), None).await.unwrap();
    }
    // Eviction runs behind the writes, in batches.
    tokio::time::sleep(Duration::from_millis(500)).await;
    cache.set("last", "x", None).await.unwrap();
    let mut left = 0;
    for number in 0..1000 {
        left += usize::from(cache.has_key(&format!("k{number}")).await.unwrap());
    }
    assert!(left < 200, "{left} entries are left");
    assert!(cache.has_key("last").await.unwrap());
}

#[test]
fn a_cache_that_is_not_there_yet_says_so() {
    assert!(Cache::from_url("locmem://", CacheOptions::default()).is_ok());
    let memcached = Cache::from_url("memcached://:secret@10.0.0.1", CacheOptions::default()).unwrap_err();
    assert_eq!(memcached.kind(), nuages::error::ErrorKind::Unsupported);
    assert!(!memcached.to_string().contains("secret"));
    let odd = Cache::from_url("gopher://x", CacheOptions::default()).unwrap_err();
    assert_eq!(odd.kind(), nuages::error::ErrorKind::Configuration);
}
