//! What a client may send that it should not: a clear answer, nothing written, never a 500.

use bytes::Bytes;
use nuages::testing::{Client, Response};

use crate::test_app::{TestApp, verdict};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

#[tokio::test]
async fn counts_that_are_none() {
    let app = TestApp::new().await;
    let (member, _) = app.member("member").await;
    for client in [&*app, &member] {
        for path in ["/cart/add", "/cart/update"] {
            for count in [
                "-1",
                "0",
                "1000",
                "99999999999999999999999",
                "-99999999999999999999",
                "１２",
                "1.5",
                "1e3",
                "",
                " ",
                "0x1",
                "+1",
                "٣",
            ] {
                let answer = client.post_json(path, &[("sku_id", "1"), ("count", count)]).await;
                let (status, fine, _) = verdict(&answer);
                assert!((400..500).contains(&status) && !fine, "{path} {count:?}: {status}");
                assert!(!answer.json()["message"].as_str().unwrap().is_empty());
            }
        }
        assert_eq!(client.post_json("/cart/add", &[("sku_id", "1")]).await.status(), 400);
        assert_eq!(client.get_json("/cart/").await.json()["count"], 0);
    }
}

#[tokio::test]
async fn goods_that_are_not_for_sale() {
    let app = TestApp::new().await;
    let find = async |rows: &str| {
        let rows = nuages::db::Executor::query(
            &app.app().db,
            &format!("SELECT id FROM goods_sku WHERE {rows}"),
            vec![],
        )
        .await;
        rows.unwrap()[0].get::<i64>("id").unwrap().to_string()
    };
    let (off_line, sold_out) = (find("status = 0").await, find("stock = 0").await);
    for (sku, expected) in [
        ("999999", 404),
        (off_line.as_str(), 404),
        (sold_out.as_str(), 409),
        ("x", 400),
        ("", 400),
        ("99999999999999999999", 404),
    ] {
        let answer = app.post_json("/cart/add", &[("sku_id", sku), ("count", "1")]).await;
        assert_eq!((answer.status(), answer.json()["code"] == 0), (expected, false), "{sku}");
    }
    assert_eq!(app.count("django_session").await, 0);
}

#[tokio::test]
async fn a_form_without_its_token() {
    let app = TestApp::new().await;
    app.get("/").await;
    let form = |path| {
        app.request(http::Method::POST, path).header("content-type", "application/x-www-form-urlencoded")
    };
    for path in
        ["/cart/add", "/user/login", "/user/register", "/user/logout", "/order/commit", "/i18n/setlang/"]
    {
        let page = app.send(form(path), "sku_id=1&count=1").await;
        assert_eq!(page.status(), 403, "{path}");
        assert!(page.header("content-type").starts_with("text/html"));
        let json = app.send(form(path).header("accept", "application/json"), "sku_id=1&count=1").await;
        assert_eq!((json.status(), json.json()["code"].as_i64()), (403, Some(403)), "{path}");
    }
    assert_eq!(app.count("django_session").await, 0);
}

/// Sends a file to `/user/avatar`.
async fn upload(client: &Client, name: &str, content: &[u8]) -> Response {
    let token = client.get("/user/avatar").await.field("csrfmiddlewaretoken").unwrap();
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"csrfmiddlewaretoken\"\r\n\r\n{token}\r\n--b\r\n\
         Content-Disposition: form-data; name=\"headimg\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let request = client
        .request(http::Method::POST, "/user/avatar")
        .header("content-type", "multipart/form-data; boundary=b")
        .header("content-length", body.len());
    client.send(request, Bytes::from(body)).await
}

