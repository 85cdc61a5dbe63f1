//! The bridge to serde: [`to_value`] and [`from_value`].

mod de;
mod ser;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Value;

/// Why a value does not fit a type, in serde's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerdeError(Box<str>);

impl fmt::Display for SerdeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SerdeError {}

impl serde::ser::Error for SerdeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string().into())
    }
}

impl serde::de::Error for SerdeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string().into())
    }
}

/// The JSON value of anything that serde can write.
///
/// Keys of a map become text as in Python: `1` is `"1"`, `true` is `"true"`, `None` is `"null"`. Bytes become a list of
/// numbers.
///
/// ```
/// use nuages_wire::json::to_value;
/// use std::collections::BTreeMap;
///
/// let cart = BTreeMap::from([(7_u32, 2)]);
/// assert_eq!(to_value(&cart)?.to_string(), r#"{"7":2}"#);
/// # Ok::<(), nuages_wire::json::SerdeError>(())
/// ```
///
/// # Errors
/// [`SerdeError`] for a map key that has no text, and what the type itself refuses.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, SerdeError> {
    value.serialize(ser::Serializer)
}

/// A value of one's own type, which may borrow its texts.
///
/// ```
/// use nuages_wire::json::{Value, from_value};
/// use std::collections::BTreeMap;
///
/// let value: Value = r#"{"7": 2}"#.parse()?;
/// assert_eq!(from_value::<BTreeMap<u32, i64>>(&value)?, BTreeMap::from([(7, 2)]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SerdeError`] when the value does not fit: another kind, an integer beyond `i128`, text with a lone surrogate.
pub fn from_value<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, SerdeError> {
    T::deserialize(value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Unit,
        New(i64),
        Pair(bool, char),
        Named { a: Option<f64> },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Everything {
        name: String,
        kinds: Vec<Kind>,
        map: BTreeMap<i8, (u8, ())>,
        flags: BTreeMap<bool, u64>,
        #[serde(default)]
        absent: Option<u8>,
        big: i128,
    }

    #[test]
    fn both_ways() {
        let value = Everything {
            name: "男".into(),
            kinds: vec![Kind::Unit, Kind::New(-1), Kind::Pair(true, 'x'), Kind::Named { a: Some(1.0) }],
            map: BTreeMap::from([(-3, (4, ()))]),
            flags: BTreeMap::from([(true, u64::MAX)]),
            absent: None,
            big: i128::MAX,
        };
        let json = to_value(&value).unwrap();
        assert_eq!(
            json.to_string(),
            r#"{"name":"男","kinds":["Unit",{"New":-1},{"Pair":[true,"x"]},{"Named":{"a":1.0}}],"map":{"-3":[4,null]},"flags":{"true":18446744073709551615},"absent":null,"big":170141183460469231731687303715884105727}"#
        );
        assert_eq!(from_value::<Everything>(&json), Ok(value));
    }

    #[test]
    fn a_value_is_itself() {
        let value: Value = r#"{"b":[1,1.0,true,null,"x"],"a":{}}"#.parse().unwrap();
        assert_eq!(to_value(&value), Ok(value.clone()));
        assert_eq!(from_value::<Value>(&value.clone()), Ok(value));
    }

    #[test]
    fn a_list_is_no_struct() {
        #[derive(Debug, Deserialize)]
        struct Confirm {
            confirm: i64,
        }
        let read = |json: &str| from_value::<Confirm>(&json.parse().unwrap()).map(|read| read.confirm);
        assert_eq!(read(r#"{"confirm": 7}"#), Ok(7));
        assert_eq!(read("[7]").unwrap_err().to_string(), "invalid type: sequence, expected struct Confirm");
    }

    #[test]
    fn what_does_not_fit() {
        assert!(from_value::<u8>(&Value::from(256)).is_err());
        assert!(from_value::<i64>(&Value::from(1.0)).is_err());
        assert!(from_value::<String>(&r#""\ud83d""#.parse().unwrap()).is_err());
        assert!(from_value::<i128>(&"1".repeat(50).parse().unwrap()).is_err());
        assert!(from_value::<(u8, u8)>(&"[1]".parse().unwrap()).is_err());
        assert!(to_value(&BTreeMap::from([(vec![1], 1)])).is_err());
        assert!(from_value::<Kind>(&r#"{"Named":[1.0]}"#.parse().unwrap()).is_err());
        assert_eq!(from_value::<f64>(&"1".repeat(50).parse().unwrap()), Ok("1".repeat(50).parse().unwrap()));
        assert_eq!(from_value::<f64>(&Value::from(3)), Ok(3.0));
    }
}
