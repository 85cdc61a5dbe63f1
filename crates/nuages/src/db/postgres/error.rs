//! PostgreSQL's refusals in the framework's kinds, by SQLSTATE.

use std::error::Error as _;

use tokio_postgres::error::SqlState;

use super::super::unfit::Unfit;
use super::super::{DbError, DbErrorKind};

/// A refusal of the server, or one of ours.
pub(super) enum Refusal {
    Server(tokio_postgres::Error),
    Ours(DbError),
}

impl From<tokio_postgres::Error> for Refusal {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Server(error)
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Ours(error)
    }
}

impl Refusal {
    /// The schema and the name of the unique constraint that was violated.
    pub(super) fn unique_constraint(&self) -> Option<(&str, &str)> {
        let Self::Server(error) = self else { return None };
        let error = error.as_db_error().filter(|error| *error.code() == SqlState::UNIQUE_VIOLATION)?;
        error.schema().zip(error.constraint())
    }

    /// A prepared statement that no longer fits its tables, or that the server has forgotten.
    pub(super) fn is_stale_statement(&self) -> bool {
        let Self::Server(error) = self else { return false };
        let Some(error) = error.as_db_error() else { return false };
        match error.code() {
            code if *code == SqlState::INVALID_SQL_STATEMENT_NAME => true,
            // The routine's name is not translated, the message is.
            code if *code == SqlState::FEATURE_NOT_SUPPORTED => {
                error.routine() == Some("RevalidateCachedQuery")
            }
            _ => false,
        }
    }

    pub(super) fn into_error(self, columns: Vec<String>) -> DbError {
        let stale = self.is_stale_statement();
        let error = match self {
            Self::Ours(error) => return error,
            Self::Server(error) => error,
        };
        let Some(refused) = error.as_db_error() else { return without_server(error) };
        let kind = match refused.code() {
            _ if stale => DbErrorKind::Busy,
            code if *code == SqlState::UNIQUE_VIOLATION => {
                DbErrorKind::UniqueViolation { columns, constraint: refused.constraint().map(str::to_owned) }
            }
            code => kind(code.code()),
        };
        // The server's DETAIL shows values of the row: neither it nor the driver's error goes further.
        DbError::new(kind, refused.message().to_owned())
    }
}

fn kind(code: &str) -> DbErrorKind {
    match code {
        "23503" => DbErrorKind::ForeignKeyViolation,
        "23502" => DbErrorKind::NotNullViolation,
        "23514" => DbErrorKind::CheckViolation,
        // Serialization failure, deadlock, lock not available.
        "40001" | "40P01" | "55P03" => DbErrorKind::Busy,
        // A string is UTF-8 already; what is left to refuse is U+0000.
        "22021" => DbErrorKind::NulCharacter,
        "57014" => DbErrorKind::Timeout,
        // Administrator shutdown, crash, cannot connect now, too many connections.
        "57P01" | "57P02" | "57P03" | "53300" => DbErrorKind::Unavailable,
        _ => match code.get(..2) {
            Some("08") => DbErrorKind::Unavailable,
            Some("22") => DbErrorKind::Conversion,
            _ => DbErrorKind::Other,
        },
    }
}

/// The driver's own error: a value that does not fit, or a connection that is gone.
fn without_server(error: tokio_postgres::Error) -> DbError {
    match error.source().and_then(|source| source.downcast_ref::<Unfit>()) {
        Some(unfit) => DbError::conversion(unfit.to_string()),
        None => DbError::unavailable(format!("PostgreSQL: {error}")).with_source(error),
    }
}
