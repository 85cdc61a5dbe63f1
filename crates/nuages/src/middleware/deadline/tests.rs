#![allow(clippy::unwrap_used)]

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::time::sleep;
use tower::ServiceExt;

use super::*;
use crate::upload::FormData;
use crate::urls::{self, Policy, Urls};

fn app() -> Router {
    let settings = Settings::default();
    let stuck = || post(|| async { sleep(Duration::from_secs(3600)).await });
    let (router, reverse) = Urls::<()>::new()
        .path("form", post(|form: FormData| async move { form.get("a").unwrap_or_default().to_owned() }), "")
        .path("unread", post(|| async { "no, thanks" }), "")
        .path("stuck", stuck(), "")
        .path("patient", stuck(), "")
        .policy(Policy { timeout: Some(Duration::from_secs(300)), ..Policy::default() })
        .path("hasty", stuck(), "")
        .policy(Policy { timeout: Some(Duration::from_secs(5)), ..Policy::default() })
        .build(&settings)
        .unwrap();
    router
        .layer(from_fn_with_state(reverse, urls::resolve))
        .layer(from_fn_with_state(Arc::new(settings), deadline))
}

async fn call(path: &str, body: Body) -> (u16, Duration) {
    let begun = Instant::now();
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body)
        .unwrap();
    (app().oneshot(request).await.unwrap().status().as_u16(), begun.elapsed())
}

/// A byte a second, `count` times.
fn slow(count: usize, chunk: &'static [u8]) -> Body {
    Body::from_stream(stream::iter(0..count).then(move |_| async move {
        sleep(Duration::from_secs(1)).await;
        Ok::<_, Infallible>(Bytes::from_static(chunk))
    }))
}

#[tokio::test(start_paused = true)]
async fn a_byte_a_second_is_408() {
    let (status, time) = call("/form", slow(1000, b"a")).await;
    assert_eq!((status, time.as_secs()), (408, 60));
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_that_keeps_coming_may_finish() {
    let (status, time) = call("/form", slow(100, &[b'a'; 16 << 10])).await;
    assert_eq!((status, time.as_secs()), (200, 100));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_too_long_is_503() {
    let (status, time) = call("/stuck", Body::empty()).await;
    assert_eq!((status, time.as_secs()), (503, 30));
    let (status, time) = call("/stuck", Body::from("a=1")).await;
    assert_eq!((status, time.as_secs()), (503, 30));
    let (status, time) = call("/hasty", Body::empty()).await;
    assert_eq!((status, time.as_secs()), (503, 5));
    let (status, time) = call("/patient", Body::empty()).await;
    assert_eq!((status, time.as_secs()), (503, 300));
}

#[tokio::test]
async fn what_a_handler_did_not_read_is_read_to_its_end() {
    let read = Arc::new(AtomicUsize::new(0));
    let counted = read.clone();
    let body = Body::from_stream(stream::iter(0..50).map(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok::<_, Infallible>(Bytes::from_static(&[0; 1024]))
    }));
    assert_eq!(call("/unread", body).await.0, 200);
    assert_eq!(read.load(Ordering::SeqCst), 50);
}

#[tokio::test(start_paused = true)]
async fn a_rest_that_never_ends_is_given_up() {
    let (status, time) = call("/unread", slow(1000, b"a")).await;
    assert_eq!((status, time.as_secs()), (200, 30));
}

#[tokio::test]
async fn a_client_that_waits_for_100_is_not_asked_for_its_body() {
    let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let request = Request::post("/unread").header(header::EXPECT, "100-continue").body(body).unwrap();
    assert_eq!(app().oneshot(request).await.unwrap().status(), 200);
}
