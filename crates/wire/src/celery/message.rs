//! A task's envelope as a worker reads it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::values::from_json;
use super::{CeleryError, read};
use crate::datetime::DateTime;
use crate::json::{self, Object};
use crate::pickle::{Limits, Value};
use crate::zlib;

/// A task as a worker takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskMessage {
    /// `application/json`
    pub content_type: String,
    /// `utf-8`
    pub content_encoding: String,
    /// `task`, `id`, `eta`, `retries` and the rest, as they came.
    pub headers: Object,
    /// `correlation_id`, `reply_to`, `delivery_tag` and the rest, as they came.
    pub properties: Object,
    /// The arguments.
    pub args: Vec<Value>,
    /// The keyword arguments, a dict.
    pub kwargs: Value,
    /// A dict with `callbacks`, `errbacks`, `chain`, `chord`, or an empty one.
    pub embed: Value,
}

impl TaskMessage {
    /// Reads an envelope; `limits.size` also bounds its body after decompressing.
    ///
    /// # Errors
    /// [`CeleryError`], upon which a worker drops the message.
    pub fn parse(envelope: &str, limits: Limits) -> Result<Self, CeleryError> {
        let json::Value::Object(envelope) = read(envelope, limits)? else {
            return Err(CeleryError::Malformed);
        };
        let object = |name| match envelope.get(name) {
            Some(json::Value::Object(object)) => Ok(object.clone()),
            _ => Err(CeleryError::Malformed),
        };
        let (headers, properties) = (object("headers")?, object("properties")?);
        let text = |name| envelope.get(name).and_then(json::Value::as_str);
        let mut body = text("body").ok_or(CeleryError::Malformed)?.as_bytes().to_vec();
        if properties.get("body_encoding").and_then(json::Value::as_str) == Some("base64") {
            body = STANDARD.decode(body).map_err(|_| CeleryError::Malformed)?;
        }
        match headers.get("compression").and_then(json::Value::as_str) {
            None => {}
            Some("application/x-gzip") => {
                body = zlib::decompress(&body, limits.size).map_err(|error| match error {
                    zlib::Error::TooBig => CeleryError::TooBig,
                    zlib::Error::Malformed => CeleryError::Malformed,
                })?;
            }
            Some(_) => return Err(CeleryError::Unsupported),
        }
        let content_type = text("content-type").unwrap_or_default();
        let content_encoding = text("content-encoding").unwrap_or("utf-8");
        if content_type != "application/json" || !content_encoding.eq_ignore_ascii_case("utf-8") {
            return Err(CeleryError::Unsupported);
        }
        let body = std::str::from_utf8(&body).map_err(|_| CeleryError::Malformed)?;
        let json::Value::Array(parts) = read(body, limits)? else { return Err(CeleryError::Unsupported) };
        let parts = parts.iter().map(from_json).collect::<Option<Vec<_>>>().ok_or(CeleryError::Malformed)?;
        match <[Value; 3]>::try_from(parts) {
            Ok([Value::List(args), kwargs @ Value::Dict(_), embed]) => Ok(TaskMessage {
                content_type: content_type.to_owned(),
                content_encoding: content_encoding.to_owned(),
                headers,
                properties,
                args,
                kwargs,
                embed,
            }),
            _ => Err(CeleryError::Malformed),
        }
    }

    /// The task's name.
    pub fn task(&self) -> Option<&str> {
        self.headers.get("task")?.as_str()
    }

    /// The task's id.
    pub fn id(&self) -> Option<&str> {
        self.headers.get("id")?.as_str()
    }

    /// How often it was tried before.
    pub fn retries(&self) -> i64 {
        self.headers.get("retries").and_then(json::Value::as_i64).unwrap_or(0)
    }

    /// Not before this time; without an offset it is one of UTC.
    pub fn eta(&self) -> Option<DateTime> {
        self.headers.get("eta")?.as_str()?.parse().ok()
    }

    /// Not after this time; without an offset it is one of UTC.
    pub fn expires(&self) -> Option<DateTime> {
        self.headers.get("expires")?.as_str()?.parse().ok()
    }
}
