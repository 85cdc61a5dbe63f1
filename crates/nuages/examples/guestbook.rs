//! A site of one file: whoever comes by leaves a line. `docs/getting_started.md` explains it.

use std::process::ExitCode;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use nuages::messages::Messages;
use nuages::migrate::{self, Migration, Operation};
use nuages::orm::Model;
use nuages::prelude::*;
use nuages::site::Site;
use nuages::template::Dict;
use nuages::upload::FormData;
use nuages::{Settings, Urls, cli};

#[derive(Model, Clone, Debug)]
#[model(app = "guestbook", ordering("-id"))]
struct Entry {
    id: i64,
    #[field(max_length = 200)]
    text: String,
    #[field(auto_now_add)]
    written: Timestamp,
}

async fn page(State(app): State<App>) -> Result<Template> {
    let entries = Entry::objects(&app.db).limit(50).list().await?;
    let entries = Value::list(entries.into_iter().map(|entry| {
        Value::from(Dict::from_iter([
            ("text", Value::from(entry.text)),
            ("written", Value::from(entry.written)),
        ]))
    }));
    Ok(Template::new("page.html", context! { entries }))
}

async fn write(State(app): State<App>, messages: Messages, form: FormData) -> Result<Response> {
    match form.get("text").map(str::trim) {
        Some(text) if (1..=200).contains(&text.chars().count()) => {
            Entry::objects(&app.db).create([Entry::text.set(text)]).await?;
            messages.success("Thank you.");
        }
        _ => messages.error("Write from 1 to 200 characters."),
    }
    Ok(redirect("/"))
}

const PAGE: &str = r#"<!doctype html>
<title>Guest book</title>
{% for message in messages %}<p class="{{ message.tags }}">{{ message }}</p>{% endfor %}
<form method="post">{% csrf_token %}<input name="text" maxlength="200"> <button>Write</button></form>
{% for entry in entries %}<p>{{ entry.text }} <small>{{ entry.written|date:"Y-m-d H:i" }}</small></p>
{% empty %}<p>Be the first.</p>{% endfor %}
"#;

fn site(settings: Settings) -> Site {
    let first = Migration::new("0001_initial", vec![Operation::CreateTable(Entry::table())]);
    Site::new(settings)
        .urls(Urls::new().path("", get(page).post(write), "guestbook"))
        .models([migrate::App { label: "guestbook", depends: &[], migrations: vec![first] }])
        .templates(&[("page.html", PAGE)])
}

fn main() -> ExitCode {
    cli::run(Settings::default(), &[], site)
}

#[cfg(test)]
mod tests {
    use nuages::testing::{Client, settings};

    #[tokio::test]
    async fn a_line_is_kept_and_escaped() -> nuages::Result<()> {
        let client = Client::of(super::site(settings())).await?;
        assert_eq!(client.post("/", &[("text", "<b>Ann</b>")]).await.status(), 302);
        let page = client.get("/").await.text();
        assert!(page.contains("&lt;b&gt;Ann&lt;/b&gt;") && page.contains("Thank you."), "{page}");
        client.post("/", &[("text", " ")]).await;
        assert!(client.get("/").await.text().contains("Write from 1 to 200 characters."));
        Ok(())
    }
}
