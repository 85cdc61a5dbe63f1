//! Django's batteries for Rust, on axum.

pub mod auth;
pub mod cache;
pub mod captcha;
pub mod cli;
pub mod cookies;
pub mod csrf;
pub mod db;
pub mod error;
pub mod i18n;
pub mod mail;
pub mod messages;
pub mod middleware;
pub mod migrate;
pub mod orm;
pub mod querydict;
pub mod request;
pub mod schema;
pub mod server;
pub mod session;
pub mod settings;
pub mod site;
pub mod static_files;
pub mod storage;
pub mod task;
pub mod telemetry;
pub mod template;
pub mod testing;
pub mod throttle;
pub mod time;
pub mod token;
pub mod upload;
pub mod urls;

// What derive(Model) writes names this crate from the outside, here too.
extern crate self as nuages;

pub use error::{Error, Result};
pub use settings::Settings;

/// The routes of a [`site::Site`].
pub type Urls = urls::Urls<site::App>;

/// What most handlers need: `use nuages::prelude::*;`.
pub mod prelude {
    pub use crate::context;
    pub use crate::error::{Error, Result};
    pub use crate::i18n::Translator;
    pub use crate::site::App;
    pub use crate::template::{Context, Template, Value};
    pub use crate::urls::redirect;
}
