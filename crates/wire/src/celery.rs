//! Celery's task messages and results, protocol 2, as they lie in Redis.
//!
//! Equals what Celery 5 and kombu write and read. A task is a JSON envelope in the list of its queue; its
//! body, base64 of `[[2, 3], {}, {"callbacks": null, …}]`, holds arguments, keywords and what comes after.
//! A result is JSON under `celery-task-meta-<id>`: `{"status": "SUCCESS", "result": 5, …}`. Dates,
//! decimals, UUIDs and bytes travel as `{"__type__": "date", "__value__": "2026-01-15"}`.
//!
//! ```
//! use jiff::Timestamp;
//! use nuages_wire::celery::{Call, Sender, TaskMessage, priority_key};
//! use nuages_wire::pickle::Value;
//!
//! let call = Call { args: vec![Value::from(2), Value::from(3)], ..Call::new("shop.add", "id-1") };
//! let sender = Sender { origin: "gen1@host", reply_to: "r-1", delivery_tag: "t-1" };
//! let envelope = call.envelope(&sender, Timestamp::from_second(1768478400)?)?;
//! assert_eq!(priority_key(&call.queue, call.priority), "celery"); // LPUSH celery <envelope>
//!
//! let message = TaskMessage::parse(&envelope, Default::default())?;
//! assert_eq!(message.task(), Some("shop.add"));
//! assert_eq!(message.args, call.args);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};

use crate::datetime::DateTime;
use crate::json::{self, Object, Style};
use crate::pickle::{Limits, Value};
use crate::zlib;

mod message;
mod repr;
mod result;
mod values;

pub use message::TaskMessage;
pub use result::{Failure, TaskResult, result_key};

use repr::saferepr;
use values::to_json;

/// What separates a queue's name from its priority step.
const SEPARATOR: &str = "\u{6}\u{16}";

/// A task to send.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// `shop.tasks.send_mail`
    pub task: String,
    /// A UUID as text, new for each task.
    pub id: String,
    /// Its arguments.
    pub args: Vec<Value>,
    /// Its keyword arguments.
    pub kwargs: Vec<(String, Value)>,
    /// What comes after it: `callbacks`, `errbacks`, `chain`, `chord`, each null or signatures.
    pub embed: Embed,
    /// The queue, `celery` by default.
    pub queue: String,
    /// 0 to 9, 0 first.
    pub priority: i64,
    /// Not before this time.
    pub eta: Option<DateTime>,
    /// Not after this time.
    pub expires: Option<DateTime>,
    /// How often it was tried.
    pub retries: i64,
    /// Hard and soft limit in seconds.
    pub time_limit: (Option<i64>, Option<i64>),
    /// Whether its result is not to be stored; null leaves it to the worker.
    pub ignore_result: Option<bool>,
    /// The name to show in its place.
    pub shadow: Option<String>,
    /// The first task of this family; itself by default.
    pub root_id: Option<String>,
    /// The task that sent it.
    pub parent_id: Option<String>,
    /// How often it replaced itself.
    pub replaced_task_nesting: i64,
    /// What the result's message is called; its id by default.
    pub correlation_id: Option<String>,
    /// More headers.
    pub headers: Vec<(String, Value)>,
    /// Whether the body is compressed with zlib.
    pub compress: bool,
}

/// The tasks that follow a task, as signatures; see [`TaskMessage::embed`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embed {
    /// Run with the result when it succeeds.
    pub callbacks: Value,
    /// Run with its id when it fails.
    pub errbacks: Value,
    /// The rest of a chain, the next one last.
    pub chain: Value,
    /// The body of a chord.
    pub chord: Value,
}

/// Who sends a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender<'a> {
    /// `gen<process id>@<host>`
    pub origin: &'a str,
    /// A UUID of the sending process.
    pub reply_to: &'a str,
    /// A UUID of this message; without it a worker loses the message.
    pub delivery_tag: &'a str,
}

/// Why a message or result cannot be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CeleryError {
    /// Not the JSON of a message or result.
    Malformed,
    /// Larger than allowed, after decompressing.
    TooBig,
    /// A content type, compression, or protocol that is not supported; kombu refuses it too.
    Unsupported,
    /// A value that kombu has no JSON for: a set, a time span.
    Value,
    /// A time outside the calendar.
    OutOfRange,
}

