//! From the cart to an order.

use nuages::testing::{Client, Response};

use crate::test_app::TestApp;

/// Gives the client an address and one piece of the goods; the fields of the order page.
pub(crate) async fn place(client: &Client, sku: i64) -> Vec<(&'static str, String)> {
    let address = [
        ("receiver", "张三"),
        ("addr", "昆明市翠湖南路 1 号"),
        ("zip_code", "650031"),
        ("phone", "16612345678"),
    ];
    assert_eq!(client.post("/user/address", &address).await.status(), 302);
    let sku = sku.to_string();
    let added = client.post_json("/cart/add", &[("sku_id", &sku), ("count", "1")]).await;
    assert_eq!(added.status(), 200, "{}", added.text());
    let page = client.post("/order/place", &[("sku_ids", &sku)]).await;
    assert_eq!(page.status(), 200, "{}", page.text());
    let field = |name| (name, page.field(name).unwrap());
    vec![field("addr_id"), field("sku_ids"), field("idempotency_key"), ("pay_method", "1".to_owned())]
}

/// Sends the order page.
pub(crate) async fn commit(client: &Client, fields: &[(&'static str, String)]) -> Response {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.post_json("/order/commit", &fields).await
}

/// Buys one piece.
pub(crate) async fn buy(client: &Client, sku: i64) -> String {
    let answer = commit(client, &place(client, sku).await).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.json()["order_id"].as_str().unwrap().to_owned()
}

fn changed(fields: &[(&'static str, String)], name: &str, value: &str) -> Vec<(&'static str, String)> {
    let value_of = |(key, old): &(&'static str, String)| {
        (*key, if *key == name { value.to_owned() } else { old.clone() })
    };
    fields.iter().map(value_of).collect()
}

#[tokio::test]
async fn a_page_sent_twice_is_one_order() {
    let app = TestApp::new().await;
    let (member, _) = app.member("buyer").await;
    let fields = place(&member, 1).await;
    let first = commit(&member, &fields).await.json();
    assert_eq!((first["code"].as_i64(), first["total"].as_str()), (Some(0), Some("22.80")));
    assert_eq!(commit(&member, &fields).await.json(), first);
    let other = commit(&member, &changed(&fields, "pay_method", "2")).await;
    assert_eq!(other.status(), 409);
    assert_ne!(other.json()["code"], 0);
    assert_eq!(app.count("order_info").await, 1);
    assert_eq!(app.count("goods_sku WHERE id = 1 AND stock = 859").await, 1);
    assert_eq!(app.count("cart_line").await, 0);
}

#[tokio::test]
async fn an_order_that_cannot_be_had_changes_nothing() {
    let app = TestApp::new().await;
    let (member, user) = app.member("buyer").await;
    let fields = place(&member, 1).await;
    for (name, value) in [
        ("pay_method", "5"),
        ("pay_method", ""),
        ("addr_id", "999999"),
        ("addr_id", "x"),
        ("sku_ids", ""),
        ("sku_ids", "1;DROP TABLE order_info"),
        ("sku_ids", "1,2"),
        ("idempotency_key", ""),
        ("idempotency_key", "a b"),
    ] {
        let answer = commit(&member, &changed(&fields, name, value)).await;
        assert!((400..500).contains(&answer.status()), "{name}={value}: {}", answer.status());
        assert_ne!(answer.json()["code"], 0, "{name}={value}");
    }
    let execute = async |sql: &str| nuages::db::Executor::execute(&app.app().db, sql, vec![]).await.unwrap();
    execute("UPDATE goods_sku SET stock = 0 WHERE id = 1").await;
    assert_eq!(commit(&member, &fields).await.status(), 409);
    execute("UPDATE goods_sku SET stock = 5, status = 0 WHERE id = 1").await;
    assert_eq!(commit(&member, &fields).await.status(), 409);
    assert_eq!(app.count("order_info").await, 0);
    assert_eq!(app.count(&format!("cart_line WHERE user_id = {}", user.id)).await, 1);
    // The plain form gets its page again, with the reason.
    execute("UPDATE goods_sku SET status = 1 WHERE id = 1").await;
    let bad = changed(&fields, "pay_method", "9");
    let bad: Vec<(&str, &str)> = bad.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = member.post("/order/commit", &bad).await;
    assert_eq!(page.status(), 400);
    assert!(page.text().contains("form-error") && page.field("idempotency_key").is_some());
}

#[tokio::test]
async fn an_order_over_what_its_column_holds_is_refused() {
    let app = TestApp::new().await;
    let (member, _) = app.member("buyer").await;
    let fields = place(&member, 1).await;
    let execute = async |sql: &str| nuages::db::Executor::execute(&app.app().db, sql, vec![]).await.unwrap();
    execute("UPDATE goods_sku SET price = '99999999.99' WHERE id = 1").await;
    execute("UPDATE cart_line SET count = 2").await;
    let answer = commit(&member, &fields).await;
    assert_eq!((answer.status(), answer.json()["code"].as_i64()), (409, Some(10)));
    assert_eq!(app.count("order_info").await, 0);
    execute("UPDATE cart_line SET count = 1").await;
    let answer = commit(&member, &fields).await;
    assert_eq!(answer.json()["total"], "100000009.99");
}

#[tokio::test]
async fn an_order_is_a_copy_of_what_was_bought() {
    let app = TestApp::new().await;
    let (member, _) = app.member("buyer").await;
    let order = buy(&member, 1).await;
    let execute = async |sql: &str| nuages::db::Executor::execute(&app.app().db, sql, vec![]).await.unwrap();
    execute("UPDATE goods_sku SET name = '改名', price = 99 WHERE id = 1").await;
    execute("UPDATE user_address SET addr = '搬家'").await;
    let page = member.get(&format!("/order/detail/{order}")).await.text();
    assert!(page.contains("红富士苹果") && page.contains("翠湖南路") && page.contains("22.80"));
    assert!(!page.contains("改名") && !page.contains("搬家"));
    assert!(member.get("/user/order/1").await.text().contains(&format!("data-order-id=\"{order}\"")));
}

#[tokio::test]
async fn cash_at_the_door_is_shipped_before_it_is_paid() {
    let app = TestApp::new().await;
    let (member, _) = app.member("buyer").await;
    buy(&member, 1).await;
    assert_eq!(app.count("order_info WHERE order_status = 2").await, 1);
    let fields = place(&member, 2).await;
    assert_eq!(commit(&member, &changed(&fields, "pay_method", "3")).await.status(), 200);
    assert_eq!(app.count("order_info WHERE order_status = 1").await, 1);
}

#[tokio::test]
async fn the_mail_of_an_order_is_sent_once() {
    let app = TestApp::new().await;
    let (member, _) = app.member("buyer").await;
    let order = buy(&member, 1).await;
    let mails = member.outbox().await.unwrap();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["buyer@example.com"]);
    assert!(mails[0].subject.contains(&order) && mails[0].text.contains("红富士苹果"));
    assert!(mails[0].text.contains(&format!("http://testserver/order/detail/{order}")));
    assert_eq!(member.outbox().await.unwrap().len(), 1);
}

#[tokio::test]
async fn orders_are_their_owners_alone() {
    let app = TestApp::new().await;
    let (owner, _) = app.member("owner").await;
    let (stranger, _) = app.member("stranger").await;
    let order = buy(&owner, 1).await;
    assert_eq!(owner.get(&format!("/order/detail/{order}")).await.status(), 200);
    assert_eq!(stranger.get(&format!("/order/detail/{order}")).await.status(), 404);
    assert!(!stranger.get("/user/order/1").await.text().contains(&order));
    let theirs = app.get(&format!("/order/detail/{order}")).await;
    assert_eq!(
        (theirs.status(), theirs.location()),
        (302, &*format!("/user/login?next=/order/detail/{order}"))
    );
    // Nor is an address.
    let fields = place(&stranger, 2).await;
    let foreign = owner.post("/order/place", &[("sku_ids", "2")]).await;
    assert_eq!(foreign.location(), "/cart/");
    let address = place(&owner, 3).await[0].1.clone();
    let refused = commit(&stranger, &changed(&fields, "addr_id", &address)).await;
    assert!((400..500).contains(&refused.status()));
    assert_eq!(app.count("order_info").await, 1);
}

#[tokio::test]
async fn the_order_page_itself_is_not_a_link() {
    let app = TestApp::new().await;
    let answer = app.get("/order/place").await;
    assert_eq!((answer.status(), answer.location()), (302, "/cart/"));
}
