//! Messages from one page to the next, through the cookie and, when there are many, the session.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use nuages::Result;
use nuages::messages::{Messages, MessagesConfig, MessagesLayer};
use nuages::session::{SessionConfig, SessionLayer};
use nuages_wire::crypto::SecretKeys;

use crate::client::Client;
use crate::session_http::{SECRET, Watched, clock};

fn app(store: Watched) -> Router {
    let keys = SecretKeys::new(SECRET);
    let config = MessagesConfig { clock: clock(), ..MessagesConfig::new(keys.clone()) };
    let session = SessionConfig { clock: clock(), ..SessionConfig::new(keys) };
    Router::new()
        .route(
            "/say/{text}",
            get(async |Path(text): Path<String>, messages: Messages| messages.warning(text)),
        )
        .route(
            "/many",
            get(async |messages: Messages| {
                (0..9).for_each(|n| messages.success(format!("{n}{}", unpredictable(400, n))));
            }),
        )
        .route(
            "/quiet",
            get(async |messages: Messages| {
                messages.debug("not recorded");
                messages.info("");
            }),
        )
        .route(
            "/say-and-list",
            get(async |messages: Messages| {
                messages.info("at once");
                list(messages).await
            }),
        )
        .route(
            "/count",
            get(async |messages: Messages| Ok::<_, nuages::Error>(messages.count().await?.to_string())),
        )
        .route("/list", get(list))
        .layer(MessagesLayer::new(config))
        .layer(SessionLayer::new(store, session))
}

/// Text that hardly compresses.
fn unpredictable(length: usize, seed: u64) -> String {
    nuages::time::Random::seeded(seed).string(length, nuages::time::ALPHANUMERIC).unwrap()
}

async fn list(messages: Messages) -> Result<String> {
    let texts: Vec<String> = messages
        .list()
        .await?
        .iter()
        .map(|message| format!("{}:{:.9}", message.tags(), message.text))
        .collect();
    Ok(texts.join(" "))
}

#[tokio::test]
async fn a_message_waits_for_the_page_that_lists_it_and_no_session_is_touched() {
    let store = Watched::default();
    let mut client = Client::new(app(store.clone()));
    let answer = client.get("/say/Saved").await;
    let line = answer.set_cookies()[0];
    assert!(line.starts_with("messages=W1siX19qc29uX21lc3NhZ2UiLDAsMzAsIlNhdmVkIiwiIl1d:1vgM1A:"), "{line}");
    assert!(line.ends_with("; HttpOnly; Path=/; SameSite=Lax"), "{line}");
    client.get("/say/%E7%94%B7").await;
    client.get("/quiet").await;
    assert_eq!(client.get("/count").await.text, "2");
    assert_eq!(client.get("/list").await.text, "warning:Saved warning:男");
    assert_eq!(client.cookie("messages"), None);
    assert_eq!(client.get("/list").await.text, "");
    assert_eq!(client.get("/say-and-list").await.text, "info:at once");
    assert_eq!(client.cookie("messages"), None);
    assert!(store.take_calls().is_empty());
}

#[tokio::test]
async fn what_outgrows_the_cookie_waits_in_the_session() {
    let store = Watched::default();
    let mut client = Client::new(app(store.clone()));
    client.get("/many").await;
    assert!(client.cookie("messages").unwrap().len() <= 2048);
    assert_eq!(store.take_calls(), ["create"]);
    let texts = client.get("/list").await.text;
    assert_eq!(texts.split(' ').count(), 9);
    assert!(texts.split(' ').enumerate().all(|(n, text)| text.starts_with(&format!("success:{n}"))));
    assert_eq!(client.cookie("messages"), None);
    assert_eq!(client.get("/list").await.text, "");
}

#[tokio::test]
async fn a_forged_cookie_says_nothing() {
    let mut client = Client::new(app(Watched::default()));
    client.set_cookie("messages", "W1siX19qc29uX21lc3NhZ2UiLDAsMzAsIlNhdmVkIiwiIl1d:1vgM1A:forged");
    assert_eq!(client.get("/list").await.text, "");
}
