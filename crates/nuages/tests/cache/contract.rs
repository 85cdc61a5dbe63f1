//! What `django.core.cache` promises, whatever the entries are in.

use std::time::Duration;

use bytes::Bytes;
use nuages::cache::{Cache, CacheOptions, Swapped, Timeout, Ttl};
use serde::{Deserialize, Serialize};

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Cart {
    owner: String,
    lines: Vec<(i64, u32)>,
    note: Option<String>,
    weight: f64,
}

/// Every promise, one after the other, on a cache whose prefix nobody else has.
pub(crate) async fn holds_for(cache: &Cache) {
    values(cache).await;
    times(cache).await;
    counting(cache).await;
    comparing(cache).await;
    many(cache).await;
    versions(cache).await;
    at_once(cache).await;
}

async fn values(cache: &Cache) {
    assert_eq!(cache.get::<i64>("k").await.unwrap(), None);
    let cart = Cart { owner: "张伟".into(), lines: vec![(1, 2), (3, 4)], note: None, weight: 1.5 };
    cache.set("k", &cart, MINUTE).await.unwrap();
    assert_eq!(cache.get::<Cart>("k").await.unwrap(), Some(cart));
    assert_eq!(cache.get::<String>("k").await.unwrap(), None, "of another type: a miss");
    assert!(cache.has_key("k").await.unwrap());
    assert!(!cache.add("k", &1, MINUTE).await.unwrap());
    assert!(cache.delete("k").await.unwrap());
    assert!(!cache.delete("k").await.unwrap());
    assert!(cache.add("k", &1, MINUTE).await.unwrap());
    assert_eq!(cache.get("k").await.unwrap(), Some(1));
    let first = cache.get_shared::<i64>("k").await.unwrap().unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &cache.get_shared("k").await.unwrap().unwrap()));

    let long = "长".repeat(200_000);
    cache.set("long", &long, MINUTE).await.unwrap();
    assert_eq!(cache.get("long").await.unwrap(), Some(long));
    let odd = "with spaces\r\nand 中文";
    cache.set_bytes(odd, Bytes::from_static(b"\x00\xff\r\n"), MINUTE).await.unwrap();
    assert_eq!(cache.get_bytes(odd).await.unwrap().as_deref(), Some(&b"\x00\xff\r\n"[..]));
    assert_eq!(cache.get_or_set("made", MINUTE, || async { Ok(5) }).await.unwrap(), 5);
    assert_eq!(cache.get_or_set("made", MINUTE, || async { Ok(6) }).await.unwrap(), 5);
}

async fn times(cache: &Cache) {
    cache.set("ever", &1, None).await.unwrap();
    assert_eq!(cache.ttl("ever").await.unwrap(), Ttl::Never);
    assert_eq!(cache.ttl("nothing").await.unwrap(), Ttl::Missing);
    cache.set("default", &1, Timeout::Default).await.unwrap();
    let Ttl::After(left) = cache.ttl("default").await.unwrap() else { panic!("no time") };
    assert!(left > Duration::from_secs(290) && left <= Duration::from_secs(300), "{left:?}");
    assert!(cache.touch("default", None).await.unwrap());
    assert_eq!(cache.ttl("default").await.unwrap(), Ttl::Never);
    assert!(cache.touch("default", None).await.unwrap());
    assert!(cache.touch("default", MINUTE).await.unwrap());
    assert!(matches!(cache.ttl("default").await.unwrap(), Ttl::After(_)));
    assert!(cache.touch("default", Duration::ZERO).await.unwrap());
    assert!(!cache.touch("default", MINUTE).await.unwrap());

    cache.set("ever", &2, Duration::ZERO).await.unwrap();
    assert!(!cache.has_key("ever").await.unwrap());
    assert!(cache.add("ever", &2, Duration::ZERO).await.unwrap());
    assert!(!cache.has_key("ever").await.unwrap());
    cache.set("short", &1, Duration::from_secs(1)).await.unwrap();
    assert!(cache.add("short2", &1, Duration::from_secs(1)).await.unwrap());
    assert!(cache.has_key("short").await.unwrap());
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert!(!cache.has_key("short").await.unwrap());
    assert_eq!(cache.get::<i64>("short2").await.unwrap(), None);
}

