#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::*;
use crate::middleware::deadline::deadline;
use crate::upload::FormData;
use crate::urls::{self, Policy, Urls};

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let settings = Settings { request_body_timeout: Duration::from_millis(300), ..Settings::default() };
        let form = |form: FormData| async move { format!("{} fields", form.fields.len()) };
        let (router, reverse) = Urls::<()>::new()
            .path(
                "",
                get(|ConnectInfo(client): ConnectInfo<SocketAddr>| async move { client.ip().to_string() }),
                "",
            )
            .path("form", post(form), "")
            .policy(Policy { body_limit: 1000, ..Policy::default() })
            .path("slow", get(|| async { sleep(Duration::from_millis(300)).await }), "")
            .path("panic", get(|| async { "".parse::<u8>().unwrap().to_string() }), "")
            .build(&settings)
            .unwrap();
        let router = router
            .layer(from_fn_with_state(reverse, urls::resolve))
            .layer(from_fn_with_state(Arc::new(settings), deadline));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async move { drop(stopped.await) };
        Self { address, stop: Some(stop), task: tokio::spawn(serve(router, listener, stopped, limits)) }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends all of it, then reads to the end; the status and the body.
    async fn exchange(&self, request: &[u8]) -> (u16, String) {
        let mut stream = self.connect().await;
        stream.write_all(request).await.unwrap();
        read(&mut stream).await
    }
}

async fn read(stream: &mut TcpStream) -> (u16, String) {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or(0), body.to_owned())
}

fn get_request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").into_bytes()
}

fn form(length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /form HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_request_knows_its_client() {
    let server = Server::start(Limits::default()).await;
    assert_eq!(server.exchange(&get_request("/")).await, (200, "127.0.0.1".into()));
    assert_eq!(server.exchange(&form(3, b"a=1")).await, (200, "1 fields".into()));
}

#[tokio::test]
async fn a_panic_is_a_500() {
    let server = Server::start(Limits::default()).await;
    assert_eq!(server.exchange(&get_request("/panic")).await.0, 500);
    assert_eq!(server.exchange(&get_request("/")).await.0, 200);
}

#[tokio::test]
async fn a_cookie_of_a_megabyte_is_431() {
    let server = Server::start(Limits::default()).await;
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\nCookie: a={}\r\n\r\n", "x".repeat(1 << 20));
    assert_eq!(server.exchange(request.as_bytes()).await.0, 431);
    let fits =
        format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: a={}\r\n\r\n", "x".repeat(60_000));
    assert_eq!(server.exchange(fits.as_bytes()).await.0, 200);
}

#[tokio::test]
async fn a_refused_upload_gets_its_answer_after_all_of_it_was_sent() {
    let server = Server::start(Limits::default()).await;
    let body = vec![b'a'; 20 << 20];
    assert_eq!(server.exchange(&form(body.len(), &body)).await.0, 413);
}

#[tokio::test]
async fn a_truncated_form_is_400() {
    let server = Server::start(Limits::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(&form(100, b"a=1")).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(read(&mut stream).await.0, 400);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let server = Server::start(Limits::default()).await;
    assert_eq!(server.exchange(&form(100, b"a=1")).await.0, 408);
}

#[tokio::test]
async fn headers_that_do_not_come_are_408_and_an_idle_connection_is_closed() {
    let limits = Limits { header_timeout: Duration::from_millis(100), ..Limits::default() };
    let server = Server::start(limits).await;
    assert_eq!(server.exchange(b"GET / HTTP/1.1\r\nHos").await.0, 408);
    assert_eq!(server.exchange(b"").await, (0, String::new()));
}

#[tokio::test]
async fn a_connection_too_many_waits() {
    let server = Server::start(Limits { max_connections: 1, ..Limits::default() }).await;
    let first = server.connect().await;
    let mut second = server.connect().await;
    second.write_all(&get_request("/")).await.unwrap();
    let mut byte = [0];
    assert!(timeout(Duration::from_millis(100), second.read(&mut byte)).await.is_err());
    drop(first);
    assert_eq!(second.read(&mut byte).await.unwrap(), 1);
}

#[tokio::test]
async fn a_stop_lets_running_requests_finish_and_takes_no_new_ones() {
    let mut server = Server::start(Limits::default()).await;
    let idle = server.connect().await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(50)).await;
    server.stop.take();
    let (status, _) = read(&mut stream).await;
    assert_eq!(status, 200);
    drop((idle, stream));
    server.task.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_stop_does_not_wait_forever() {
    let limits = Limits { shutdown_timeout: Duration::from_millis(50), ..Limits::default() };
    let mut server = Server::start(limits).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(50)).await;
    let begun = Instant::now();
    server.stop.take();
    server.task.await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(250));
}
