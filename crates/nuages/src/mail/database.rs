//! The backend that keeps mails in the database: for development, for tests, and to see what a site would send.

use crate::db::{Db, DbError, Executor, Row, Value};
use crate::error::{Error, Result};

use super::{Delivery, SentMail};

/// How many mails are kept.
const KEPT: i64 = 1000;

/// Keeps the mail. A second time under one id keeps nothing, for a task may run twice.
pub(super) async fn deliver(db: &Db, delivery: &Delivery) -> Result<(), DbError> {
    const INSERT: &str = "INSERT INTO nuages_mail (delivery, recipients, sender, subject, text, html, sent_at) \
                          VALUES (?, ?, ?, ?, ?, ?, ?)";
    const PRUNE: &str = "DELETE FROM nuages_mail WHERE id <= (SELECT max(id) FROM nuages_mail) - ?";
    let Delivery { id, from, message } = delivery;
    let recipients = serde_json::Value::from(message.to.clone()).to_string();
    let params = vec![
        Value::from(id),
        recipients.into(),
        Value::from(from),
        Value::from(&message.subject),
        Value::from(&message.text),
        message.html.clone().into(),
        db.now().into(),
    ];
    match db.execute(INSERT, params).await {
        Err(error) if !error.is_unique_violation(&["delivery"]) => return Err(error),
        _ => {}
    }
    db.execute(PRUNE, vec![KEPT.into()]).await.map(drop)
}

pub(super) async fn sent(db: &Db) -> Result<Vec<SentMail>> {
    const SQL: &str = "SELECT recipients, sender, subject, text, html, sent_at FROM nuages_mail \
                       ORDER BY id DESC LIMIT ?";
    db.query(SQL, vec![KEPT.into()]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<SentMail> {
    Ok(SentMail {
        to: serde_json::from_str(&row.get::<String>("recipients")?).map_err(Error::internal)?,
        from: row.get("sender")?,
        subject: row.get("subject")?,
        text: row.get("text")?,
        html: row.get("html")?,
        sent_at: row.get("sent_at")?,
    })
}
