//! Tokens: those that itsdangerous 2.2.0 made with these keys at 2026-01-15 12:00:00 UTC.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nuages::error::{Error, ErrorKind};
use nuages::time::Clock;
use nuages::token::{TimedToken, TokenError};
use nuages_wire::crypto::SecretKeys;
use serde::{Deserialize, Serialize};

const MADE_BY_NEW_KEY: &str = "eyJjb25maXJtIjo3fQ.aWjWwA.C_HmJB-DqjBRDX3KVkNEB2mDvl0";
const MADE_BY_OLD_KEY: &str = "eyJjb25maXJtIjo3fQ.aWjWwA._KUwTnaAo5bv1O5q6MOv-2DMzEo";
const MADE_FOR_ANOTHER_PURPOSE: &str = "eyJjb25maXJtIjo3fQ.aWjWwA.oPBCEZHX2Ethw_iDE1QF-wYuaOE";
const WITH_A_LIST: &str = "Wzdd.aWjWwA.mnLe201QThpygj2-QjxkLhIPrUg";
const WITH_CHINESE: &str = "eyJuYW1lIjoi5byg5LyfIn0.aWjWwA.C13DpoclILZekHHT2GSP6hthUGo";
const WITH_A_TEXT: &str = "eyJjb25maXJtIjoic2V2ZW4ifQ.aWjWwA.3MmPmIXmhnqp7tWJshTGyBz6WU0";

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Activation {
    confirm: i64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Greeting {
    name: String,
}

fn tokens() -> (TimedToken, Clock) {
    let clock = Clock::fixed(Timestamp::from_second(1_768_478_400).unwrap());
    let keys = SecretKeys { current: "new-key".into(), fallbacks: vec!["old-key".into()] };
    (TimedToken::new(&keys, "itsdangerous", Duration::from_secs(3600), clock.clone()), clock)
}

#[test]
fn it_writes_what_itsdangerous_writes() {
    let (tokens, _) = tokens();
    assert_eq!(tokens.dumps(&Activation { confirm: 7 }).unwrap(), MADE_BY_NEW_KEY);
    assert_eq!(tokens.dumps(&Greeting { name: "张伟".into() }).unwrap(), WITH_CHINESE);
}

#[test]
fn it_reads_what_itsdangerous_wrote_with_any_of_the_keys() {
    let (tokens, clock) = tokens();
    assert_eq!(tokens.loads(MADE_BY_NEW_KEY), Ok(Activation { confirm: 7 }));
    assert_eq!(tokens.loads(MADE_BY_OLD_KEY), Ok(Activation { confirm: 7 }));
    assert_eq!(tokens.loads(WITH_CHINESE), Ok(Greeting { name: "张伟".into() }));
    clock.advance(SignedDuration::from_secs(3600));
    assert!(tokens.loads::<Activation>(MADE_BY_OLD_KEY).is_ok());
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(tokens.loads::<Activation>(MADE_BY_OLD_KEY), Err(TokenError::Expired));
}

#[test]
fn what_is_refused_is_a_bad_request() {
    let (tokens, clock) = tokens();
    let refused = |token: &str| tokens.loads::<Activation>(token).unwrap_err();
    assert_eq!(refused(MADE_FOR_ANOTHER_PURPOSE), TokenError::BadSignature);
    assert_eq!(refused(WITH_A_TEXT), TokenError::BadPayload);
    assert_eq!(refused(WITH_CHINESE), TokenError::BadPayload);
    assert_eq!(refused(WITH_A_LIST), TokenError::BadPayload, "a list is no object");
    let tampered = MADE_BY_NEW_KEY.replacen("jo3", "jo4", 1);
    for token in [tampered.as_str(), "", ".", "..", "…", &MADE_BY_NEW_KEY[1..], &"a.".repeat(100_000)] {
        assert_eq!(refused(token), TokenError::BadSignature, "{token:.40}");
    }
    assert_eq!(Error::from(TokenError::Expired).kind(), ErrorKind::BadRequest);
    clock.advance(SignedDuration::from_secs(-60));
    assert_eq!(refused(MADE_BY_NEW_KEY), TokenError::Expired, "made by a clock that is ahead");
}
