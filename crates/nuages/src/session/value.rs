//! Values of the program in and out of a session, through serde.

use nuages_wire::json::{self, Value};
use nuages_wire::session::Data;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};

/// The JSON value of `value`.
pub(super) fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value> {
    json::to_value(value).map_err(Error::internal)
}

/// The `T` of a stored value, for an entry `key`.
pub(super) fn from_value<T: DeserializeOwned>(value: &Value, key: &str) -> Result<T> {
    json::from_value(value).map_err(|error| {
        let message = format!("the session's `{key}` is not what the program expects");
        Error::new(ErrorKind::Internal, message).with_source(error)
    })
}

/// What is stored under `key`, as JSON; an error for what Python keeps there and JSON cannot show.
pub(super) fn view<'a>(data: &'a Data, key: &str) -> Result<Option<&'a Value>> {
    data.get(key).map_err(|error| {
        let message = format!("the session's `{key}` cannot be read: {error}");
        Error::new(ErrorKind::Internal, message).with_source(error)
    })
}
