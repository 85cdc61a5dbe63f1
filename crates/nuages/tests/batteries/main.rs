//! The batteries from outside, by their public API alone.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cache;
mod captcha;
mod task;
