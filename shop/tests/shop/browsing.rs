//! The index, the listings, a page of goods.

use crate::test_app::TestApp;

/// The distinct ids of the goods that a page links to, in its order.
fn goods(page: &str) -> Vec<i64> {
    let mut ids = Vec::new();
    for link in page.split("href=\"/goods/").skip(1) {
        let id = link.split('"').next().unwrap().parse().unwrap();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

#[tokio::test]
async fn the_shelves_are_filled() {
    let app = TestApp::new().await;
    assert!(app.count("goods_sku").await >= 24);
    assert_eq!(app.count("goods_category").await, 6);
    assert_eq!(app.count("goods_sku WHERE stock = 0 AND status = 1").await, 1);
    assert_eq!(app.count("goods_sku WHERE status = 0").await, 1);
    assert_eq!(app.count("goods_sku WHERE stock > 0 AND stock < 200").await, 0);
    let index = app.get("/").await;
    assert_eq!(index.status(), 200);
    assert!(goods(&index.text()).len() >= 20);
}

#[tokio::test]
async fn a_listing_has_twelve_goods_in_the_asked_order() {
    let app = TestApp::new().await;
    let first = app.get("/list/0/1").await.text();
    assert_eq!(goods(&first).len(), 12);
    assert!(goods(&first).is_sorted_by(|one, other| one > other));
    assert_ne!(goods(&first), goods(&app.get("/list/0/1?sort=price").await.text()));
    assert_eq!(goods(&first), goods(&app.get("/list/0/1?sort=zzz").await.text()));
    let one = app.get("/list/1/1").await.text();
    assert!(goods(&one).len() < 12);
}

#[tokio::test]
async fn a_page_that_is_not_there_is_the_first_or_the_last() {
    let app = TestApp::new().await;
    let first = goods(&app.get("/list/0/1").await.text());
    let last = goods(&app.get("/list/0/999").await.text());
    for page in ["0", "-1", "abc", "%EF%BC%92", "%F0%9F%8D%93"] {
        let answer = app.get(&format!("/list/0/{page}")).await;
        assert_eq!((answer.status(), goods(&answer.text())), (200, first.clone()), "{page}");
    }
    assert_ne!(first, last);
    assert_eq!(last, goods(&app.get("/list/0/99999999999999999999999").await.text()));
    for category in ["7777", "99999999999999999999", "x", "-1"] {
        assert_eq!(app.get(&format!("/list/{category}/1")).await.status(), 404, "{category}");
    }
}

#[tokio::test]
async fn goods_that_are_off_line_are_nowhere() {
    let app = TestApp::new().await;
    let rows =
        nuages::db::Executor::query(&app.app().db, "SELECT id FROM goods_sku WHERE status = 0", vec![])
            .await
            .unwrap();
    let hidden: i64 = rows[0].get("id").unwrap();
    for page in ["/", "/list/0/1", "/list/0/2", "/list/0/3"] {
        assert!(!goods(&app.get(page).await.text()).contains(&hidden), "{page}");
    }
    let missing = app.get(&format!("/goods/{hidden}")).await;
    assert_eq!(missing.status(), 404);
    assert!(missing.text().contains("<html"));
    assert_eq!(app.get("/goods/999999").await.status(), 404);
    assert_eq!(app.get("/goods/99999999999999999999").await.status(), 404);
}

#[tokio::test]
async fn five_goods_lately_viewed_are_kept_newest_first() {
    let app = TestApp::new().await;
    let (member, user) = app.member("walker").await;
    for id in [1, 2, 3, 4, 5, 7, 2, 2, 7] {
        assert_eq!(member.get(&format!("/goods/{id}")).await.status(), 200);
    }
    assert_eq!(goods(&member.get("/user/").await.text()), [7, 2, 5, 4, 3]);
    assert_eq!(app.count(&format!("user_viewed WHERE user_id = {}", user.id)).await, 5);
}

#[tokio::test]
async fn the_language_is_the_visitors() {
    let app = TestApp::new().await;
    let chinese = app.get("/").await;
    assert!(chinese.text().contains("lang=\"zh-hans\"") && chinese.text().contains("购物车"));
    let request = app.request(http::Method::GET, "/").header("accept-language", "en-GB,en;q=0.9");
    let english = app.send(request, "").await.text();
    assert!(english.contains("lang=\"en\"") && english.contains("Fuji apples"));
    let chosen = app.post("/i18n/setlang/", &[("language", "en"), ("next", "/list/0/1")]).await;
    assert_eq!((chosen.status(), chosen.location()), (302, "/list/0/1"));
    assert!(app.get("/").await.text().contains("lang=\"en\""));
    let evil = app.post("/i18n/setlang/", &[("language", "xx"), ("next", "//evil.example")]).await;
    assert_eq!(evil.location(), "/");
    assert!(app.get("/").await.text().contains("lang=\"en\""));
}

#[tokio::test]
async fn the_listing_is_dropped_when_goods_change() {
    let app = TestApp::new().await;
    let (member, _) = app.member("buyer").await;
    app.get("/").await;
    let taken =
        nuages::db::Executor::execute(&app.app().db, "UPDATE goods_sku SET stock = 1 WHERE id = 1", vec![])
            .await;
    assert_eq!(taken.unwrap(), 1);
    crate::orders::buy(&member, 1).await;
    let sold_out = app.get("/").await.text().matches("class=\"card sold-out\"").count();
    assert!(sold_out >= 2, "{sold_out}");
}

#[tokio::test]
async fn paths_without_their_slash_are_sent_on() {
    let app = TestApp::new().await;
    for (path, to) in [("/cart", "/cart/"), ("/user", "/user/")] {
        let answer = app.get(path).await;
        assert_eq!((answer.status(), answer.location()), (301, to));
    }
    assert_eq!(app.get("/healthz").await.text(), "ok");
    let missing = app.get_json("/nothing").await;
    assert_eq!((missing.status(), missing.json()["code"].as_i64()), (404, Some(404)));
}

#[tokio::test]
async fn the_mailbox_is_for_debug_alone() {
    let app = TestApp::with(|settings| {
        settings.debug = false;
        settings.captcha_test_mode = false;
    })
    .await;
    assert_eq!(app.get("/dev/mail").await.status(), 404);
    assert_eq!(app.get("/dev/mail.json").await.status(), 404);
    assert_eq!(nuages::auth::User::objects(&app.app().db).count().await.unwrap(), 0);
}