#[tokio::test]
async fn uploads_that_lie() {
    let app = TestApp::new().await;
    let (member, _) = app.member("member").await;
    let avatars = || std::fs::read_dir(app.folder().join("media/avatars")).map_or(0, |folder| folder.count());
    for (name, content) in [
        ("x.png", &b"<html><script>alert(1)</script>"[..]),
        ("x.png", b"GIF89a"),
        ("x.png", b"x"),
        ("x.svg", b"<svg/>"),
    ] {
        let page = upload(&member, name, content).await;
        assert_eq!(page.status(), 200);
        assert!(page.text().contains("aria-invalid"), "{name}");
    }
    let mut large = PNG.to_vec();
    large.resize((2 << 20) + 1, 0);
    assert!(upload(&member, "large.png", &large).await.text().contains("aria-invalid"));
    large.resize(5 << 20, 0);
    assert_eq!(upload(&member, "larger.png", &large).await.status(), 413);
    assert_eq!(avatars(), 0);

    // The name is the shop's own, whatever the client calls it; the one before is removed.
    for name in ["../../x.png", "..\\..\\x.png", "/etc/passwd", "good.png"] {
        let answer = upload(&member, name, PNG).await;
        assert_eq!(answer.location(), "/user/avatar", "{name}: {}", answer.status());
        assert_eq!(avatars(), 1);
    }
    assert!(!app.folder().join("x.png").exists());
    let page = member.get("/user/avatar").await.text();
    let picture = page.split("src=\"/media/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let served = member.get(&format!("/media/{picture}")).await;
    assert_eq!((served.status(), served.header("content-type")), (200, "image/png"));
    assert_eq!(served.header("x-content-type-options"), "nosniff");
    for outside in
        ["/media/../shop.sqlite3", "/media/%2e%2e/shop.sqlite3", "/media/avatars/..%2f..%2fshop.sqlite3"]
    {
        assert!([400, 404].contains(&member.get(outside).await.status()), "{outside}");
    }
}

#[tokio::test]
async fn a_nul_character() {
    let app = TestApp::new().await;
    let (member, _) = app.member("member").await;
    let address = [("receiver", "a\0b"), ("addr", "somewhere"), ("zip_code", ""), ("phone", "13912345678")];
    let page = member.post("/user/address", &address).await;
    assert_eq!(page.status(), 200);
    assert!(page.text().contains("error_receiver"));
    assert_eq!(app.count("user_address").await, 0);
    assert_eq!(member.get("/order/detail/a%00b").await.status(), 404);
}

#[tokio::test]
async fn no_picture_at_all() {
    let app = TestApp::new().await;
    let (member, _) = app.member("member").await;
    let page = upload(&member, "", b"").await;
    assert_eq!(page.status(), 200);
    assert!(page.text().contains("aria-invalid"));
    let plain = member.post("/user/avatar", &[("headimg", "x")]).await;
    assert_eq!(plain.status(), 200);
    assert!(plain.text().contains("aria-invalid"));
}

#[tokio::test]
async fn a_session_cookie_that_somebody_bent() {
    let app = TestApp::new().await;
    for key in [
        "short",
        "z".repeat(32).as_str(),
        "../../etc/passwd",
        "'; DROP TABLE django_session; --",
        "%00%00%00%00%00%00%00%00",
        &"a".repeat(4000),
    ] {
        let visitor = app.another();
        visitor.set_cookie("sessionid", key);
        assert_eq!(visitor.get("/").await.status(), 200, "{key}");
        assert_eq!(visitor.get("/user/").await.status(), 302, "{key}");
    }
    // A row that was tampered with is an empty session, as at Django.
    let (member, _) = app.member("member").await;
    nuages::db::Executor::execute(
        &app.app().db,
        "UPDATE django_session SET session_data = 'x' || session_data",
        vec![],
    )
    .await
    .unwrap();
    assert_eq!(member.get("/user/").await.status(), 302);
    assert_eq!(member.get("/").await.status(), 200);
}

#[tokio::test]
async fn a_body_that_is_no_form() {
    let app = TestApp::new().await;
    app.get("/").await;
    let token = app.cookie("csrftoken").unwrap();
    for (kind, body) in [
        ("multipart/form-data", "x"),
        (
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"x\"; filename=\"y",
        ),
        ("application/x-www-form-urlencoded; charset=utf-16", "a=b"),
        ("application/json", "{"),
    ] {
        let request = app
            .request(http::Method::POST, "/cart/add")
            .header("content-type", kind)
            .header("content-length", body.len())
            .header("x-csrftoken", &token)
            .header("accept", "application/json");
        let answer = app.send(request, body).await;
        assert!((400..500).contains(&answer.status()), "{kind}: {}", answer.status());
        assert_ne!(answer.json()["code"], 0);
    }
    let many = (0..1001).map(|n| format!("f{n}=1")).collect::<Vec<_>>().join("&");
    let request = app
        .request(http::Method::POST, "/cart/add")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-csrftoken", &token);
    assert_eq!(app.send(request, many).await.status(), 400);
}

#[tokio::test]
async fn a_host_that_is_not_ours() {
    let app = TestApp::new().await;
    for host in ["evil.example", "testserver.evil.example", "testserver:x", "", "testserver@evil.example"] {
        let request = http::Request::builder().uri("/").header("host", host);
        assert_eq!(app.send(request, "").await.status(), 400, "{host}");
    }
}

#[tokio::test]
async fn a_path_that_is_no_text() {
    let app = TestApp::new().await;
    assert_eq!(app.get("/list/0/%FF").await.status(), 200, "a page that is no number is the first");
    for (path, status) in [("/user/active/%C3%28", 400), ("/%FF", 404)] {
        let answer = app.get(path).await;
        assert_eq!(answer.status(), status, "{path}");
        assert!(answer.text().contains("<html"), "{path}: a page of the shop's own");
        assert!(answer.header("vary").contains("Accept"), "{path}: {}", answer.header("vary"));
    }
}
