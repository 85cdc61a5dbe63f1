//! The contract on Redis in each of its forms, and Redis in trouble.

use std::process::Command;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use nuages::cache::redis::{Redis, RedisOptions};
use nuages::cache::{Cache, CacheBackend, CacheOptions, Format};
use nuages::error::ErrorKind;
use nuages_wire::cache::{Compressor, Expiry, Serializer};
use nuages_wire::pickle::Protocol;

use crate::contract::holds_for;
use crate::server::{Server, cli, free_port, wait_until};

const ZLIB_JSON: Format = Format::DjangoRedis { serializer: Serializer::Json, compressor: Compressor::Zlib };
const MSGPACK: Format =
    Format::DjangoRedis { serializer: Serializer::MsgPack, compressor: Compressor::Identity };
const PICKLE: Format =
    Format::DjangoRedis { serializer: Serializer::Pickle(Protocol::V4), compressor: Compressor::Zlib };

/// The server that `cargo xtask test` started, or one of our own.
fn shared_url() -> (String, Option<Server>) {
    match std::env::var("NUAGES_TEST_REDIS_URL") {
        Ok(url) => (url, None),
        Err(_) => {
            let server = Server::start(&[]);
            (server.url(), Some(server))
        }
    }
}

fn open(url: &str, format: Option<Format>) -> Cache {
    let key_prefix = format!("test{:x}", std::process::id()) + &format!("{format:?}");
    Cache::from_url(url, CacheOptions { key_prefix, format, ..CacheOptions::default() }).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_in_every_format() {
    let (url, _server) = shared_url();
    for format in [None, Some(Format::Json), Some(ZLIB_JSON), Some(MSGPACK), Some(PICKLE)] {
        holds_for(&open(&url, format)).await;
    }
}

#[tokio::test]
async fn a_unix_socket_with_login_and_database() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("redis.sock");
    let socket = socket.to_str().unwrap();
    let server = Server::start(&["--unixsocket", socket, "--requirepass", "p@ss"]);
    let url = format!("unix://:p%40ss@{socket}?db=3");
    let cache = open(&url, None);
    holds_for(&cache).await;
    cache.set("k", &1, None).await.unwrap();
    let keys = server.ask(&["-a", "p@ss", "--no-auth-warning", "-n", "3", "DBSIZE"]);
    assert_ne!(keys, "0");
    cache.clear().await.unwrap();
    assert_eq!(server.ask(&["-a", "p@ss", "--no-auth-warning", "-n", "3", "DBSIZE"]), "0");
    let refused = open(&server.url(), None).get::<i64>("k").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(refused.to_string().contains("NOAUTH"), "{refused}");
}

