//! Entries in Redis (`django.core.cache.backends.redis`, django-redis).
//!
//! Everybody shares one connection to each server. It is made by the first command, so a process starts although the server is
//! away, and anew whenever it is lost; while the server is away commands fail at once, and when it is back they are served
//! within half a second. A command is never repeated once a byte of it was sent: what became of it is not known then.
//!
//! There is no ping, and one command for each verb: what must read and write in one step is a script on the one key.

mod access;
mod address;
mod call;
mod cluster;
mod command;
mod driver;
mod error;
mod node;
mod pump;
mod route;
mod script;
mod slots;
mod store;
mod stream;
mod target;
mod tls;

use std::fmt;

use crate::error::Result;

use self::route::Route;

pub(super) use call::Asked;

pub use address::{Endpoint, RedisOptions, TlsOptions, Topology};

/// A cache's entries in Redis.
pub struct Redis {
    route: Route,
    description: String,
}

impl Redis {
    /// Entries there. Nothing is connected yet.
    ///
    /// # Errors
    /// A configuration error when the certificates of TLS cannot be read, or a cluster's database is not 0.
    pub fn new(options: &RedisOptions) -> Result<Self> {
        Ok(Self { route: Route::new(options)?, description: options.topology.to_string() })
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Redis").field(&self.description).finish()
    }
}
