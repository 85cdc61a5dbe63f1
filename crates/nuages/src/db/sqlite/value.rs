//! Values as Django's SQLite backend adapts them: text, integers, reals and bytes.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::super::unfit::Unfit;
use super::super::value::{microseconds, sqlite_time, sqlite_timestamp};
use super::super::{DbError, Value};

pub(super) fn read(value: ValueRef<'_>) -> Result<Value, DbError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Real(value) => Value::Float(value),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => return Err(DbError::conversion("text that is not UTF-8")),
        },
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use rusqlite::types::Value as Owned;
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Owned::Null),
            Self::Bool(value) => ToSqlOutput::Owned(Owned::Integer((*value).into())),
            Self::Int(value) => ToSqlOutput::Owned(Owned::Integer(*value)),
            Self::Float(value) => ToSqlOutput::Owned(Owned::Real(*value)),
            Self::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
            Self::Bytes(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value)),
            Self::Decimal(value) => ToSqlOutput::Owned(Owned::Text(value.to_string())),
            Self::Timestamp(value) => ToSqlOutput::Owned(Owned::Text(sqlite_timestamp(*value))),
            Self::Date(value) => ToSqlOutput::Owned(Owned::Text(value.to_string())),
            Self::Time(value) => ToSqlOutput::Owned(Owned::Text(sqlite_time(*value))),
            Self::Duration(value) => {
                let micros = microseconds(*value).ok_or_else(|| unfit("a duration of more than 63 bits"))?;
                ToSqlOutput::Owned(Owned::Integer(micros))
            }
            Self::Uuid(value) => ToSqlOutput::Owned(Owned::Text(value.simple().to_string())),
            Self::Json(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Unwritable(reason) => return Err(unfit(reason)),
        })
    }
}

fn unfit(what: &str) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Unfit(what.to_owned()).into())
}