async fn counting(cache: &Cache) {
    assert_eq!(cache.incr("count", 1).await.unwrap(), None);
    assert!(!cache.has_key("count").await.unwrap());
    cache.set("count", &10, MINUTE).await.unwrap();
    assert_eq!(cache.incr("count", 5).await.unwrap(), Some(15));
    assert_eq!(cache.decr("count", 20).await.unwrap(), Some(-5));
    assert_eq!(cache.get("count").await.unwrap(), Some(-5));
    assert!(matches!(cache.ttl("count").await.unwrap(), Ttl::After(_)), "the time is kept");
    cache.set("count", "text", MINUTE).await.unwrap();
    assert_eq!(cache.incr("count", 1).await.unwrap_err().status(), 409);
    cache.set("count", &i64::MAX, MINUTE).await.unwrap();
    assert_eq!(cache.incr("count", 1).await.unwrap_err().status(), 409);
    assert_eq!(cache.get("count").await.unwrap(), Some(i64::MAX));
}

async fn comparing(cache: &Cache) {
    let (one, two) = (Bytes::from_static(b"one\x00"), Bytes::from_static(b"two"));
    let swap = async |expected: &Bytes, value: &Bytes| {
        cache.compare_and_swap("cas", expected, value.clone(), MINUTE).await.unwrap()
    };
    assert_eq!(swap(&one, &two).await, Swapped::Missing);
    assert!(cache.add_bytes("cas", one.clone(), None).await.unwrap());
    assert_eq!(swap(&two, &two).await, Swapped::Changed(one.clone()));
    assert_eq!(cache.ttl("cas").await.unwrap(), Ttl::Never);
    assert_eq!(swap(&one, &two).await, Swapped::Done);
    assert!(matches!(cache.ttl("cas").await.unwrap(), Ttl::After(_)));
    assert_eq!(cache.compare_and_delete("cas", &one).await.unwrap(), Swapped::Changed(two.clone()));
    assert_eq!(cache.compare_and_delete("cas", &two).await.unwrap(), Swapped::Done);
    assert_eq!(cache.compare_and_delete("cas", &two).await.unwrap(), Swapped::Missing);
    let empty = Bytes::new();
    cache.set_bytes("cas", empty.clone(), None).await.unwrap();
    assert_eq!(swap(&one, &two).await, Swapped::Changed(empty.clone()));
    assert_eq!(swap(&empty, &two).await, Swapped::Done);
}

async fn many(cache: &Cache) {
    cache.set_many([("a", &1), ("b", &2)], MINUTE).await.unwrap();
    cache.set("c", "text", MINUTE).await.unwrap();
    let found = cache.get_many::<i64>(&["a", "b", "c", "d"]).await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert!(matches!(cache.ttl("b").await.unwrap(), Ttl::After(_)));
    assert_eq!(cache.delete_many(&["a", "b", "d"]).await.unwrap(), 2);
    assert!(cache.get_many::<i64>(&["a", "b"]).await.unwrap().is_empty());
    assert!(cache.get_many::<i64>(&[]).await.unwrap().is_empty());
    assert_eq!(cache.delete_many(&[]).await.unwrap(), 0);
}

async fn versions(cache: &Cache) {
    let second = cache.with_version(2);
    cache.set("v", &1, MINUTE).await.unwrap();
    second.set("v", &2, MINUTE).await.unwrap();
    assert_eq!(cache.get("v").await.unwrap(), Some(1));
    assert_eq!(second.get("v").await.unwrap(), Some(2));
    assert!(second.delete("v").await.unwrap());
    assert!(cache.has_key("v").await.unwrap());
}

/// Of many at once nothing is lost, and of many who replace the same one does.
async fn at_once(cache: &Cache) {
    cache.set("n", &0, MINUTE).await.unwrap();
    cache.set_bytes("cas", Bytes::from_static(b"0"), MINUTE).await.unwrap();
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let cache = cache.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    cache.incr("n", 1).await.unwrap();
                    assert_eq!(cache.get::<String>("none").await.unwrap(), None);
                }
                let mine = Bytes::from(format!("task {task}"));
                let zero = Bytes::from_static(b"0");
                let swapped = cache.compare_and_swap("cas", &zero, mine, MINUTE).await.unwrap();
                usize::from(swapped == Swapped::Done)
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        done += task.await.unwrap();
    }
    assert_eq!(done, 1);
    assert_eq!(cache.get("n").await.unwrap(), Some(64 * 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_process() {
    holds_for(&Cache::in_process(CacheOptions::default())).await;
}
