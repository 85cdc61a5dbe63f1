//! Carts of guests and of users.

use serde_json::json;

use crate::test_app::{TestApp, verdict};

#[tokio::test]
async fn add_counts_up_update_sets_delete_takes_out() {
    let app = TestApp::new().await;
    let (member, _) = app.member("member").await;
    for client in [&*app, &member] {
        let post = async |path: &str, fields: &[(&str, &str)]| verdict(&client.post_json(path, fields).await);
        assert_eq!(post("/cart/add", &[("sku_id", "1"), ("count", "2")]).await, (200, true, Some(2)));
        assert_eq!(post("/cart/add", &[("sku_id", "1"), ("count", "3")]).await, (200, true, Some(5)));
        assert_eq!(post("/cart/add", &[("sku_id", "2"), ("count", "1")]).await, (200, true, Some(6)));
        assert_eq!(post("/cart/update", &[("sku_id", "1"), ("count", "4")]).await, (200, true, Some(5)));
        assert_eq!(post("/cart/delete", &[("sku_id", "2")]).await, (200, true, Some(4)));
        assert_eq!(post("/cart/delete", &[("sku_id", "2")]).await, (200, true, Some(4)));
        let cart = client.get_json("/cart/").await.json();
        let expected = json!({"code": 0, "message": "", "count": 4, "lines": [
            {"sku_id": 1, "name": "红富士苹果", "count": 4, "price": "12.80", "amount": "51.20"}
        ]});
        assert_eq!(cart, expected);
        let page = client.get("/cart/").await;
        assert_eq!(page.status(), 200);
        assert!(page.header("vary").starts_with("Accept, "), "{}", page.header("vary"));
    }
}

#[tokio::test]
async fn a_line_never_leaves_its_bounds() {
    let app = TestApp::new().await;
    let (member, _) = app.member("member").await;
    for client in [&*app, &member] {
        let post = async |path: &str, sku: &str, count: &str| {
            verdict(&client.post_json(path, &[("sku_id", sku), ("count", count)]).await)
        };
        // 860 are in stock.
        assert_eq!(post("/cart/add", "1", "860").await, (200, true, Some(860)));
        assert_eq!(post("/cart/add", "1", "1").await, (409, false, None));
        assert_eq!(post("/cart/update", "1", "861").await, (409, false, None));
        assert_eq!(client.get_json("/cart/").await.json()["count"], 860);
        assert_eq!(post("/cart/update", "1", "859").await, (200, true, Some(859)));
        assert_eq!(post("/cart/add", "1", "2").await, (409, false, None));
        assert_eq!(post("/cart/add", "1", "1").await, (200, true, Some(860)));
    }
}

#[tokio::test]
async fn no_tab_of_many_is_lost() {
    let app = TestApp::new().await;
    let (member, _) = app.member("member").await;
    for client in [&*app, &member] {
        client.post_json("/cart/add", &[("sku_id", "1"), ("count", "1")]).await;
        let tabs = (0..20).map(async |tab| {
            let sku = (2 + tab % 4).to_string();
            verdict(&client.post_json("/cart/add", &[("sku_id", &sku), ("count", "1")]).await)
        });
        for (status, fine, _) in futures_util::future::join_all(tabs).await {
            assert_eq!((status, fine), (200, true));
        }
        assert_eq!(client.get_json("/cart/").await.json()["count"], 21);
    }
}

#[tokio::test]
async fn tabs_that_make_one_line_together_all_count() {
    let app = TestApp::new().await;
    let (member, _) = app.member("member").await;
    for round in 1..=5 {
        let tabs = (0..20)
            .map(async |_| verdict(&member.post_json("/cart/add", &[("sku_id", "1"), ("count", "1")]).await));
        for (status, fine, _) in futures_util::future::join_all(tabs).await {
            assert_eq!((status, fine), (200, true), "round {round}");
        }
        assert_eq!(member.get_json("/cart/").await.json()["count"], 20);
        member.post_json("/cart/delete", &[("sku_id", "1")]).await;
    }
}

