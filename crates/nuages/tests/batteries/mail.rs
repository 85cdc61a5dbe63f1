//! Mail: sent with the transaction, delivered once, never with a smuggled header.

use jiff::{SignedDuration, Timestamp};
use nuages::Error;
use nuages::db::{Db, Executor, Tx};
use nuages::error::ErrorKind;
use nuages::mail::{Mailer, Message};
use nuages::settings::EmailBackend;
use nuages::task::{TaskOptions, Tasks};
use nuages::time::Clock;

use crate::place::{Place, on_each_database};

on_each_database!(
    a_mail_goes_out_with_what_it_tells_of,
    a_task_that_runs_again_delivers_once,
    no_header_is_smuggled_in,
    the_last_thousand_are_kept,
    a_backend_that_is_not_there_yet_names_the_setting,
);

async fn mailer(place: &Place) -> (Db, Tasks, Mailer, Clock) {
    let clock = Clock::fixed(Timestamp::from_second(1_768_478_400).unwrap());
    let db = place.open(&clock).await;
    let tasks = Tasks::new(db.clone(), TaskOptions::default());
    let mailer = Mailer::new(db.clone(), tasks.clone(), EmailBackend::Database, "shop@example.com").unwrap();
    (db, tasks, mailer, clock)
}

fn message(subject: &str) -> Message {
    Message {
        to: vec!["张伟 <zhang.wei@example.com>".into()],
        subject: subject.into(),
        text: "点击链接激活 http://127.0.0.1:8000/user/active/token".into(),
        html: Some("<p>点击</p>".into()),
        ..Message::default()
    }
}

async fn a_mail_goes_out_with_what_it_tells_of(place: Place) {
    let (db, tasks, mailer, clock) = mailer(&place).await;
    for keep in [true, false] {
        let mailer = mailer.clone();
        let order = move |tx: Tx| async move {
            mailer.send(&tx, message("订单")).await?;
            if keep { Ok(()) } else { Err(Error::conflict("sold out")) }
        };
        assert_eq!(db.transaction(order).await.is_ok(), keep);
    }
    assert!(mailer.outbox().await.unwrap().is_empty());
    assert_eq!(tasks.run_once((), &mailer.tasks()).await.unwrap(), 1);
    clock.advance(SignedDuration::from_secs(1));
    mailer.send(&db, Message { from: Some("li@example.com".into()), ..message("second") }).await.unwrap();
    tasks.run_once((), &mailer.tasks()).await.unwrap();

    let sent = mailer.outbox().await.unwrap();
    let subjects: Vec<_> = sent.iter().map(|mail| (mail.subject.as_str(), mail.from.as_str())).collect();
    assert_eq!(subjects, [("second", "li@example.com"), ("订单", "shop@example.com")]);
    assert_eq!(
        serde_json::to_value(&sent[1]).unwrap(),
        serde_json::json!({
            "to": ["张伟 <zhang.wei@example.com>"], "from": "shop@example.com", "subject": "订单",
            "text": "点击链接激活 http://127.0.0.1:8000/user/active/token", "html": "<p>点击</p>",
            "sent_at": "2026-01-15T12:00:00Z"
        })
    );
    assert!(!format!("{sent:?}").contains("token"), "what a mail says is not for the log");
}

async fn a_task_that_runs_again_delivers_once(place: Place) {
    let (db, tasks, mailer, _) = mailer(&place).await;
    mailer.send(&db, message("once")).await.unwrap();
    let row = db.query("SELECT name, args FROM nuages_task", vec![]).await.unwrap().remove(0);
    let args: serde_json::Value = serde_json::from_str(&row.get::<String>("args").unwrap()).unwrap();
    // As if the worker had died after the delivery and before the row was deleted.
    tasks.enqueue(&db, &row.get::<String>("name").unwrap(), &args).await.unwrap();
    assert_eq!(tasks.run_once((), &mailer.tasks()).await.unwrap(), 2);
    assert_eq!(mailer.outbox().await.unwrap().len(), 1);
    assert!(tasks.dead().await.unwrap().is_empty());
}

async fn no_header_is_smuggled_in(place: Place) {
    let (db, tasks, mailer, _) = mailer(&place).await;
    let to = |to: &[&str]| Message { to: to.iter().map(ToString::to_string).collect(), ..message("hi") };
    let many = vec!["a@b.cn"; 101];
    let refused = [
        message("hi\r\nBcc: victim@example.com"),
        message("hi\nthere"),
        message(&"x".repeat(999)),
        to(&[]),
        to(&many),
        to(&["a@b.cn", "no address"]),
        to(&["a@b.cn\r\nBcc: victim@example.com"]),
        to(&["a@b.cn, victim@example.com"]),
        Message { from: Some("x\n <a@b.cn>".into()), ..message("hi") },
    ];
    for message in refused {
        let error = mailer.send(&db, message).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadRequest);
        assert!(!error.to_string().contains("victim"));
    }
    assert_eq!(tasks.pending().await.unwrap(), 0);
}

async fn the_last_thousand_are_kept(place: Place) {
    let (db, tasks, mailer, _) = mailer(&place).await;
    let sender = mailer.clone();
    let burst = |tx: Tx| async move {
        for number in 0..1003 {
            sender.send(&tx, message(&number.to_string())).await?;
        }
        Ok::<_, Error>(())
    };
    db.transaction(burst).await.unwrap();
    assert_eq!(tasks.run_once((), &mailer.tasks()).await.unwrap(), 1003);
    assert_eq!(mailer.outbox().await.unwrap().len(), 1000);
}

async fn a_backend_that_is_not_there_yet_names_the_setting(place: Place) {
    let (db, tasks, _, _) = mailer(&place).await;
    let refused = Mailer::new(db.clone(), tasks.clone(), EmailBackend::Smtp, "a@b.cn").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert!(refused.to_string().contains("EMAIL_BACKEND"));
    let refused = Mailer::new(db, tasks, EmailBackend::Database, "nobody").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Configuration);
}
