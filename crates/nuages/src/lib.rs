//! Django's batteries for Rust, on axum.

pub mod cache;
pub mod captcha;
pub mod db;
pub mod error;
pub mod settings;
pub mod telemetry;
pub mod time;
pub mod urls;

pub use error::{Error, Result};
pub use settings::Settings;
