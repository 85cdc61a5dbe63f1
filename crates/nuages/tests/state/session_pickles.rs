//! Sessions that Python pickled: what Rust does not know stays as it was, and what cannot be kept is left alone.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use bytes::Bytes;
use nuages::cache::Cache;
use nuages::session::{CacheStore, Session, SessionConfig, SessionLayer};
use nuages::{Error, Result};
use nuages_wire::crypto::SecretKeys;
use nuages_wire::json::Value as Json;
use nuages_wire::pickle::{Limits, Value, loads_preserving};
use std::collections::BTreeMap;

use crate::client::Client;
use crate::session_cache::in_process;
use crate::session_http::{SECRET, clock};

/// `pickle.dumps({'a': 1, 'cart': {7: 2}, 'pair': (1, 2), 'when': datetime(2026, 1, 15, 12, 0, 0, 123456, UTC), 'price':
/// Decimal('12.50'), 'tags': {'x'}, 'order': shop.Order(7), '_auth_user_id': '1'}, 5)` of Python 3.11.
const STORED: &[u8] = b"\x80\x05\x95\xfb\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94K\x01\x8c\x04cart\x94}\x94K\x07K\x02s\x8c\x04pair\x94K\x01K\x02\x86\x94\x8c\x04when\x94\x8c\x08datetime\x94\x8c\x08datetime\x94\x93\x94C\x0a\x07\xea\x01\x0f\x0c\x00\x00\x01\xe2@\x94h\x07\x8c\x08timezone\x94\x93\x94h\x07\x8c\x09timedelta\x94\x93\x94K\x00K\x00K\x00\x87\x94R\x94\x85\x94R\x94\x86\x94R\x94\x8c\x05price\x94\x8c\x07decimal\x94\x8c\x07Decimal\x94\x93\x94\x8c\x0512.50\x94\x85\x94R\x94\x8c\x04tags\x94\x8f\x94(\x8c\x01x\x94\x90\x8c\x05order\x94\x8c\x04shop\x94\x8c\x05Order\x94\x93\x94)\x81\x94}\x94\x8c\x06number\x94K\x07sb\x8c\x0d_auth_user_id\x94\x8c\x011\x94u.";

/// `n = shop.Node(); n.me = n; pickle.dumps({'_auth_user_id': '1', 'a': 1, 'node': n}, 5)`: it holds itself.
const CYCLE: &[u8] = b"\x80\x05\x95D\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x0d_auth_user_id\x94\x8c\x011\x94\x8c\x01a\x94K\x01\x8c\x04node\x94\x8c\x04shop\x94\x8c\x04Node\x94\x93\x94)\x81\x94}\x94\x8c\x02me\x94h\x08sbu.";

const KEY: &str = "django.contrib.sessions.cachekkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";

async fn show(session: Session) -> Result<String> {
    let mut shown = Vec::new();
    for key in ["a", "cart", "pair", "when", "price", "tags"] {
        shown.push(
            session.get_value(key).await?.map_or_else(|| "-".to_owned(), |value: Json| value.to_string()),
        );
    }
    shown.push(session.contains_key("order").await?.to_string());
    Ok(shown.join(" "))
}

fn app(cache: &Cache, config: SessionConfig) -> Router {
    Router::new()
        .route("/show", get(show))
        .route("/order", get(async |session: Session| session.get::<String>("order").await.map(|_| ())))
        .route("/add", get(async |session: Session| session.update("a", |a: &mut i64| *a += 1).await))
        .route(
            "/cart",
            get(async |session: Session| {
                let add = |cart: &mut BTreeMap<u32, u32>| *cart.entry(9).or_default() += 1;
                session.update("cart", add).await
            }),
        )
        .route("/replace", get(async |session: Session| session.insert("order", &7).await))
        .route(
            "/remove",
            get(async |session: Session| session.remove("order").await.map(|there| there.to_string())),
        )
        .route("/flush", get(async |session: Session| session.flush().await))
        .layer(SessionLayer::new(CacheStore::new(cache.clone()), config))
}

fn config() -> SessionConfig {
    SessionConfig { clock: clock(), ..SessionConfig::new(SecretKeys::new(SECRET)) }
}

