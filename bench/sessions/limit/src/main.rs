//! The peer `limit`: what a session in Redis can cost at least. A floor, not a product.
//!
//! Bare hyper on a runtime of one thread, no router, a session of two known fields, one value and one path in each
//! cookie. `peer-limit PORT REDIS_URL`

use std::convert::Infallible;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, COOKIE, HeaderValue, SET_COOKIE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::task::{LocalSet, spawn_local};

mod redis;

use redis::Redis;

static LOGINS: AtomicU64 = AtomicU64::new(0);

#[derive(Deserialize, Serialize)]
struct Session {
    user: String,
    count: u64,
}

type Answer = Response<Full<Bytes>>;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().expect("peer-limit PORT REDIS_URL");
    let (port, redis) = (argument(), argument());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, serve(format!("127.0.0.1:{port}"), redis));
}

async fn serve(address: String, redis: String) {
    let listener = TcpListener::bind(address).await.expect("the port is free");
    let redis = Redis::connect(&redis).await.expect("Redis is there");
    loop {
        let Ok((connection, _)) = listener.accept().await else { continue };
        let _ = connection.set_nodelay(true);
        let redis = redis.clone();
        spawn_local(async move {
            let service = service_fn(|request| {
                let redis = redis.clone();
                async move { Ok::<_, Infallible>(answer(&redis, &request).await) }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(connection), service).await;
        });
    }
}

async fn answer(redis: &Rc<Redis>, request: &Request<Incoming>) -> Answer {
    match request.uri().path() {
        "/plain" => text("ok"),
        "/login" => {
            let key = format!("{:032}", LOGINS.fetch_add(1, Ordering::Relaxed));
            save(redis, &key, &Session { user: "alice".to_owned(), count: 0 }).await;
            with_cookie(text("ok"), &key)
        }
        "/session" => {
            let loaded = load(redis, request).await;
            text(loaded.map_or_else(|| "nobody".into(), |(_, session)| Bytes::from(session.user)))
        }
        "/counter" => match load(redis, request).await {
            Some((key, mut session)) => {
                session.count += 1;
                save(redis, key, &session).await;
                with_cookie(text(session.count.to_string()), key)
            }
            None => status(StatusCode::BAD_REQUEST),
        },
        _ => status(StatusCode::NOT_FOUND),
    }
}

async fn load<'a>(redis: &Redis, request: &'a Request<Incoming>) -> Option<(&'a str, Session)> {
    let line = request.headers().get(COOKIE)?.to_str().ok()?;
    let key = line.split("; ").find_map(|cookie| cookie.strip_prefix("sessionid="))?;
    let stored = redis.get(&name(key)).await?;
    Some((key, serde_json::from_slice(&stored).ok()?))
}

async fn save(redis: &Redis, key: &str, session: &Session) {
    let value = serde_json::to_vec(session).expect("two fields");
    redis.set(&name(key), &value).await;
}

fn name(key: &str) -> Vec<u8> {
    [b"limit:", key.as_bytes()].concat()
}

fn text(body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

fn with_cookie(mut answer: Answer, key: &str) -> Answer {
    let cookie = HeaderValue::try_from(format!("sessionid={key}; Path=/")).expect("a key of letters");
    answer.headers_mut().insert(SET_COOKIE, cookie);
    answer
}

fn status(status: StatusCode) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = status;
    answer
}
