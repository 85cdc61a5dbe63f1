//! SQLite's refusals in the framework's kinds, by its extended codes.

use rusqlite::{ErrorCode, ffi};

use super::super::{DbError, DbErrorKind};

/// The error in the framework's kinds. SQLite's own message names tables and columns, never values.
pub(super) fn typed(error: &rusqlite::Error) -> DbError {
    let (code, message) = match error {
        rusqlite::Error::SqliteFailure(code, message) => (code, message.clone()),
        rusqlite::Error::SqlInputError { error: code, msg, .. } => (code, Some(msg.clone())),
        rusqlite::Error::ToSqlConversionFailure(unfit) => return DbError::conversion(unfit.to_string()),
        other => return DbError::misuse(other.to_string()),
    };
    let message = message.unwrap_or_else(|| code.to_string());
    let kind = match (code.extended_code, code.code) {
        (
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID,
            _,
        ) => DbErrorKind::UniqueViolation { columns: unique_columns(&message), constraint: None },
        (ffi::SQLITE_CONSTRAINT_FOREIGNKEY, _) => DbErrorKind::ForeignKeyViolation,
        (ffi::SQLITE_CONSTRAINT_NOTNULL, _) => DbErrorKind::NotNullViolation,
        (ffi::SQLITE_CONSTRAINT_CHECK, _) => DbErrorKind::CheckViolation,
        (_, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DbErrorKind::Busy,
        (_, ErrorCode::CannotOpen | ErrorCode::NotADatabase) => DbErrorKind::Unavailable,
        (_, ErrorCode::OperationInterrupted) => DbErrorKind::Timeout,
        _ => DbErrorKind::Other,
    };
    DbError::new(kind, message)
}

/// `UNIQUE constraint failed: auth_permission.content_type_id, auth_permission.codename` → the two columns.
fn unique_columns(message: &str) -> Vec<String> {
    let Some((_, list)) = message.split_once(": ") else { return Vec::new() };
    list.split(", ").map(|name| name.rsplit_once('.').map_or(name, |(_, column)| column).to_owned()).collect()
}
