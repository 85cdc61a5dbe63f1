//! The log of a request: what it did to its session, so that it can be done again on a fresher one.
//!
//! `{"cart": {"7": 1}}` was loaded, the request adds one of SKU 9, and meanwhile another one stored
//! `{"cart": {"7": 1, "8": 1}}`: replayed on that, the log gives `{"cart": {"7": 1, "8": 1, "9": 1}}`.

use std::fmt;

use nuages_wire::json::{Style, Text, Value};
use nuages_wire::session::Data;

use super::value::view;
use crate::error::Result;

/// What an `update` makes of a key's stored value: the new one, or `None` to leave things as they are.
type Change = Box<dyn Fn(&str, Option<&Value>) -> Result<Option<Value>> + Send + Sync>;

/// One step of the log.
pub(super) enum Operation {
    /// A blind write, with what the key held when it was made.
    Insert { key: Text, value: Value, before: Option<Value> },
    /// A blind removal, with what the key held when it was made.
    Remove { key: Text, before: Option<Value> },
    /// A read-modify-write.
    Update { key: Text, change: Change },
    /// Everything was removed.
    Clear,
}

/// What a replay met.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Replayed {
    /// Keys written blindly that somebody else had changed meanwhile.
    pub(super) overwritten: Vec<String>,
}

impl Operation {
    fn apply(&self, data: &mut Data, replayed: &mut Replayed) -> Result<()> {
        match self {
            Self::Insert { key, value, before } => {
                let there = data.insert(key.to_str_lossy(), value.clone());
                if there != *before && there.as_ref() != Some(value) {
                    replayed.overwritten.push(key.to_string());
                }
            }
            Self::Remove { key, before } => {
                let removed = data.remove(key.to_str_lossy());
                if removed.is_some() && removed != *before {
                    replayed.overwritten.push(key.to_string());
                }
            }
            Self::Update { key, change } => {
                let key = key.to_str_lossy();
                if let Some(value) = change(key, view(data, key)?)? {
                    data.insert(key, value);
                }
            }
            Self::Clear => data.clear(),
        }
        Ok(())
    }
}

/// Does the whole log again on `data`, in order.
///
/// # Errors
/// The first error of an `update`; `data` is then of no use.
pub(super) fn replay(log: &[Operation], data: &mut Data) -> Result<Replayed> {
    let mut replayed = Replayed::default();
    log.iter().try_for_each(|operation| operation.apply(data, &mut replayed))?;
    Ok(replayed)
}

/// Whether two values are written with the same bytes; objects that differ in order are not.
pub(super) fn same_bytes(one: &Value, other: &Value) -> bool {
    one == other && one.to_json(Style::DJANGO) == other.to_json(Style::DJANGO)
}

impl fmt::Debug for Operation {
    /// Names the keys and never a value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insert { key, .. } => write!(f, "Insert({key:?})"),
            Self::Remove { key, .. } => write!(f, "Remove({key:?})"),
            Self::Update { key, .. } => write!(f, "Update({key:?})"),
            Self::Clear => f.write_str("Clear"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn data(json: &str) -> Data {
        json.parse::<Value>().unwrap().as_object().unwrap().clone().into()
    }

    fn text(data: Data) -> String {
        Value::Object(data.items()).to_string()
    }

    #[test]
    fn a_log_is_done_again_in_order_on_fresher_data() {
        let log = [
            Operation::Insert { key: "a".into(), value: 2.into(), before: Some(1.into()) },
            Operation::Update {
                key: "n".into(),
                change: Box::new(|_, n| Ok(Some((n.and_then(Value::as_i64).unwrap_or(0) + 1).into()))),
            },
            Operation::Remove { key: "gone".into(), before: None },
        ];
        let mut fresh = data(r#"{"a": 1, "n": 41, "other": "男"}"#);
        assert_eq!(replay(&log, &mut fresh).unwrap(), Replayed::default());
        assert_eq!(text(fresh), r#"{"a":2,"n":42,"other":"男"}"#);
    }

    #[test]
    fn a_blind_write_over_somebody_elses_is_told() {
        let log = [
            Operation::Insert { key: "a".into(), value: 2.into(), before: Some(1.into()) },
            Operation::Insert { key: "a".into(), value: 3.into(), before: Some(2.into()) },
            Operation::Remove { key: "b".into(), before: Some(1.into()) },
        ];
        let mut fresh = data(r#"{"a": 7, "b": 8}"#);
        assert_eq!(replay(&log, &mut fresh).unwrap().overwritten, ["a", "b"]);
        assert_eq!(text(fresh), r#"{"a":3}"#);
    }

    #[test]
    fn order_is_part_of_the_bytes() {
        assert!(!same_bytes(&r#"{"a":1,"b":2}"#.parse().unwrap(), &r#"{"b":2,"a":1}"#.parse().unwrap()));
        assert!(same_bytes(&r#"{"a": 1.0}"#.parse().unwrap(), &r#"{"a":1.0}"#.parse().unwrap()));
    }
}