#[tokio::test]
async fn a_guests_lines_come_along_once_however_many_tabs_ask() {
    let app = TestApp::new().await;
    let guest = app.another();
    for (sku, count) in [("1", "2"), ("2", "1")] {
        guest.post_json("/cart/add", &[("sku_id", sku), ("count", count)]).await;
    }
    // As after a login at Django: the lines are still in the session.
    guest.force_login(&app.user("member").await).await.unwrap();
    futures_util::future::join_all((0..10).map(async |_| guest.get_json("/cart/").await)).await;
    let cart = guest.get_json("/cart/").await.json();
    assert_eq!((&cart["count"], &cart["lines"][0]["count"]), (&json!(3), &json!(2)));
}

#[tokio::test]
async fn a_merge_stays_within_the_bounds() {
    let app = TestApp::new().await;
    let (member, user) = app.member("member").await;
    member.post_json("/cart/add", &[("sku_id", "1"), ("count", "800")]).await;
    let guest = app.another();
    guest.post_json("/cart/add", &[("sku_id", "1"), ("count", "700")]).await;
    guest.post_json("/cart/add", &[("sku_id", "3"), ("count", "1")]).await;
    nuages::db::Executor::execute(&app.app().db, "UPDATE goods_sku SET status = 0 WHERE id = 3", vec![])
        .await
        .unwrap();
    guest.force_login(&user).await.unwrap();
    assert_eq!(guest.get_json("/cart/").await.json()["count"], 860);
}

#[tokio::test]
async fn without_javascript_the_way_leads_back() {
    let app = TestApp::new().await;
    let token = async || app.get("/goods/1").await.field("csrfmiddlewaretoken").unwrap();
    let send = async |count: &str, referer: &str| {
        let body = format!("csrfmiddlewaretoken={}&sku_id=1&count={count}", token().await);
        let request = app
            .request(http::Method::POST, "/cart/add")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("referer", referer);
        app.send(request, body).await
    };
    let answer = send("2", "http://testserver/goods/1?from=list").await;
    assert_eq!((answer.status(), answer.location()), (302, "/goods/1?from=list"));
    assert!(app.get("/goods/1").await.text().contains("message success"));
    let refused = send("0", "http://evil.example/").await;
    assert_eq!((refused.status(), refused.location()), (302, "/cart/"));
    assert!(app.get("/cart/").await.text().contains("message error"));
}

#[tokio::test]
async fn goods_that_went_off_line_stay_visible_as_a_problem() {
    let app = TestApp::new().await;
    let (member, _) = app.member("member").await;
    for sku in ["1", "2"] {
        member.post_json("/cart/add", &[("sku_id", sku), ("count", "3")]).await;
    }
    let execute = async |sql: &str| nuages::db::Executor::execute(&app.app().db, sql, vec![]).await.unwrap();
    execute("UPDATE goods_sku SET status = 0 WHERE id = 1").await;
    execute("UPDATE goods_sku SET stock = 2 WHERE id = 2").await;
    let page = member.get("/cart/").await;
    assert_eq!(page.status(), 200);
    assert_eq!(page.text().matches("troubled").count(), 2);
    assert_eq!(page.field("sku_ids").as_deref(), Some(""));
    let placed = member.post("/order/place", &[("sku_ids", "1,2")]).await;
    assert_eq!((placed.status(), placed.location()), (302, "/cart/"));
}

#[tokio::test]
async fn a_cart_that_somebody_bent_is_an_empty_one() {
    let app = TestApp::new().await;
    app.post_json("/cart/add", &[("sku_id", "1"), ("count", "1")]).await;
    for bent in [json!([1, 2]), json!("x"), json!({"1": {"deep": [[]]}, "x": 1, "2": -5})] {
        app.set_session("cart", &bent).await.unwrap();
        assert_eq!(app.get("/cart/").await.status(), 200, "{bent}");
        let answer = app.post_json("/cart/add", &[("sku_id", "3"), ("count", "1")]).await;
        assert_eq!(verdict(&answer), (200, true, Some(1)), "{bent}");
    }
}
