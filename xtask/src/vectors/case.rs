//! One recorded case: typed access to its input, and the comparison with what was expected.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use super::jiff_from::read_moment;
use super::tagged::Tagged;

/// What became of a case.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
}

/// A case that is not as `FORMAT.md` says, or an operation that the runner does not know.
#[derive(Debug)]
pub(crate) struct BadCase(pub(crate) String);

/// The answer of a format's `run`.
pub(crate) type Ran = Result<Outcome, BadCase>;

/// One entry of a file's `cases`.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub(crate) name: &'a str,
    pub(crate) op: &'a str,
    input: &'a Value,
    expect: Option<&'a Value>,
    error: Option<&'a str>,
    settings: &'a Value,
}

impl<'a> Case<'a> {
    pub(super) fn read(case: &'a Value, settings: &'a Value) -> Result<Self, BadCase> {
        let text = |key| case[key].as_str().ok_or_else(|| BadCase(format!("a case without `{key}`")));
        Ok(Case {
            name: text("name")?,
            op: text("op")?,
            input: &case["input"],
            expect: case.get("expect"),
            error: case.get("error").and_then(Value::as_str),
            settings,
        })
    }

    /// The error of a format whose dispatch does not know this operation.
    pub(crate) fn unknown(&self) -> Ran {
        Err(BadCase(format!("unknown operation {}", self.op)))
    }

    /// An input as it stands; absent and `null` differ.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.input.get(key)
    }

    /// A text that must be there.
    pub(crate) fn text(&self, key: &str) -> Result<&'a str, BadCase> {
        self.optional_text(key).ok_or_else(|| BadCase(format!("no text `{key}`")))
    }

    /// A text; `None` when it is absent or `null`.
    pub(crate) fn optional_text(&self, key: &str) -> Option<&'a str> {
        self.get(key).and_then(Value::as_str)
    }

    /// A boolean; `None` when it is absent or `null`.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        self.get(key).and_then(Value::as_bool)
    }

    /// A whole number; `None` when it is absent or `null`.
    pub(crate) fn integer(&self, key: &str) -> Option<i64> {
        self.get(key).and_then(Value::as_i64)
    }

    /// A number, possibly with a fraction; `None` when it is absent or `null`.
    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        self.get(key).and_then(Value::as_f64)
    }

    /// The bytes of a key that ends in `_b64`.
    pub(crate) fn bytes(&self, key: &str) -> Result<Vec<u8>, BadCase> {
        from_base64(self.text(key)?)
    }

    /// A list of texts; empty when it is absent.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<&'a str>, BadCase> {
        let Some(value) = self.get(key) else {
            return Ok(Vec::new());
        };
        let bad = || BadCase(format!("`{key}` is not a list of texts"));
        value.as_array().ok_or_else(bad)?.iter().map(|item| item.as_str().ok_or_else(bad)).collect()
    }

    /// A tagged value; `None` only when it is absent.
    pub(crate) fn tagged(&self, key: &str) -> Result<Option<Tagged>, BadCase> {
        self.get(key).map(Tagged::read).transpose()
    }

    /// A Django setting: the case's own override, else the file's.
    pub(crate) fn setting(&self, name: &str) -> Option<&'a Value> {
        self.input.get("settings").and_then(|own| own.get(name)).or_else(|| self.settings.get(name))
    }

    /// The frozen clock, `settings.now`.
    pub(crate) fn now(&self) -> Result<Timestamp, BadCase> {
        let text = self.setting("now").and_then(Value::as_str);
        read_moment(text.ok_or_else(|| BadCase("no `settings.now`".into()))?)
    }

    /// `expect`, or the error that the case expects an error.
    pub(crate) fn expect(&self) -> Result<&'a Value, BadCase> {
        self.expect.ok_or_else(|| BadCase(format!("an answer, where {:?} is expected", self.error)))
    }

    /// Passes when `answer` is the same JSON as `expect`, or the same category as `error`.
    pub(crate) fn check(&self, answer: Result<Value, &str>) -> Ran {
        let same = match (&answer, self.expect, self.error) {
            (Ok(value), Some(expected), _) => same_json(value, expected),
            (Err(category), None, Some(expected)) => *category == expected,
            _ => false,
        };
        Ok(self.judge(same, || shown(&answer)))
    }

    /// Passes when `answer` is the tagged value of `expect`, or the same category as `error`.
    pub(crate) fn check_tagged(&self, answer: Result<Tagged, &str>) -> Ran {
        let same = match (&answer, self.expect, self.error) {
            (Ok(value), Some(expected), _) => Tagged::read(expected)?.same(value),
            (Err(category), None, Some(expected)) => *category == expected,
            _ => false,
        };
        Ok(self.judge(same, || format!("{answer:?}")))
    }

    /// Passes when `same`, else names what was expected beside `got`.
    pub(crate) fn judge(&self, same: bool, got: impl FnOnce() -> String) -> Outcome {
        if same {
            return Outcome::Passed;
        }
        let expected = match (self.expect, self.error) {
            (Some(value), _) => value.to_string(),
            (None, error) => format!("the error {}", error.unwrap_or("(none named)")),
        };
        Outcome::Failed(format!("expected {expected}, got {}", got()))
    }
}

/// Standard base64 with padding.
pub(crate) fn from_base64(text: &str) -> Result<Vec<u8>, BadCase> {
    STANDARD.decode(text).map_err(|error| BadCase(format!("base64: {error}")))
}

fn shown(answer: &Result<Value, &str>) -> String {
    match answer {
        Ok(value) => value.to_string(),
        Err(category) => format!("the error {category}"),
    }
}

/// Equality where `1` and `1.0` are one number, as they are in JSON.
fn same_json(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same_json(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|there| same_json(value, there)))
        }
        _ => one == other,
    }
}
