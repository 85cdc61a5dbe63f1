//! The HTTP server: hyper's HTTP/1.1 over TCP, with limits on size, time and number, and an end that loses nothing.
//!
//! ```no_run
//! use nuages::server::{self, Limits};
//!
//! # async fn run() -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//! server::serve(axum::Router::new(), listener, server::signal(), Limits::default()).await;
//! # Ok(())
//! # }
//! ```
//!
//! Every request carries the client's address as axum's `ConnectInfo<SocketAddr>` and its own as
//! [`LocalAddr`](crate::request::LocalAddr). TLS is the business of the proxy in front.

mod connection;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::settings::Settings;

/// What the server bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For request line and headers to arrive, the wait for the next request included. 408 when some had come.
    pub header_timeout: Duration,
    /// Bytes of request line and headers, at least 8192. Beyond it: 431.
    pub header_max_size: usize,
    /// Connections open at once; the next one waits in the system's queue.
    pub max_connections: usize,
    /// How long running requests may finish once the server is told to stop.
    pub shutdown_timeout: Duration,
}

impl Default for Limits {
    /// Those of the default settings.
    fn default() -> Self {
        Self::from(&Settings::default())
    }
}

impl From<&Settings> for Limits {
    fn from(settings: &Settings) -> Self {
        Self {
            header_timeout: settings.request_header_timeout,
            header_max_size: settings.request_header_max_size,
            max_connections: settings.max_connections,
            shutdown_timeout: settings.shutdown_timeout,
        }
    }
}

/// Serves until `shutdown` is ready, then stops accepting, lets running requests finish, and returns.
pub async fn serve(
    router: Router,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
    limits: Limits,
) {
    // Else its handlers would be made into routes for each request anew.
    let router: Router = router.with_state(());
    let (stop, stopped) = watch::channel(false);
    let places = Arc::new(Semaphore::new(limits.max_connections));
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = async {
            // The semaphore is never closed, so there is always a place in the end.
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accepted => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, client)) => {
                let connection = connection::serve(stream, client, router.clone(), stopped.clone(), limits);
                connections.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Out of file descriptors, most likely: closing connections will give some back.
                tracing::error!(%error, "cannot accept connections");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    stop.send_replace(true);
    let finished = async { while connections.join_next().await.is_some() {} };
    if timeout(limits.shutdown_timeout, finished).await.is_err() {
        tracing::warn!("stopped with requests still running");
    }
}

/// Ready on Ctrl-C, and on SIGTERM, which is how service managers stop a process.
pub async fn signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<Option<()>>();
    tokio::select! {
        () = interrupt => {}
        _ = terminate => {}
    }
}

/// The client gave up between its knock and our answer.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests;
