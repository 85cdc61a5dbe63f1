//! Register, activate, log in and out, and one's own pages.

use std::time::Duration;

use nuages::auth::User;
use nuages::db::Executor;
use nuages::testing::{Client, Response};
use nuages::token::TimedToken;

use crate::test_app::{PASSWORD, TestApp};

async fn register(client: &Client, changes: &[(&'static str, &str)]) -> Response {
    let captcha = client.get("/user/register").await.field("captcha_id").unwrap();
    let mut fields = vec![
        ("user_name", "newcomer"),
        ("password", PASSWORD),
        ("password2", PASSWORD),
        ("email", "newcomer@example.com"),
        ("allow", "on"),
        ("captcha", "PASSED"),
        ("captcha_id", &captcha),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    client.post("/user/register", &fields).await
}

fn link(text: &str) -> &str {
    let at = text.find("/user/active/").unwrap();
    text[at..].split_whitespace().next().unwrap()
}

#[tokio::test]
async fn a_newcomer_is_inactive_until_the_link_is_opened() {
    let app = TestApp::new().await;
    let answer = register(&app, &[]).await;
    assert_eq!((answer.status(), answer.location()), (302, "/user/login"), "{}", answer.text());
    assert!(!app.user_by_name("newcomer").await.unwrap().is_active);
    let login = [("username", "newcomer"), ("password", PASSWORD)];
    assert_eq!(app.post("/user/login", &login).await.status(), 200);

    let mails = app.outbox().await.unwrap();
    assert_eq!((mails.len(), &mails[0].to[..]), (1, &["newcomer@example.com".to_owned()][..]));
    let link = link(&mails[0].text).to_owned();
    for _ in 0..2 {
        let opened = app.get(&link).await;
        assert_eq!((opened.status(), opened.location()), (302, "/user/login"));
        assert!(app.get("/user/login").await.text().contains("message success"));
    }
    assert!(app.user_by_name("newcomer").await.unwrap().is_active);
    let answer = app.post("/user/login", &login).await;
    assert_eq!((answer.status(), answer.location()), (302, "/"));

    // The staff switches the account off: the old link does not switch it on.
    let sql = "UPDATE auth_user SET is_active = ? WHERE username = 'newcomer'";
    app.app().db.execute(sql, vec![false.into()]).await.unwrap();
    assert_eq!(app.another().get(&link).await.status(), 302);
    assert!(!app.user_by_name("newcomer").await.unwrap().is_active);
    assert_eq!(app.get("/user/").await.status(), 302);
}

#[tokio::test]
async fn who_was_let_in_by_the_staff_and_then_disabled_stays_out() {
    let app = TestApp::new().await;
    register(&app, &[]).await;
    let mails = app.outbox().await.unwrap();
    let link = link(&mails[0].text);
    let switch = async |on: bool| {
        let sql = "UPDATE auth_user SET is_active = ? WHERE username = 'newcomer'";
        app.app().db.execute(sql, vec![on.into()]).await.unwrap();
    };
    switch(true).await;
    let login = [("username", "newcomer"), ("password", PASSWORD)];
    assert_eq!(app.post("/user/login", &login).await.location(), "/");
    switch(false).await;
    app.another().get(link).await;
    app.another().post("/user/resend", &[("email", "newcomer@example.com")]).await;
    assert!(!app.user_by_name("newcomer").await.unwrap().is_active);
    assert_eq!(app.outbox().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_link_that_does_not_serve_offers_another() {
    let app = TestApp::new().await;
    register(&app, &[]).await;
    let mails = app.outbox().await.unwrap();
    let good = link(&mails[0].text).to_owned();
    // Another first character of the signature: the last one has bits that no decoder looks at.
    let mut bent = good.clone();
    let signature = good.rfind('.').unwrap() + 1;
    bent.replace_range(signature..=signature, if good[signature..].starts_with('A') { "B" } else { "A" });
    for bad in [
        bent.as_str(),
        "/user/active/x",
        "/user/active/%00",
        "/user/active/..",
        "/user/active/eyJjb25maXJtIjoxfQ.aaaa.bbbb",
    ] {
        let page = app.get(bad).await;
        assert!([400, 404].contains(&page.status()), "{bad}: {}", page.status());
    }
    // Signed by the site, and yet no `{"confirm": 1}`: Python cannot take `["confirm"]` of a list.
    let keys = app.app().settings.secret_keys();
    let tokens = TimedToken::new(&keys, "itsdangerous", Duration::from_secs(60), app.app().clock.clone());
    let newcomer = User::objects(&app.app().db).get().await.unwrap();
    let list = app.get(&format!("/user/active/{}", tokens.dumps(&[newcomer.id]).unwrap())).await;
    assert_eq!(list.status(), 400);
    let page = app.get(&bent).await;
    assert_eq!(page.status(), 400);
    assert!(page.text().contains("action=\"/user/resend\""));
    // The same answer for any address; a mail only where one waits.
    for email in ["newcomer@example.com", "nobody@example.com"] {
        let answer = app.post("/user/resend", &[("email", email)]).await;
        assert_eq!((answer.status(), answer.location()), (302, "/user/login"));
    }
    assert_eq!(app.outbox().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_form_comes_back_with_its_values_but_never_the_passwords() {
    let app = TestApp::new().await;
    app.user("taken").await;
    for (changes, told) in [
        (&[("user_name", "")][..], "user_name"),
        (&[("user_name", "a b")], "user_name"),
        (&[("user_name", "taken")], "user_name"),
        (&[("email", "nonsense")], "email"),
        (&[("email", "a@b\r\nBcc: x@y.z")], "email"),
        (&[("password", "123"), ("password2", "123")], "password"),
        (&[("password", "8137264958"), ("password2", "8137264958")], "password"),
        (&[("password2", "another one 7")], "password2"),
        (&[("allow", "")], "allow"),
        (&[("captcha", "WRONG")], "captcha"),
        (&[("captcha", "WRONG"), ("captcha_id", "none")], "captcha"),
    ] {
        let page = register(&app, changes).await;
        assert_eq!(page.status(), 200, "{changes:?}");
        let text = page.text();
        assert!(text.contains(&format!("error_{told}")), "{changes:?} → {told}");
        assert!(!text.contains(PASSWORD), "{changes:?}");
        assert!(page.field("captcha_id").is_some());
        if changes[0].0 != "email" {
            assert_eq!(page.field("email").as_deref(), Some("newcomer@example.com"));
        }
    }
    assert_eq!(app.count("auth_user").await, 1);
}

#[tokio::test]
async fn each_tab_has_a_picture_of_its_own() {
    let app = TestApp::new().await;
    let challenge = async || app.get("/user/register").await.field("captcha_id").unwrap();
    let (one, other) = (challenge().await, challenge().await);
    assert_ne!(one, other);
    let picture = async |query: String| app.get(&format!("/captcha.png?id={query}")).await;
    let first = picture(one.clone()).await;
    assert_eq!((first.status(), first.header("content-type")), (200, "image/png"));
    assert_eq!(first.header("cache-control"), "no-store");
    assert_eq!(first.body(), picture(one.clone()).await.body());
    assert_ne!(first.body(), picture(other).await.body());
    assert_ne!(first.body(), picture(format!("{one}&refresh=1")).await.body());
    for unknown in ["", "none", "%00"] {
        assert_eq!(picture(unknown.to_owned()).await.status(), 404);
    }
    assert_eq!(app.another().get(&format!("/captcha.png?id={one}")).await.status(), 404);
}

#[tokio::test]
async fn a_taken_address_is_not_told() {
    let app = TestApp::new().await;
    app.user("owner").await;
    let answer = register(&app, &[("email", "OWNER@example.com")]).await;
    assert_eq!((answer.status(), answer.location()), (302, "/user/login"));
    assert_eq!(app.count("auth_user").await, 1);
    let mails = app.outbox().await.unwrap();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("/user/login") && !mails[0].text.contains("/user/active/"));
    // A name is taken whatever the address.
    let page = register(&app, &[("user_name", "owner"), ("email", "owner@example.com")]).await;
    assert!(page.text().contains("error_user_name"));
}

#[tokio::test]
async fn one_name_goes_to_one_of_many() {
    let app = TestApp::new().await;
    let tabs = (0..8).map(async |tab| {
        let email = format!("racer{tab}@example.com");
        register(&app.another(), &[("email", &email)]).await.status()
    });
    let mut answers = futures_util::future::join_all(tabs).await;
    answers.sort_unstable();
    assert_eq!(answers, [200, 200, 200, 200, 200, 200, 200, 302]);
    assert_eq!(app.count("auth_user").await, 1);
}

#[tokio::test]
async fn one_address_gets_one_account() {
    let app = TestApp::new().await;
    let tabs = (0..8).map(async |tab| {
        let name = format!("racer{tab}");
        register(&app.another(), &[("user_name", &name), ("email", "One@example.com")]).await.status()
    });
    let answers = futures_util::future::join_all(tabs).await;
    assert!(answers.iter().all(|status| *status == 302), "{answers:?}");
    assert_eq!(app.count("auth_user").await, 1);
    let activations =
        app.outbox().await.unwrap().iter().filter(|mail| mail.text.contains("/user/active/")).count();
    assert_eq!(activations, 1);
}

#[tokio::test]
async fn every_failed_login_reads_the_same() {
    let app = TestApp::new().await;
    app.user("bob").await;
    app.app().db.execute("UPDATE auth_user SET is_active = ?", vec![false.into()]).await.unwrap();
    app.user("alice").await;
    let mut texts = Vec::new();
    for (name, password) in
        [("bob", PASSWORD), ("alice", "wrong"), ("nobody", PASSWORD), ("", ""), ("alice", "")]
    {
        let page = app.post("/user/login", &[("username", name), ("password", password)]).await;
        assert_eq!(page.status(), 200);
        let text = page.text();
        let error = text.split("form-error").nth(1).unwrap().split("</p>").next().unwrap().to_owned();
        texts.push(error);
        assert!(page.field("password").is_none_or(|value| value.is_empty()));
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[tokio::test]
async fn too_many_attempts_have_to_wait() {
    let app = TestApp::new().await;
    app.user("bob").await;
    for _ in 0..20 {
        app.post("/user/login", &[("username", "bob"), ("password", "wrong")]).await;
    }
    let page = app.post("/user/login", &[("username", "bob"), ("password", PASSWORD)]).await;
    assert_eq!(page.status(), 429);
    assert!(!page.header("retry-after").is_empty());
}

#[tokio::test]
async fn a_login_leads_where_it_was_asked_for_and_nowhere_else() {
    let app = TestApp::new().await;
    app.user("bob").await;
    for (next, to) in [
        ("/user/order/1", "/user/order/1"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http://testserver/cart/", "http://testserver/cart/"),
        ("", "/"),
    ] {
        let visitor = app.another();
        let fields = [("username", "bob"), ("password", PASSWORD), ("next", next)];
        assert_eq!(visitor.post("/user/login", &fields).await.location(), to, "{next}");
    }
    // Asked for by a POST: back to the page that sent it.
    let visitor = app.another();
    visitor.get("/").await;
    let token = visitor.cookie("csrftoken").unwrap();
    let request = visitor
        .request(http::Method::POST, "/order/place")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("referer", "http://testserver/cart/");
    let answer = visitor.send(request, format!("csrfmiddlewaretoken={token}&sku_ids=1")).await;
    assert_eq!((answer.status(), answer.location()), (302, "/user/login?next=/cart/"));
    assert_eq!(visitor.post_json("/order/place", &[("sku_ids", "1")]).await.status(), 401);
}

#[tokio::test]
async fn remembered_for_two_weeks_or_until_the_browser_closes() {
    let app = TestApp::new().await;
    app.user("bob").await;
    let set_cookie = async |fields: &[(&str, &str)]| {
        let answer = app.another().post("/user/login", fields).await;
        let cookies = answer.headers().get_all("set-cookie").iter();
        cookies
            .map(|line| line.to_str().unwrap())
            .find(|line| line.starts_with("sessionid="))
            .unwrap()
            .to_owned()
    };
    let ticked = set_cookie(&[("username", "bob"), ("password", PASSWORD), ("remembered", "on")]).await;
    assert!(
        ticked.contains("Max-Age=1209600") && ticked.contains("HttpOnly") && ticked.contains("SameSite=Lax")
    );
    let unticked = set_cookie(&[("username", "bob"), ("password", PASSWORD)]).await;
    assert!(!unticked.contains("Max-Age") && !unticked.contains("expires"));
}

#[tokio::test]
async fn a_member_needs_no_door() {
    let app = TestApp::new().await;
    let (member, _) = app.member("bob").await;
    for door in ["/user/login", "/user/register"] {
        let answer = member.get(door).await;
        assert_eq!(answer.location(), "/", "{door}");
    }
    let key = member.cookie("sessionid").unwrap();
    let out = member.post("/user/logout", &[]).await;
    assert_eq!(out.location(), "/");
    member.set_cookie("sessionid", key);
    assert_eq!(member.get("/user/").await.status(), 302);
    assert_eq!(app.get("/user/logout").await.status(), 405);
}

#[tokio::test]
async fn the_latest_address_is_the_default() {
    let app = TestApp::new().await;
    let (member, _) = app.member("bob").await;
    let address = |receiver| {
        [("receiver", receiver), ("addr", "昆明"), ("zip_code", "650031"), ("phone", "16612345678")]
    };
    for receiver in ["张三", "李四"] {
        assert_eq!(member.post("/user/address", &address(receiver)).await.location(), "/user/address");
    }
    let page = member.get("/user/").await.text();
    assert!(page.contains("李四") && !page.contains("张三"));
    for (field, value) in [
        ("phone", "12345678901"),
        ("phone", "１６６12345678"),
        ("zip_code", "12"),
        ("receiver", ""),
        ("addr", ""),
    ] {
        let mut fields = address("王五").to_vec();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let page = member.post("/user/address", &fields).await;
        assert_eq!(page.status(), 200, "{field}={value}");
        assert!(page.text().contains(&format!("error_{field}")), "{field}={value}");
    }
    let long = "长".repeat(21);
    assert_eq!(member.post("/user/address", &address(&long)).await.status(), 200);
    assert_eq!(app.count("user_address").await, 2);
}
