//! Mail: composed in the request, delivered by a task (`django.core.mail`).
//!
//! [`Mailer::send`] stores the message as the task `nuages.mail.deliver` in the caller's own transaction: a mail goes out
//! if, and only if, what it tells of was committed, also when the process is killed right after. Each message has an id,
//! and the backend keeps one message an id, so that a task that runs twice delivers once.
//!
//! `EMAIL_BACKEND` says what delivery is. `database` (the default) keeps the last 1000 mails in the table `nuages_mail`,
//! which a site shows at `/dev/mail` while DEBUG ([`Mailer::outbox`]); any other is refused at the start.
//!
//! A header cannot be smuggled in: subjects and addresses with line breaks or other control characters are refused, and
//! an address must be one that Django's `validate_email` accepts.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> nuages::Result<()> {
//! use nuages::db::{Db, DbOptions};
//! use nuages::mail::{Mailer, Message};
//! use nuages::settings::EmailBackend;
//! use nuages::task::{TaskOptions, Tasks};
//!
//! # let db = Db::connect(&"sqlite://:memory:".parse()?, DbOptions::default()).await?;
//! # nuages::migrate::migrate(&db, &[nuages::task::schema(), nuages::mail::schema()]).await?;
//! let tasks = Tasks::new(db.clone(), TaskOptions::default());
//! let mailer = Mailer::new(db.clone(), tasks.clone(), EmailBackend::Database, "shop@example.com")?;
//! let welcome = Message {
//!     to: vec!["zhang.wei@example.com".into()],
//!     subject: "Welcome".into(),
//!     text: "Your account is ready.".into(),
//!     ..Message::default()
//! };
//! mailer.send(&db, welcome).await?;
//!
//! tasks.run_once((), &mailer.tasks()).await?;
//! assert_eq!(mailer.outbox().await?[0].subject, "Welcome");
//! # Ok(())
//! # }
//! ```

mod address;
mod database;
mod schema;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use crate::db::{Db, Executor};
use crate::error::{Error, Result};
use crate::settings::EmailBackend;
use crate::task::{TaskId, TaskSet, Tasks};

pub use address::is_valid_address;
pub use schema::schema;

/// The task that delivers.
const DELIVER: &str = "nuages.mail.deliver";

/// The most recipients of one message.
const MAX_RECIPIENTS: usize = 100;

/// The longest subject, in characters (RFC 5322, section 2.1.1).
const MAX_SUBJECT: usize = 998;

/// A message. `Debug` leaves out what it says, which may hold a token.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Whom it goes to: `zhang.wei@example.com` or `Zhang Wei <zhang.wei@example.com>`.
    pub to: Vec<String>,
    /// Whom it is from; `None` is `DEFAULT_FROM_EMAIL`.
    pub from: Option<String>,
    /// What it is about, one line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
}

/// A message as it was delivered.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct SentMail {
    /// Whom it went to.
    pub to: Vec<String>,
    /// Whom it was from.
    pub from: String,
    /// What it is about.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// When it was delivered; in JSON as `2026-01-15T12:00:00Z`.
    #[serde(serialize_with = "as_text")]
    pub sent_at: Timestamp,
}

/// A message on its way: what the task carries.
#[derive(Clone, Serialize, Deserialize)]
struct Delivery {
    id: String,
    from: String,
    message: Message,
}

/// Sends mail. Cloning is cheap.
#[derive(Clone)]
pub struct Mailer {
    db: Db,
    tasks: Tasks,
    default_from: Arc<str>,
}

impl Message {
    /// Whether it can be sent.
    ///
    /// # Errors
    /// A bad request, without the value, when there is no recipient or more than 100, an address is not valid, or the
    /// subject has a control character (Django's `BadHeaderError`) or more than 998 characters.
    pub fn validate(&self) -> Result<()> {
        if self.to.is_empty() || self.to.len() > MAX_RECIPIENTS {
            return Err(Error::bad_request("a mail goes to at least one and at most 100 recipients"));
        }
        if !self.to.iter().chain(&self.from).all(|mailbox| address::is_valid_mailbox(mailbox)) {
            return Err(Error::bad_request("a mail address is not valid"));
        }
        if self.subject.chars().any(char::is_control) || self.subject.chars().count() > MAX_SUBJECT {
            return Err(Error::bad_request("a mail's subject is one line of at most 998 characters"));
        }
        Ok(())
    }
}

impl Mailer {
    /// Mail by `backend` (`EMAIL_BACKEND`), from `default_from` (`DEFAULT_FROM_EMAIL`) unless a message says otherwise.
    ///
    /// # Errors
    /// Unsupported for any backend but `database`; a configuration error when `default_from` is no address.
    pub fn new(db: Db, tasks: Tasks, backend: EmailBackend, default_from: &str) -> Result<Self> {
        backend.require_supported()?;
        if !address::is_valid_mailbox(default_from) {
            return Err(Error::configuration("DEFAULT_FROM_EMAIL is not a valid mail address"));
        }
        Ok(Self { db, tasks, default_from: default_from.into() })
    }

    /// Leaves `message` to be delivered, in the transaction of `executor` if it has one.
    ///
    /// # Errors
    /// As [`Message::validate`] and [`Tasks::enqueue`].
    pub async fn send(&self, executor: &impl Executor, message: Message) -> Result<TaskId> {
        message.validate()?;
        let from = message.from.clone().unwrap_or_else(|| self.default_from.to_string());
        let delivery = Delivery { id: self.tasks.new_id()?.to_string(), from, message };
        self.tasks.enqueue(executor, DELIVER, &delivery).await
    }

    /// The task that delivers; a site includes it in its own.
    pub fn tasks<C: Send + 'static>(&self) -> TaskSet<C> {
        let db = self.db.clone();
        TaskSet::new().task(DELIVER, move |_: C, delivery: Delivery| {
            let db = db.clone();
            async move { Ok(database::deliver(&db, &delivery).await?) }
        })
    }

    /// What was delivered, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn outbox(&self) -> Result<Vec<SentMail>> {
        database::sent(&self.db).await
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { to, from, subject, .. } = self;
        f.debug_struct("Message")
            .field("to", to)
            .field("from", from)
            .field("subject", subject)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SentMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { to, subject, sent_at, .. } = self;
        f.debug_struct("SentMail")
            .field("to", to)
            .field("subject", subject)
            .field("sent_at", sent_at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("default_from", &self.default_from).finish_non_exhaustive()
    }
}

fn as_text<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(instant)
}