#[tokio::test]
async fn tls_with_an_authority_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (authority, certificate, key) = (path("ca.pem"), path("server.pem"), path("server.key"));
    openssl(&["-subj", "/CN=test", "-keyout", &path("ca.key"), "-out", &authority]);
    let signed = ["-CA", &authority, "-CAkey", &path("ca.key"), "-addext", "subjectAltName=IP:127.0.0.1"];
    let made = ["-subj", "/CN=redis", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", &key];
    openssl(&[&signed[..], &made, &["-out", &certificate]].concat());
    let port = free_port();
    let tls = ["--tls-port", &port.to_string(), "--tls-auth-clients", "no"];
    let files = ["--tls-cert-file", &certificate, "--tls-key-file", &key, "--tls-ca-cert-file", &authority];
    let server = Server::start(&[&tls[..], &files].concat());
    holds_for(&open(&format!("rediss://127.0.0.1:{port}/1?ssl_ca_certs={authority}"), None)).await;
    assert_ne!(server.ask(&["-n", "1", "DBSIZE"]), "0");

    let stranger = open(&format!("rediss://localhost:{port}?ssl_ca_certs={authority}"), None);
    let refused = stranger.get::<i64>("k").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(refused.to_string().contains("certificate"), "of another name: {refused}");
    let nobody = Cache::from_url("rediss://localhost?ssl_ca_certs=/nowhere.pem", CacheOptions::default());
    assert_eq!(nobody.unwrap_err().kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn a_server_that_is_away_is_told_and_a_server_that_is_back_is_served() {
    let port = free_port();
    let cache = open(&format!("redis://127.0.0.1:{port}"), None);
    let started = Instant::now();
    let away = cache.get::<i64>("k").await.unwrap_err();
    assert_eq!(away.kind(), ErrorKind::Unavailable);
    assert!(away.retry_after().is_some());
    assert!(started.elapsed() < Duration::from_secs(1));

    let mut server = Server::start_in(tempfile::tempdir().unwrap(), port, Vec::new());
    served_within(&cache, Duration::from_secs(1)).await;
    for _ in 0..3 {
        server.kill();
        assert_eq!(cache.get::<i64>("k").await.unwrap_err().kind(), ErrorKind::Unavailable);
        tokio::time::sleep(Duration::from_millis(700)).await;
        let started = Instant::now();
        assert!(cache.get::<i64>("k").await.is_err());
        assert!(started.elapsed() < Duration::from_millis(100), "fails at once while it is known to be away");
        server.restart();
        served_within(&cache, Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_answers_nobody_wrongly() {
    let server = Server::start(&[]);
    let mut options = RedisOptions::from_url(&server.url()).unwrap();
    options.response_timeout = Duration::from_millis(300);
    let cache = Cache::redis(&options, CacheOptions::default()).unwrap();
    for number in 0..50 {
        cache.set(&format!("k{number}"), &number, None).await.unwrap();
    }
    server.freeze(true);
    let started = Instant::now();
    assert_eq!(cache.incr("k0", 1).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let waited = started.elapsed();
    assert!(waited >= Duration::from_millis(290) && waited < Duration::from_secs(1), "{waited:?}");
    let started = Instant::now();
    assert!(cache.get::<i64>("k1").await.is_err());
    assert!(started.elapsed() < Duration::from_millis(100), "later ones need not wait");
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.freeze(false);
    served_within(&cache, Duration::from_secs(1)).await;
    for number in 1..50 {
        assert_eq!(cache.get(&format!("k{number}")).await.unwrap(), Some(number));
    }
    // Whether the unknown one happened is Redis's to say; it happened at most once.
    assert!(cache.get::<i64>("k0").await.unwrap().unwrap() <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_a_crash_gives_errors_and_never_another_ones_answer() {
    let mut server = Server::start(&[]);
    let cache = open(&server.url(), Some(Format::Json));
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let readers: Vec<_> = (0..32)
        .map(|reader| {
            let (cache, stop) = (cache.clone(), stop.clone());
            tokio::spawn(async move {
                let (mut right, mut failed) = (0_u64, 0_u64);
                let key = format!("reader{reader}");
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    let _ = cache.set(&key, &reader, None).await;
                    match cache.get::<i32>(&key).await {
                        Ok(None) => {}
                        Ok(Some(value)) if value == reader => right += 1,
                        Ok(Some(value)) => panic!("{value} for {reader}"),
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::Unavailable);
                            failed += 1;
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                    }
                }
                (right, failed)
            })
        })
        .collect();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.kill();
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.restart();
        served_within(&cache, Duration::from_secs(1)).await;
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for reader in readers {
        let (right, failed) = reader.await.unwrap();
        assert!(right > 0 && failed > 0, "{right} right, {failed} failed");
    }
}

#[tokio::test]
async fn what_is_never_polled_is_never_sent() {
    let server = Server::start(&[]);
    let redis = Redis::new(&RedisOptions::from_url(&server.url()).unwrap()).unwrap();
    drop(redis.set("k", "unsent".into(), Expiry::Never));
    drop(redis.clear());
    assert_eq!(redis.get("k").await.unwrap(), None);
    assert!(!server.ask(&["INFO", "commandstats"]).contains("cmdstat_set:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_goes_away_leaves_its_answer_to_nobody() {
    let server = Server::start(&[]);
    let redis = Redis::new(&RedisOptions::from_url(&server.url()).unwrap()).unwrap();
    let redis = std::sync::Arc::new(redis);
    let readers = (0..32).map(|reader| {
        let redis = std::sync::Arc::clone(&redis);
        tokio::spawn(async move {
            let (mine, gone) = (format!("reader{reader}"), format!("gone{reader}"));
            for key in [&mine, &gone] {
                redis.set(key, key.clone().into(), Expiry::Never).await.unwrap();
            }
            for round in 0..500 {
                let mut left = redis.get(&gone);
                // Now and then it goes only after its answer has come.
                assert!((&mut left).now_or_never().is_none());
                if round % 3 == 0 {
                    tokio::task::yield_now().await;
                } else if round % 50 == 1 {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                drop(left);
                assert_eq!(redis.get(&mine).await.unwrap().unwrap(), mine);
            }
        })
    });
    futures_util::future::try_join_all(readers).await.unwrap();
}

#[tokio::test]
async fn a_command_of_a_script_is_repeated_only_when_the_server_does_not_know_it() {
    let server = Server::start(&[]);
    let cache = open(&server.url(), None);
    cache.set("n", &1, None).await.unwrap();
    assert_eq!(cache.incr("n", 1).await.unwrap(), Some(2));
    server.ask(&["SCRIPT", "FLUSH"]);
    assert_eq!(cache.incr("n", 1).await.unwrap(), Some(3));
    server.ask(&["CONFIG", "RESETSTAT"]);
    assert_eq!(cache.get("n").await.unwrap(), Some(3));
    cache.compare_and_swap("n", &Bytes::from_static(b"3"), Bytes::from_static(b"4"), None).await.unwrap();
    let statistics = server.ask(&["INFO", "commandstats"]);
    assert!(!statistics.contains("cmdstat_ping"), "{statistics}");
    assert!(statistics.contains("cmdstat_get:calls=2"), "one read, and one in the script: {statistics}");
}

#[tokio::test]
async fn where_exceptions_are_ignored_nothing_is_found_and_nothing_is_kept() {
    let mut server = Server::start(&[]);
    let options = CacheOptions { ignore_exceptions: true, ..CacheOptions::default() };
    let cache = Cache::from_url(&server.url(), options).unwrap();
    cache.set("k", &1, None).await.unwrap();
    server.kill();
    assert_eq!(cache.get::<i64>("k").await.unwrap(), None);
    cache.set("k", &2, None).await.unwrap();
    assert!(!cache.add("k", &2, None).await.unwrap());
    assert!(cache.get_many::<i64>(&["k"]).await.unwrap().is_empty());
    let expected = Bytes::from_static(b"1");
    assert!(cache.compare_and_delete("k", &expected).await.is_err());
    server.restart();
    let started = Instant::now();
    while cache.set("k", &3, None).await.is_ok() && cache.get::<i64>("k").await.unwrap().is_none() {
        assert!(started.elapsed() < Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster() {
    let arguments = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
    let nodes: Vec<_> = (0..3).map(|_| Server::start(&arguments)).collect();
    let places: Vec<_> = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
    let mut create = vec!["--cluster", "create"];
    create.extend(places.iter().map(String::as_str));
    create.extend(["--cluster-replicas", "0", "--cluster-yes"]);
    cli(nodes[0].port, &create);
    wait_until("a cluster", Duration::from_secs(20), || {
        nodes.iter().all(|node| node.ask(&["CLUSTER", "INFO"]).contains("cluster_state:ok"))
    });
    let cache = open(&format!("redis+cluster://{}", places[2]), None);
    holds_for(&cache).await;
    for number in 0..100 {
        cache.set(&format!("k{number}"), &number, None).await.unwrap();
    }
    for node in &nodes {
        assert_ne!(node.ask(&["DBSIZE"]), "0");
    }

    // A slot that moves: its commands follow.
    let slot: u16 = nodes[0].ask(&["CLUSTER", "KEYSLOT", &cache.make_key("k1")]).parse().unwrap();
    let (slot, ids) = (slot.to_string(), nodes.iter().map(|node| node.ask(&["CLUSTER", "MYID"])));
    let ids: Vec<_> = ids.collect();
    let owner = nodes.iter().position(|node| node.ask(&["EXISTS", &cache.make_key("k1")]) == "1").unwrap();
    let other = (owner + 1) % 3;
    nodes[other].ask(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &ids[owner]]);
    nodes[owner].ask(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &ids[other]]);
    let port = nodes[other].port.to_string();
    nodes[owner].ask(&["MIGRATE", "127.0.0.1", &port, &cache.make_key("k1"), "0", "1000"]);
    assert_eq!(cache.get("k1").await.unwrap(), Some(1), "ASK");
    for node in &nodes {
        node.ask(&["CLUSTER", "SETSLOT", &slot, "NODE", &ids[other]]);
    }
    assert_eq!(cache.get("k1").await.unwrap(), Some(1), "MOVED");
    cache.clear().await.unwrap();
    for node in &nodes {
        assert_eq!(node.ask(&["DBSIZE"]), "0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failover_by_sentinel() {
    let mut master = Server::start(&[]);
    let port = master.port.to_string();
    let replica = Server::start(&["--replicaof", "127.0.0.1", &port, "--repl-diskless-sync-delay", "0"]);
    let sentinels: Vec<_> = (0..3)
        .map(|_| {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("sentinel.conf");
            let text = format!(
                "sentinel monitor shop 127.0.0.1 {port} 2\nsentinel down-after-milliseconds shop 1000\n\
                 sentinel failover-timeout shop 3000\n"
            );
            std::fs::write(&file, text).unwrap();
            let arguments = vec![file.to_str().unwrap().to_owned(), "--sentinel".to_owned()];
            Server::start_in(folder, free_port(), arguments)
        })
        .collect();
    wait_until("the replica", Duration::from_secs(20), || {
        replica.ask(&["INFO", "replication"]).contains("master_link_status:up")
    });
    wait_until("the Sentinels", Duration::from_secs(20), || {
        sentinels.iter().all(|sentinel| sentinel.ask(&["SENTINEL", "ckquorum", "shop"]).starts_with("OK 3"))
    });
    let places: Vec<_> = sentinels.iter().map(|sentinel| format!("127.0.0.1:{}", sentinel.port)).collect();
    let url = format!("redis+sentinel://{}/shop/0", places.join(","));
    let cache = open(&url, None);
    holds_for(&cache).await;
    cache.set("kept", &1, None).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;

    master.kill();
    assert_eq!(cache.get::<i64>("kept").await.unwrap_err().kind(), ErrorKind::Unavailable);
    served_within(&cache, Duration::from_secs(20)).await;
    assert_eq!(cache.get("kept").await.unwrap(), Some(1));
    assert!(replica.ask(&["ROLE"]).starts_with("master"));

    // The old master comes back, and takes itself for one until the Sentinels demote it: nobody writes to it.
    wait_until("the Sentinels' agreement", Duration::from_secs(20), || {
        let named = |sentinel: &Server| sentinel.ask(&["SENTINEL", "get-master-addr-by-name", "shop"]);
        sentinels.iter().all(|sentinel| named(sentinel).ends_with(&replica.port.to_string()))
    });
    master.restart();
    let newcomer = open(&url, None);
    for (cache, value) in [(&cache, 2), (&newcomer, 3)] {
        cache.set("kept", &value, None).await.unwrap();
        assert_eq!(cache.get("kept").await.unwrap(), Some(value));
        assert_eq!(replica.ask(&["GET", &cache.make_key("kept")]), value.to_string());
    }

    // As a replica it disturbs nobody. The Sentinels look at it every ten seconds, and wait eight before they act.
    wait_until("the old master", Duration::from_secs(90), || master.ask(&["ROLE"]).starts_with("slave"));
    for (cache, value) in [(&cache, 4), (&newcomer, 5)] {
        cache.set("kept", &value, None).await.unwrap();
        assert_eq!(cache.get("kept").await.unwrap(), Some(value));
    }
}

/// A key and its certificate.
fn openssl(arguments: &[&str]) {
    let curve =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    let output = Command::new("openssl").args(curve).args(arguments).output();
    let output = output.expect("no openssl; install with: apt-get install -y openssl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Waits until writes pass, and prints how long it took.
async fn served_within(cache: &Cache, patience: Duration) {
    let started = Instant::now();
    while let Err(error) = cache.set("served", &1, None).await {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(started.elapsed() < patience, "not served within {patience:?}: {error}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("served again after {:?}", started.elapsed());
}
