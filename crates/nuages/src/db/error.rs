//! What a database refuses, the same on each of them.
//!
//! SQLite says `UNIQUE constraint failed: auth_user.username`, PostgreSQL `duplicate key value violates unique
//! constraint "auth_user_username_key"`; both are [`DbErrorKind::UniqueViolation`] with `columns: ["username"]`.
//! A message never holds a value of a row: PostgreSQL's `DETAIL` is left out.

use std::borrow::Cow;
use std::fmt;

use crate::error::{BoxError, Error};

/// A database error, one pointer wide.
pub struct DbError(Box<Inner>);

struct Inner {
    kind: DbErrorKind,
    message: Cow<'static, str>,
    source: Option<BoxError>,
}

/// The kinds of [`DbError`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DbErrorKind {
    /// A row with the same key exists.
    UniqueViolation {
        /// The columns of the key, in its order.
        columns: Vec<String>,
        /// The name of the constraint or index, where the database tells it (PostgreSQL).
        constraint: Option<String>,
    },
    /// A row refers to one that is not there, or is still referred to.
    ForeignKeyViolation,
    /// A column that must have a value got none.
    NotNullViolation,
    /// A CHECK does not hold.
    CheckViolation,
    /// The server or the file cannot be reached, or no connection was free in time.
    Unavailable,
    /// The database is locked, or the transaction lost a race (serialization failure, deadlock): run it again.
    Busy,
    /// The statement ran longer than it may.
    Timeout,
    /// A value has not the type that the program asked for, or does not fit the column.
    Conversion,
    /// A text holds a NUL character, which PostgreSQL does not store.
    NulCharacter,
    /// The program used the database wrongly: the pool inside a transaction, a transaction after its end, a queryset
    /// that is sliced and then filtered.
    Misuse,
    /// Nuages cannot do this yet.
    Unsupported,
    /// Anything else, with the database's own words: syntax, a missing table, a full disk.
    Other,
}

impl DbError {
    /// An error of `kind`; the `message` must hold no value of a row.
    pub fn new(kind: DbErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), source: None }))
    }

    pub(crate) fn misuse(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(DbErrorKind::Misuse, message)
    }

    pub(crate) fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(DbErrorKind::Unsupported, message)
    }

    pub(crate) fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(DbErrorKind::Unavailable, message)
    }

    pub(crate) fn conversion(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(DbErrorKind::Conversion, message)
    }

    #[must_use]
    pub(crate) fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> &DbErrorKind {
        &self.0.kind
    }

    /// Whether it is a [`DbErrorKind::UniqueViolation`] of exactly these columns, in any order.
    pub fn is_unique_violation(&self, columns: &[&str]) -> bool {
        let DbErrorKind::UniqueViolation { columns: violated, .. } = self.kind() else { return false };
        violated.len() == columns.len()
            && columns.iter().all(|column| violated.iter().any(|name| name == column))
    }

    /// Whether running the whole transaction again may succeed.
    pub fn is_busy(&self) -> bool {
        *self.kind() == DbErrorKind::Busy
    }
}

impl fmt::Debug for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, message, source } = &*self.0;
        f.debug_struct("DbError")
            .field("kind", kind)
            .field("message", message)
            .field("source", source)
            .finish()
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for DbError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<DbError> for Error {
    /// Away, busy or too slow is a 503; what is not supported a 501; a NUL character, which only a visitor sends, a 400;
    /// anything else is ours: 500.
    fn from(error: DbError) -> Self {
        match error.kind() {
            DbErrorKind::Unavailable => Self::unavailable("the database is not available").with_source(error),
            DbErrorKind::Busy => Self::unavailable("the database is busy").with_source(error),
            DbErrorKind::Timeout => Self::unavailable("the database took too long").with_source(error),
            DbErrorKind::Unsupported => Self::unsupported(error.0.message),
            DbErrorKind::NulCharacter => {
                Self::bad_request("Null characters are not allowed.").with_source(error)
            }
            _ => Self::internal(error),
        }
    }
}
