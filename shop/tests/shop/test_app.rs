//! A shop with seeded shelves, and visitors to walk in it.

use std::ops::Deref;

use nuages::auth::{EncodedPassword, NewUser, Passwords, User};
use nuages::testing::{self, Client, Response};
use nuages::{Settings, time::Random};
use tempfile::TempDir;

/// The password of every user that [`TestApp::user`] makes.
pub(crate) const PASSWORD: &str = "correct horse 9";

/// A visitor of a fresh shop. Dereferences to its client.
pub(crate) struct TestApp {
    client: Client,
    // Removed with the app.
    folder: TempDir,
}

impl TestApp {
    /// A shop in DEBUG with the demonstration goods, captcha in test mode.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// As [`TestApp::new`], with settings changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        // Shown for a test that fails: what the site wrote into its log.
        let _ = tracing_subscriber::fmt().with_test_writer().with_max_level(tracing::Level::WARN).try_init();
        let folder = TempDir::new().unwrap();
        let mut settings = Settings {
            debug: true,
            captcha_test_mode: true,
            media_root: folder.path().join("media"),
            database_url: format!("sqlite:///{}", folder.path().join("shop.sqlite3").display())
                .parse()
                .unwrap(),
            ..shop::defaults()
        };
        let test = testing::settings();
        settings.secret_key = test.secret_key;
        settings.site_url = test.site_url;
        settings.allowed_hosts = test.allowed_hosts;
        settings.password_iterations = test.password_iterations;
        change(&mut settings);
        let client = Client::of(shop::site(settings)).await.unwrap();
        let seed = shop::commands().into_iter().find(|command| command.name() == "seed").unwrap();
        seed.run(client.app().clone()).await.unwrap();
        Self { client, folder }
    }

    /// Makes an active user.
    pub(crate) async fn user(&self, name: &str) -> User {
        let passwords = Passwords::new(self.app().settings.password_iterations, Random::os());
        let password: EncodedPassword = passwords.make_password(PASSWORD).await.unwrap();
        let new = NewUser::new(name, format!("{name}@example.com"), password);
        User::create_user(&self.app().db, new).await.unwrap()
    }

    /// Another visitor, logged in as a new user of this name.
    pub(crate) async fn member(&self, name: &str) -> (Client, User) {
        let user = self.user(name).await;
        let client = self.another();
        client.force_login(&user).await.unwrap();
        (client, user)
    }

    /// How many rows `condition` finds: `goods_sku WHERE stock < 0`.
    pub(crate) async fn count(&self, rows: &str) -> i64 {
        let sql = format!("SELECT count(*) AS n FROM {rows}");
        nuages::db::Executor::query(&self.app().db, &sql, vec![]).await.unwrap()[0].get("n").unwrap()
    }

    /// The stored session of this cookie.
    pub(crate) async fn user_by_name(&self, name: &str) -> Option<User> {
        User::objects(&self.app().db).filter(User::username.eq(name)).first().await.unwrap()
    }

    /// The folder of the database and the uploads.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

impl Deref for TestApp {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// `{"code": 0, "count": 3}` of a cart's answer: status, whether the code is 0, and the count.
pub(crate) fn verdict(response: &Response) -> (u16, bool, Option<i64>) {
    let json = response.json();
    (response.status(), json["code"] == 0, json["count"].as_i64())
}
