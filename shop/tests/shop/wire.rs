//! What only shows on a real connection: headers that are too large, bodies that are slow, cut short or far too long.

use std::net::SocketAddr;
use std::time::Duration;

use nuages::server::{self, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::test_app::TestApp;

/// The shop on a port of its own.
async fn listening(app: &TestApp) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Limits::from(&*app.app().settings);
    tokio::spawn(server::serve(app.router(), listener, std::future::pending(), limits));
    address
}

/// What comes back until the connection closes.
async fn answer(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), connection.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_cookie_of_a_megabyte() {
    let app = TestApp::new().await;
    let mut connection = TcpStream::connect(listening(&app).await).await.unwrap();
    let head = format!("GET / HTTP/1.1\r\nHost: testserver\r\nCookie: a={}\r\n\r\n", "x".repeat(1 << 20));
    // The server may close while we still write; what counts is the answer.
    let _ = connection.write_all(head.as_bytes()).await;
    assert!(answer(&mut connection).await.starts_with("HTTP/1.1 431"));
}

#[tokio::test]
async fn a_body_of_three_hundred_megabytes() {
    let app = TestApp::new().await;
    let (member, _) = app.member("member").await;
    let token = member.get("/user/avatar").await.field("csrfmiddlewaretoken").unwrap();
    let cookies = format!(
        "sessionid={}; csrftoken={}",
        member.cookie("sessionid").unwrap(),
        member.cookie("csrftoken").unwrap()
    );
    let mut connection = TcpStream::connect(listening(&app).await).await.unwrap();
    let head = format!(
        "POST /user/avatar HTTP/1.1\r\nHost: testserver\r\nCookie: {cookies}\r\nX-CSRFToken: {token}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
        300 << 20
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let chunk = vec![b'x'; 1 << 16];
    let (mut reader, mut writer) = connection.split();
    let sending = async {
        for _ in 0..(300 << 4) {
            if writer.write_all(&chunk).await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    };
    let mut start = [0; 12];
    tokio::select! {
        read = reader.read_exact(&mut start) => { read.unwrap(); }
        () = sending => {}
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("no answer"),
    }
    assert_eq!(&start, b"HTTP/1.1 413");
    assert!(!app.folder().join("media/avatars").exists());
}

#[tokio::test]
async fn a_form_that_ends_too_early() {
    let app = TestApp::new().await;
    let address = listening(&app).await;
    let mut connection = TcpStream::connect(address).await.unwrap();
    let head = "POST /user/login HTTP/1.1\r\nHost: testserver\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nusername=b";
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.shutdown().await.unwrap();
    let text = answer(&mut connection).await;
    assert!(
        text.is_empty() || text.starts_with("HTTP/1.1 400") || text.starts_with("HTTP/1.1 403"),
        "{text}"
    );
    // And the next one is served.
    let mut next = TcpStream::connect(address).await.unwrap();
    next.write_all(b"GET /healthz HTTP/1.1\r\nHost: testserver\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(answer(&mut next).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_client_that_sends_a_byte_now_and_then() {
    let app = TestApp::with(|settings| settings.request_body_timeout = Duration::from_millis(500)).await;
    let mut connection = TcpStream::connect(listening(&app).await).await.unwrap();
    let head = "POST /user/login HTTP/1.1\r\nHost: testserver\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = connection.split();
    let dripping = async {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if writer.write_all(b"a").await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let mut start = [0; 12];
    tokio::select! {
        read = reader.read_exact(&mut start) => { read.unwrap(); }
        () = dripping => {}
    }
    assert_eq!(&start, b"HTTP/1.1 408");
}
