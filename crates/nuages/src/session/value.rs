//! Values of the program in and out of a session, through serde.

use nuages_wire::json::{self, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};

/// The JSON value of `value`.
pub(super) fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value> {
    json::to_value(value).map_err(Error::internal)
}

/// The `T` that is stored under `key`.
pub(super) fn from_value<T: DeserializeOwned>(value: &Value, key: &str) -> Result<T> {
    json::from_value(value.clone()).map_err(|error| {
        let message = format!("the session's `{key}` is not what the program expects");
        Error::new(ErrorKind::Internal, message).with_source(error)
    })
}
