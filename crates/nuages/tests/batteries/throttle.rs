//! The throttle: no more than its limit, also at once.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nuages::cache::{Cache, CacheOptions};
use nuages::throttle::Throttle;
use nuages::time::Clock;

fn throttle() -> (Throttle, Clock) {
    // Whole multiple of five minutes.
    let clock = Clock::fixed(Timestamp::from_second(1_768_478_400).unwrap());
    let cache = Cache::in_process(CacheOptions { clock: clock.clone(), ..CacheOptions::default() });
    (Throttle::new(cache, "login", 5, Duration::from_secs(300)), clock)
}

#[tokio::test]
async fn a_window_holds_its_limit_and_says_when_it_ends() {
    let (throttle, clock) = throttle();
    let key = ["203.0.113.9", "zhangwei"];
    for _ in 0..5 {
        throttle.attempt(&key).await.unwrap();
    }
    clock.advance(SignedDuration::from_millis(100_500));
    for _ in 0..3 {
        let refused = throttle.attempt(&key).await.unwrap_err();
        assert_eq!(refused.status(), 429);
        let response = axum::response::IntoResponse::into_response(refused);
        assert_eq!(response.headers()["retry-after"], "200");
    }
    throttle.attempt(&["203.0.113.9", "liming"]).await.unwrap();
    throttle.attempt(&["203.0.113.10", "zhangwei"]).await.unwrap();
    throttle.attempt(&["203.0.113.9z", "hangwei"]).await.unwrap();
    clock.advance(SignedDuration::from_millis(199_500));
    throttle.attempt(&key).await.unwrap();
}

#[tokio::test]
async fn a_good_attempt_takes_the_count_back() {
    let (throttle, _) = throttle();
    for _ in 0..20 {
        throttle.attempt(&["a"]).await.unwrap();
        throttle.reset(&["a"]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_do_not_slip_through() {
    let (throttle, _) = throttle();
    let attempts: Vec<_> = (0..100)
        .map(|_| {
            let throttle = throttle.clone();
            tokio::spawn(async move { throttle.attempt(&["a"]).await.is_ok() })
        })
        .collect();
    let mut passed = 0;
    for attempt in attempts {
        passed += usize::from(attempt.await.unwrap());
    }
    assert_eq!(passed, 5);
}
