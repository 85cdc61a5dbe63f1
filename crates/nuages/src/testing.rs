//! Testing a site from outside: a client with a cookie jar, in the same process, without a network.
//!
//! ```
//! use axum::routing::get;
//! use nuages::site::Site;
//! use nuages::testing::{Client, settings};
//! use nuages::Urls;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let urls = Urls::new().path("", get(|| async { "hello" }), "index");
//! let client = Client::of(Site::new(settings()).urls(urls)).await?;
//! assert_eq!(client.get("/").await.text(), "hello");
//! # Ok::<(), nuages::Error>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;
mod response;

pub use client::Client;
pub use response::Response;

use crate::settings::{ResourceUrl, SecretKey, Settings};

/// The host that a [`Client`] asks for, as Django's test client does.
pub const HOST: &str = "testserver";

/// Settings for a test: a database in memory, a fixed secret key, password hashes that cost next to nothing.
pub fn settings() -> Settings {
    Settings {
        secret_key: SecretKey::new("a key for tests that is long enough for any check 0123456789"),
        allowed_hosts: vec![HOST.to_owned()],
        database_url: ResourceUrl::trusted("sqlite://:memory:"),
        site_url: format!("http://{HOST}"),
        media_root: std::env::temp_dir().join("nuages-tests"),
        password_iterations: 2,
        ..Settings::default()
    }
}
