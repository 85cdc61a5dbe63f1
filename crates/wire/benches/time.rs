//! The time of each operation; the throughput of uploads against memcpy; PBKDF2 against OpenSSL.
//!
//! `cargo bench -p nuages-wire --bench time`

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nuages_wire::multipart::{Event, Limits, MultipartParser};
use nuages_wire::password::Hasher;

mod operations;

/// What a server reads from a socket at a time.
const CHUNK: usize = 64 << 10;
const UPLOAD: usize = 8 << 20;
const ITERATIONS: u32 = 1_000_000;

criterion_group!(benches, requests, uploads, passwords);
criterion_main!(benches);

fn requests(criterion: &mut Criterion) {
    for (name, operation) in operations::operations() {
        criterion.bench_function(name, |bencher| bencher.iter(&operation));
    }
}

fn uploads(criterion: &mut Criterion) {
    let body = body();
    let mut group = criterion.benchmark_group("upload 8 MB");
    group.throughput(Throughput::Bytes(body.len() as u64)).sample_size(30);
    group.bench_function("multipart", |bencher| bencher.iter(|| parse(&body)));
    let mut copy = vec![0; body.len()];
    group.bench_function("memcpy", |bencher| bencher.iter(|| copy.copy_from_slice(black_box(&body))));
    group.finish();

    let parsed = best_of(20, || assert_eq!(parse(&body), UPLOAD));
    let copied = best_of(20, || copy.copy_from_slice(black_box(&body)));
    println!("multipart / memcpy: {:.2} × its throughput", copied.as_secs_f64() / parsed.as_secs_f64());
}

/// The bytes of the file in an upload that comes in chunks.
fn parse(body: &Bytes) -> usize {
    let mut parser = MultipartParser::new("multipart/form-data; boundary=bOuNd", Limits::default()).unwrap();
    let mut size = 0;
    let mut drain = |parser: &mut MultipartParser| {
        while let Some(event) = parser.next_event().unwrap() {
            if let Event::Data(bytes) = event {
                size += bytes.len();
            }
        }
    };
    for start in (0..body.len()).step_by(CHUNK) {
        parser.push(body.slice(start..body.len().min(start + CHUNK)));
        drain(&mut parser);
    }
    parser.finish();
    drain(&mut parser);
    size
}

/// A file of bytes as a picture has them, line ends and dashes among them.
fn body() -> Bytes {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as u8
    };
    let mut body =
        b"--bOuNd\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.png\"\r\n\r\n".to_vec();
    body.extend((0..UPLOAD).map(|_| random()));
    body.extend_from_slice(b"\r\n--bOuNd--\r\n");
    body.into()
}

fn passwords(_: &mut Criterion) {
    let hasher = Hasher::Pbkdf2Sha256 { iterations: ITERATIONS };
    let openssl = |iterations: u32| {
        let status = Command::new("openssl")
            .args(["kdf", "-keylen", "32", "-kdfopt", "digest:SHA256", "-kdfopt", "pass:correct horse"])
            .args(["-kdfopt", "salt:abcdefghijklmnopqrstuv", "-kdfopt", &format!("iter:{iterations}")])
            .args(["-binary", "PBKDF2"])
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("openssl; install with: apt-get install -y openssl").success());
    };
    // In turns, so that what else the machine does meets both.
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for _ in 0..9 {
        let encode = || drop(black_box(hasher.encode("correct horse", "abcdefghijklmnopqrstuv")));
        ours = ours.min(best_of(1, encode));
        theirs = theirs.min(best_of(1, || openssl(ITERATIONS)));
    }
    // A process takes milliseconds to start, which are not PBKDF2's.
    theirs -= best_of(9, || openssl(1));
    println!(
        "pbkdf2_sha256, {ITERATIONS} iterations: {:.0} ms, openssl {:.0} ms: {:.2} × its time",
        ours.as_secs_f64() * 1e3,
        theirs.as_secs_f64() * 1e3,
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
}

fn best_of(runs: usize, mut run: impl FnMut()) -> Duration {
    let time = |_| {
        let started = Instant::now();
        run();
        started.elapsed()
    };
    (0..runs).map(time).min().unwrap_or_default()
}
