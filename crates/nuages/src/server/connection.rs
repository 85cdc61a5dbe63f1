//! One connection: requests one after the other, and a close that the client can read the last answer before.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tower::ServiceExt;

use super::Limits;
use crate::error::Error;
use crate::request::LocalAddr;
use crate::urls;

/// Closing on a client that is still sending makes its system drop our answer: what it sends is read this long.
const LINGER_TIME: Duration = Duration::from_secs(2);
const LINGER_BYTES: u64 = 16 << 20;

const REQUEST_TIMEOUT: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

pub(super) async fn serve(
    stream: TcpStream,
    client: SocketAddr,
    router: Router,
    mut stopped: watch::Receiver<bool>,
    limits: Limits,
) {
    // An answer is written whole: waiting for more to fill a packet only delays it.
    let _ = stream.set_nodelay(true);
    let local = stream.local_addr().ok().map(LocalAddr);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request = urls::repercent(request.map(Body::new));
        request.extensions_mut().insert(ConnectInfo(client));
        if let Some(local) = local {
            request.extensions_mut().insert(local);
        }
        answer(router.clone(), request)
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_header_size(limits.header_max_size)
        .serve_connection(TokioIo::new(stream), service);
    let result = tokio::select! {
        result = &mut connection => result,
        () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    let parts = connection.into_parts();
    let mut stream = parts.io.into_inner();
    if let Err(error) = result {
        tracing::debug!(%error, "connection ended");
        if error.is_timeout() && !parts.read_buf.is_empty() {
            let _ = stream.write_all(REQUEST_TIMEOUT).await;
        }
    }
    let _ = stream.shutdown().await;
    let _ =
        timeout(LINGER_TIME, tokio::io::copy(&mut stream.take(LINGER_BYTES), &mut tokio::io::sink())).await;
}

/// A panic of a handler ends its request, not the connection.
async fn answer(router: Router, request: http::Request<Body>) -> Result<Response, Infallible> {
    match AssertUnwindSafe(router.oneshot(request)).catch_unwind().await {
        Ok(answer) => answer,
        Err(_) => Ok(Error::internal("a handler panicked").into_response()),
    }
}