async fn visitor(stored: &'static [u8], config: SessionConfig) -> (Cache, Client) {
    let cache = in_process(&clock());
    cache.set_bytes(KEY, Bytes::from_static(stored), None).await.unwrap();
    let mut client = Client::new(app(&cache, config));
    client.set_cookie("sessionid", &"k".repeat(32));
    (cache, client)
}

async fn stored(cache: &Cache) -> Value {
    loads_preserving(&cache.get_bytes(KEY).await.unwrap().unwrap(), Limits::default()).unwrap()
}

#[tokio::test]
async fn what_is_not_touched_is_written_as_it_came() {
    let (cache, mut client) = visitor(STORED, config()).await;
    let shown = r#"{"7":2} [1,2] "2026-01-15T12:00:00.123Z" "12.50" ["x"] true"#;
    assert_eq!(client.get("/show").await.text, format!("1 {shown}"));
    let before = stored(&cache).await;
    for path in ["/add", "/cart"] {
        assert_eq!(client.get(path).await.set_cookies().len(), 1);
    }
    let after = stored(&cache).await;
    for untouched in ["pair", "when", "price", "tags", "order", "_auth_user_id"] {
        assert_eq!(after.get(untouched), before.get(untouched), "{untouched}");
    }
    assert_eq!(after.get("a"), Some(&Value::Int(2)));
    let cart = vec![(Value::Int(7), Value::Int(2)), (Value::Int(9), Value::Int(1))];
    assert_eq!(after.get("cart"), Some(&Value::Dict(cart)));
}

#[tokio::test]
async fn an_object_can_be_replaced_and_removed_and_not_read() {
    let (cache, mut client) = visitor(STORED, config()).await;
    let refused = client.get("/order").await;
    assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(client.get("/remove").await.text, "true");
    assert_eq!(stored(&cache).await.get("order"), None);
    let (cache, mut client) = visitor(STORED, config()).await;
    client.get("/replace").await;
    assert_eq!(stored(&cache).await.get("order"), Some(&Value::Int(7)));
}

#[tokio::test]
async fn what_cannot_be_kept_is_left_alone() {
    let every = SessionConfig { save_every_request: true, ..config() };
    for config in [config(), every] {
        let (cache, mut client) = visitor(CYCLE, config).await;
        let answer = client.get("/show").await;
        assert_eq!(answer.text, "- - - - - - false", "an anonymous page");
        assert_eq!(
            (answer.status, answer.set_cookies(), answer.header("vary")),
            (StatusCode::OK, vec![], Some("Cookie"))
        );
        let refused = client.get("/add").await;
        assert_eq!((refused.status, refused.set_cookies()), (StatusCode::INTERNAL_SERVER_ERROR, vec![]));
        let kept = cache.get_bytes(KEY).await.unwrap();
        assert_eq!(kept.as_deref(), Some(CYCLE));
        client.get("/flush").await;
        assert_eq!(cache.get_bytes(KEY).await.unwrap(), None, "a logout deletes what it cannot read");
        assert_eq!(client.cookie("sessionid"), None);
    }
}

#[tokio::test]
async fn a_refusal_names_the_class() {
    let seen = async |session: Session| {
        let error = session.insert("a", &1).await.unwrap_err();
        let hidden = session.get::<i64>("order").await;
        Ok::<_, Error>(format!("{error}; {}", hidden.is_ok()))
    };
    let cache = in_process(&clock());
    cache.set_bytes(KEY, Bytes::from_static(CYCLE), None).await.unwrap();
    let layer = SessionLayer::new(CacheStore::new(cache), config());
    let mut client = Client::new(Router::new().route("/", get(seen)).layer(layer));
    client.set_cookie("sessionid", &"k".repeat(32));
    let text = client.get("/").await.text;
    assert!(text.contains("a pickle that is too deep, with shop.Node"), "{text}");
}

#[tokio::test]
async fn a_value_that_is_no_dict_is_a_500() {
    let (_, mut client) = visitor(b"5", config()).await;
    assert_eq!(client.get("/show").await.status, StatusCode::INTERNAL_SERVER_ERROR);
}
