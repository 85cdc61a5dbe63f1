//! The batteries from outside, by their public API alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/database.rs"]
mod database;

mod cache;
mod captcha;
mod captcha_picture;
mod mail;
mod place;
mod storage;
mod task;
mod throttle;
mod token;
