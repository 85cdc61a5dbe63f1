//! A form for people, on a plain axum router. The challenges are in the session, here in a database in memory.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Form, Query};
use axum::response::Html;
use axum::routing::get;
use nuages::captcha::{Captcha, Png};
use nuages::db::{Db, DbOptions};
use nuages::session::{self, DbStore, SessionConfig, SessionLayer};
use nuages::{Error, Result, migrate};
use nuages_wire::crypto::SecretKeys;

type Fields = HashMap<String, String>;

async fn form(captcha: Captcha) -> Result<Html<String>> {
    let id = captcha.challenge().await?;
    Ok(Html(format!(
        r#"<form method="post"><img src="/captcha.png?id={id}"><input type="hidden" name="id" value="{id}"><input name="text"></form>"#
    )))
}

async fn picture(captcha: Captcha, Query(query): Query<Fields>) -> Result<Png> {
    captcha.picture(field(&query, "id")).await?.ok_or_else(|| Error::not_found("no such picture"))
}

async fn judge(captcha: Captcha, Form(form): Form<Fields>) -> Result<&'static str> {
    let passed = captcha.check(field(&form, "id"), field(&form, "text")).await?;
    Ok(if passed { "welcome" } else { "please read the picture again" })
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

async fn app() -> Result<Router> {
    let db = Db::connect(&"sqlite://:memory:".parse()?, DbOptions::default()).await?;
    migrate::migrate(&db, &[session::schema()]).await?;
    let config = SessionConfig::new(SecretKeys::new("not a secret: from an example"));
    let routes = Router::new().route("/", get(form).post(judge)).route("/captcha.png", get(picture));
    Ok(routes.layer(SessionLayer::new(DbStore::new(db), config)))
}

#[tokio::main]
async fn main() -> Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await.map_err(Error::internal)?;
    axum::serve(listener, app().await?).await.map_err(Error::internal)
}

#[cfg(test)]
#[path = "common/ask.rs"]
mod ask;

#[cfg(test)]
mod tests {
    use http::Request;

    use super::ask::ask;

    #[tokio::test]
    async fn a_form_comes_with_a_picture() -> Result<(), Box<dyn std::error::Error>> {
        let app = super::app().await?;
        let form = ask(&app, Request::get("/"), "").await?;
        let cookie = form.headers()["set-cookie"].to_str()?.split(';').next().unwrap_or_default().to_owned();
        let page = String::from_utf8(form.body().to_vec())?;
        let source = page.split('"').find(|part| part.starts_with("/captcha.png")).unwrap_or_default();
        let picture = ask(&app, Request::get(source).header("cookie", cookie), "").await?;
        assert_eq!(picture.headers()["content-type"], "image/png");
        Ok(())
    }
}
