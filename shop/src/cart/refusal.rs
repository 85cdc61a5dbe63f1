//! Why a cart is not changed.

use http::StatusCode;
use nuages::Error;
use nuages::db::DbError;
use nuages::i18n::Translator;
use nuages::orm::GetError;

use crate::goods::models::Sku;

/// Why a cart is not changed. Nothing was.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// No such goods, or they are off-line.
    NotSold,
    /// None left.
    SoldOut,
    /// The line may hold from 1 to so many pieces, because no more are left.
    Left(i64),
    /// The line may hold from 1 to so many pieces, because no line holds more.
    Most(i64),
    /// The form cannot be read: its id or count is no number.
    Unreadable,
    /// The database or a defect.
    Error(Error),
}

impl Refusal {
    /// What to say to a count that leaves the bounds of a line.
    pub(crate) fn beyond(sku: &Sku) -> Self {
        match sku.limit() {
            limit if limit < 1 => Self::SoldOut,
            limit if limit < Sku::MOST_IN_A_LINE => Self::Left(limit),
            limit => Self::Most(limit),
        }
    }

    /// The status of the answer, and the code in its JSON. 0 is success.
    pub(crate) fn status(&self) -> (StatusCode, i32) {
        match self {
            Self::Unreadable => (StatusCode::BAD_REQUEST, 1),
            Self::NotSold => (StatusCode::NOT_FOUND, 2),
            Self::SoldOut => (StatusCode::CONFLICT, 3),
            Self::Left(_) | Self::Most(_) => (StatusCode::CONFLICT, 4),
            Self::Error(error) => (error.status(), 5),
        }
    }

    /// What the visitor is told.
    pub(crate) fn text(&self, translator: &Translator) -> String {
        match self {
            Self::NotSold => translator.gettext("No longer sold.").to_owned(),
            Self::SoldOut => translator.gettext("This is sold out.").to_owned(),
            Self::Left(count) => translator.format("Only %(count)s left.", &[("count", count)]),
            Self::Most(count) => translator.format("At most %(count)s of one kind.", &[("count", count)]),
            Self::Unreadable => translator
                .format("Enter a whole number from 1 to %(count)s.", &[("count", &Sku::MOST_IN_A_LINE)]),
            Self::Error(_) => translator.gettext("Something broke on our side. Please try again.").to_owned(),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Error(error.into())
    }
}

impl From<GetError> for Refusal {
    fn from(error: GetError) -> Self {
        Self::Error(error.into())
    }
}
