//! Results, `celery.backends.redis`: stored with `SETEX`, and published on a channel of the same name.

use super::values::{from_json, to_json};
use super::{CeleryError, read};
use crate::json::{self, Object, Style};
use crate::pickle::{Limits, Value};

/// The state of a task that ran or runs.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskResult {
    /// `SUCCESS`, `FAILURE`, `RETRY`, `REVOKED`, `STARTED`, `PENDING` or a state of the site's own.
    pub status: String,
    /// What it returned, or how it failed.
    pub result: Result<Value, Failure>,
    /// Python's text of the failure.
    pub traceback: Option<String>,
    /// `task_id`, `date_done`, `children` and the rest, as they came.
    pub fields: Object,
}

/// The exception of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Its class, `ValueError`.
    pub exception: String,
    /// The class's module, `builtins`.
    pub module: Option<String>,
    /// Its arguments, a list.
    pub message: Value,
}

/// The Redis key, and the channel on which a result is published.
pub fn result_key(task_id: &str) -> String {
    format!("celery-task-meta-{task_id}")
}

impl TaskResult {
    /// Reads a stored result.
    ///
    /// # Errors
    /// [`CeleryError::Malformed`] and [`CeleryError::TooBig`].
    pub fn parse(text: &str, limits: Limits) -> Result<Self, CeleryError> {
        let json::Value::Object(mut fields) = read(text, limits)? else { return Err(CeleryError::Malformed) };
        let status =
            fields.get("status").and_then(json::Value::as_str).ok_or(CeleryError::Malformed)?.to_owned();
        let result = fields.remove("result").unwrap_or_default();
        let traceback = fields.remove("traceback").unwrap_or_default();
        fields.remove("status");
        let result = match failure(&status, &result) {
            Some(failure) => Err(failure),
            None => Ok(from_json(&result).ok_or(CeleryError::Malformed)?),
        };
        Ok(TaskResult { status, result, traceback: traceback.as_str().map(str::to_owned), fields })
    }

    /// The text to store.
    ///
    /// # Errors
    /// [`CeleryError::Value`].
    pub fn to_json(&self) -> Result<String, CeleryError> {
        let result = match &self.result {
            Ok(value) => to_json(value).ok_or(CeleryError::Value)?,
            Err(failure) => {
                let mut object = Object::new();
                object.insert("exc_type", failure.exception.as_str());
                object.insert("exc_message", to_json(&failure.message).ok_or(CeleryError::Value)?);
                object.insert("exc_module", failure.module.as_deref().map_or(json::Value::Null, Into::into));
                object.into()
            }
        };
        let mut stored = Object::new();
        stored.insert("status", self.status.as_str());
        stored.insert("result", result);
        stored.insert("traceback", self.traceback.as_deref().map_or(json::Value::Null, Into::into));
        for (name, field) in self.fields.iter() {
            stored.insert(name.clone(), field.clone());
        }
        Ok(json::Value::Object(stored).to_json(Style::PYTHON))
    }
}

fn failure(status: &str, result: &json::Value) -> Option<Failure> {
    if !matches!(status, "FAILURE" | "RETRY" | "REVOKED") {
        return None;
    }
    let object = result.as_object()?;
    Some(Failure {
        exception: object.get("exc_type")?.as_str()?.to_owned(),
        module: object.get("exc_module").and_then(json::Value::as_str).map(str::to_owned),
        message: object.get("exc_message").and_then(from_json).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Stored by a Celery worker.
    #[test]
    fn a_failure_is_written_as_it_came() {
        let text = r#"{"status": "FAILURE", "result": {"exc_type": "ValueError", "exc_message": ["x", 2], "exc_module": "builtins"}, "traceback": "Traceback", "children": [], "date_done": "2026-11-20T08:56:34.569615+00:00", "task_id": "118b1dc2"}"#;
        let result = TaskResult::parse(text, Limits::default());
        assert_eq!(result.as_ref().map(TaskResult::to_json), Ok(Ok(text.to_owned())));
        assert!(result.is_ok_and(|result| result.result.is_err()));
    }
}
