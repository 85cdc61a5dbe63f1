//! `/dev/mail`: the mails of a site that sends none. Only while DEBUG; else there is no such page.

use axum::Json;
use axum::extract::State;
use nuages::prelude::*;
use nuages::template::Dict;
use serde_json::json;

/// The mailbox as a page.
pub(crate) async fn mailbox(State(app): State<App>) -> Result<Template> {
    only_while_debug(&app)?;
    let mails = app.mailer.outbox().await?.into_iter().map(|mail| {
        Value::from(Dict::from_iter([
            ("to", Value::list(mail.to)),
            ("subject", Value::from(mail.subject)),
            ("text", Value::from(mail.text)),
            ("html", Value::from(mail.html.unwrap_or_default())),
            ("sent_at", Value::from(mail.sent_at)),
        ]))
    });
    Ok(Template::new("dev/mail.html", context! { mails: Value::list(mails) }))
}

/// The mailbox for programs.
pub(crate) async fn mailbox_json(State(app): State<App>) -> Result<Json<serde_json::Value>> {
    only_while_debug(&app)?;
    let mails = app.mailer.outbox().await?.into_iter().map(|mail| {
        json!({
            "to": mail.to,
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html.unwrap_or_default(),
            "sent_at": mail.sent_at.to_string(),
        })
    });
    Ok(Json(mails.collect()))
}

fn only_while_debug(app: &App) -> Result<()> {
    if app.settings.debug { Ok(()) } else { Err(Error::not_found("There is no such page.")) }
}
