//! Mails: a subject, a plain text and an HTML page, each a template under `mail/`.

use nuages::mail::Message;
use nuages::prelude::*;

/// Renders `mail/<name>.{subject.txt,txt,html}` and hands the mail over for delivery.
pub(crate) async fn send(
    app: &App,
    to: &str,
    name: &str,
    mut context: Context,
    translator: &Translator,
) -> Result<()> {
    context.insert("site_url", app.settings.site_url.as_str());
    context.insert("LANGUAGE_CODE", translator.language());
    let part = async |ending: &str| {
        app.render(&format!("mail/{name}.{ending}"), &context, translator.language()).await
    };
    let message = Message {
        to: vec![to.to_owned()],
        from: None,
        subject: part("subject.txt").await?.trim().to_owned(),
        text: part("txt").await?,
        html: Some(part("html").await?),
    };
    app.mailer.send(&app.db, message).await.map(drop)
}
