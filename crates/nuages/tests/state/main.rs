//! Sessions, CSRF, logins and messages from outside: through the layers, with a cookie jar, over every store.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::field_reassign_with_default,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    missing_debug_implementations
)]

#[path = "../../examples/session_store.rs"]
mod session_store;

#[path = "../common/database.rs"]
mod database;

mod auth;
mod client;
mod csrf;
mod messages;
mod session_away;
mod session_cache;
mod session_cached_db;
mod session_contract;
mod session_file;
mod session_http;
mod session_pickles;
mod session_plans;
mod session_races;
#[cfg(feature = "redis")]
mod session_redis;
mod session_signed_cookies;