/// The Redis list for a queue and a priority: `mail`, or `mail\x06\x163` for 3 to 5.
pub fn priority_key(queue: &str, priority: i64) -> String {
    match priority.clamp(0, 9) / 3 * 3 {
        0 => queue.to_owned(),
        step => format!("{queue}{SEPARATOR}{step}"),
    }
}

impl Call {
    /// A task for the queue `celery`.
    pub fn new(task: &str, id: &str) -> Self {
        Call { task: task.to_owned(), id: id.to_owned(), queue: "celery".to_owned(), ..Call::default() }
    }

    /// Sets the time before which it does not run (`countdown`).
    ///
    /// # Errors
    /// [`CeleryError::OutOfRange`].
    pub fn countdown(&mut self, now: Timestamp, delay: SignedDuration) -> Result<(), CeleryError> {
        self.eta = Some(later(now, delay)?);
        Ok(())
    }

    /// Sets the time after which it does not run (`expires`, as seconds).
    ///
    /// # Errors
    /// [`CeleryError::OutOfRange`].
    pub fn expires_in(&mut self, now: Timestamp, delay: SignedDuration) -> Result<(), CeleryError> {
        self.expires = Some(later(now, delay)?);
        Ok(())
    }

    /// The envelope to push to [`priority_key`].
    ///
    /// # Errors
    /// [`CeleryError::Value`].
    pub fn envelope(&self, sender: &Sender<'_>, now: Timestamp) -> Result<String, CeleryError> {
        let mut envelope = Object::new();
        envelope.insert("body", STANDARD.encode(self.body()?));
        envelope.insert("content-encoding", "utf-8");
        envelope.insert("content-type", "application/json");
        envelope.insert("headers", self.headers(sender)?);
        envelope.insert("properties", self.properties(sender, now));
        Ok(json::Value::Object(envelope).to_json(Style::PYTHON))
    }

    fn body(&self) -> Result<Vec<u8>, CeleryError> {
        let mut embed = Object::new();
        for (name, tasks) in [
            ("callbacks", &self.embed.callbacks),
            ("errbacks", &self.embed.errbacks),
            ("chain", &self.embed.chain),
            ("chord", &self.embed.chord),
        ] {
            embed.insert(name, value(tasks)?);
        }
        let args = self.args.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        let body = vec![json::Value::Array(args), entries(&self.kwargs)?.into(), embed.into()];
        let body = json::Value::Array(body).to_json(Style::PYTHON).into_bytes();
        Ok(if self.compress { zlib::compress(&body) } else { body })
    }

    fn headers(&self, sender: &Sender<'_>) -> Result<Object, CeleryError> {
        let null = json::Value::Null;
        let text = |text: &Option<String>| text.as_deref().map_or(null.clone(), json::Value::from);
        let time = |time: &Option<DateTime>| time.map_or(null.clone(), |time| time.to_string().into());
        let limit = |limit: Option<i64>| limit.map_or(null.clone(), json::Value::from);
        let kwargs = self.kwargs.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect();
        let mut headers = Object::new();
        headers.insert("lang", "py");
        headers.insert("task", self.task.as_str());
        headers.insert("id", self.id.as_str());
        headers.insert("shadow", text(&self.shadow));
        headers.insert("eta", time(&self.eta));
        headers.insert("expires", time(&self.expires));
        headers.insert("group", null.clone());
        headers.insert("group_index", null.clone());
        headers.insert("retries", self.retries);
        headers.insert("timelimit", vec![limit(self.time_limit.0), limit(self.time_limit.1)]);
        headers.insert("root_id", self.root_id.as_ref().unwrap_or(&self.id).as_str());
        headers.insert("parent_id", text(&self.parent_id));
        headers.insert("argsrepr", saferepr(&Value::List(self.args.clone())));
        headers.insert("kwargsrepr", saferepr(&Value::Dict(kwargs)));
        headers.insert("origin", sender.origin);
        headers.insert("ignore_result", self.ignore_result.map_or(null.clone(), json::Value::Bool));
        headers.insert("replaced_task_nesting", self.replaced_task_nesting);
        headers.insert("stamped_headers", null);
        headers.insert("stamps", Object::new());
        for (name, header) in &self.headers {
            headers.insert(name.as_str(), value(header)?);
        }
        if self.compress {
            headers.insert("compression", "application/x-gzip");
        }
        Ok(headers)
    }

