//! The cache from outside: one contract for every store, and what each of them does in trouble.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod contract;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
mod server;
