//! What `get` may find instead of one row.

use std::fmt;

use crate::db::DbError;
use crate::error::Error;

/// Why there is not exactly one row.
#[derive(Debug)]
pub enum GetError {
    /// No row matches; as an [`Error`] it is a 404.
    DoesNotExist {
        /// The model's name.
        model: &'static str,
    },
    /// More than one row matches.
    MultipleObjectsReturned {
        /// The model's name.
        model: &'static str,
    },
    /// The database refused.
    Db(DbError),
}

/// `.optional()` on the outcome of a `get`.
pub trait Optional<T> {
    /// No row is `None`; the other errors stay.
    fn optional(self) -> Result<Option<T>, GetError>;
}

impl<T> Optional<T> for Result<T, GetError> {
    fn optional(self) -> Result<Option<T>, GetError> {
        match self {
            Ok(row) => Ok(Some(row)),
            Err(GetError::DoesNotExist { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoesNotExist { model } => write!(f, "{model} matching query does not exist."),
            Self::MultipleObjectsReturned { model } => write!(f, "get() returned more than one {model}"),
            Self::Db(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for GetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

impl From<DbError> for GetError {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<GetError> for Error {
    /// `DoesNotExist` is `get_object_or_404`'s 404.
    fn from(error: GetError) -> Self {
        match error {
            GetError::DoesNotExist { model } => {
                Self::not_found(format!("No {model} matches the given query."))
            }
            GetError::Db(error) => error.into(),
            error => Self::internal(error),
        }
    }
}