    fn properties(&self, sender: &Sender<'_>, now: Timestamp) -> Object {
        let mut delivery_info = Object::new();
        delivery_info.insert("exchange", "");
        delivery_info.insert("routing_key", self.queue.as_str());
        let mut properties = Object::new();
        properties.insert("correlation_id", self.correlation_id.as_ref().unwrap_or(&self.id).as_str());
        properties.insert("reply_to", sender.reply_to);
        properties.insert("delivery_mode", 2);
        // A time without an offset is one of UTC.
        let now = DateTime::utc(now);
        let left = self
            .expires
            .and_then(|expires| expires.since(&DateTime { offset: expires.offset.and(now.offset), ..now }));
        if let Some(left) = left {
            properties.insert("expiration", left.as_millis().max(0).to_string());
        }
        properties.insert("delivery_info", delivery_info);
        properties.insert("priority", self.priority);
        properties.insert("body_encoding", "base64");
        properties.insert("delivery_tag", sender.delivery_tag);
        properties
    }
}

fn later(now: Timestamp, delay: SignedDuration) -> Result<DateTime, CeleryError> {
    now.checked_add(delay).map(DateTime::utc).map_err(|_| CeleryError::OutOfRange)
}

fn value(value: &Value) -> Result<json::Value, CeleryError> {
    to_json(value).ok_or(CeleryError::Value)
}

fn entries(entries: &[(String, Value)]) -> Result<Object, CeleryError> {
    let mut object = Object::new();
    for (name, entry) in entries {
        object.insert(name.as_str(), value(entry)?);
    }
    Ok(object)
}

fn read(text: &str, limits: Limits) -> Result<json::Value, CeleryError> {
    if text.len() > limits.size {
        return Err(CeleryError::TooBig);
    }
    let limits = json::Limits { size: limits.size, depth: limits.depth };
    json::from_str_with(text, limits).map_err(|_| CeleryError::Malformed)
}

impl fmt::Display for CeleryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CeleryError::Malformed => "not a Celery message or result",
            CeleryError::TooBig => "the Celery message is too big",
            CeleryError::Unsupported => "an unsupported content type, compression or protocol",
            CeleryError::Value => "a value that Celery has no JSON for",
            CeleryError::OutOfRange => "a time outside the calendar",
        })
    }
}

impl std::error::Error for CeleryError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_have_four_lists() {
        let keys: Vec<String> = [-1, 2, 3, 8, 99].iter().map(|step| priority_key("q", *step)).collect();
        assert_eq!(keys, ["q", "q", "q\u{6}\u{16}3", "q\u{6}\u{16}6", "q\u{6}\u{16}9"]);
    }

    #[test]
    fn a_task_comes_back_with_its_types() {
        let now = Timestamp::from_second(1768478400).unwrap_or_default();
        let mut call = Call {
            args: vec![Value::Bytes(vec![0xff]), Value::Uuid(3), Value::Decimal("1.50".into())],
            kwargs: vec![("when".into(), Value::DateTime(DateTime::utc(now)))],
            compress: true,
            ..Call::new("shop.echo", "id")
        };
        assert_eq!(call.expires_in(now, SignedDuration::from_millis(1500)), Ok(()));
        let sender = Sender { origin: "gen1@h", reply_to: "r", delivery_tag: "t" };
        let envelope = call.envelope(&sender, now).unwrap_or_default();
        assert!(envelope.contains(r#""expiration": "1500""#), "{envelope}");
        let message = TaskMessage::parse(&envelope, Limits::default());
        assert_eq!(message.as_ref().map(|message| &message.args), Ok(&call.args));
        assert_eq!(
            message.map(|message| message.kwargs.get("when").cloned()),
            Ok(Some(Value::DateTime(DateTime::utc(now))))
        );
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        for text in ["", "[]", "{}", r#"{"body": "", "headers": {}, "properties": {}}"#] {
            assert!(TaskMessage::parse(text, Limits::default()).is_err(), "{text}");
        }
    }
}
