//! Why there is no order.

use http::StatusCode;
use nuages::Error;
use nuages::db::DbError;
use nuages::i18n::Translator;
use nuages::orm::GetError;

use crate::goods;
use crate::goods::models::Sku;

/// Why there is no order. Nothing was changed.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The form's list of goods cannot be read, or is empty.
    Choice,
    /// The address is not one of this user's.
    Address,
    /// There is no such way to pay.
    PayMethod,
    /// The form has no key, or one that we did not draw.
    Unreadable,
    /// A chosen line is no longer in the cart.
    Cart,
    /// These goods cannot be had, or not so many; `None` when they are gone altogether.
    Stock(Option<Box<Sku>>),
    /// It costs more than an order can hold.
    Total,
    /// The page's key stands for another order.
    Key,
    /// The database or a defect.
    Error(Error),
    /// The database refused a row because of another of the same key.
    Taken(DbError),
}

impl Refusal {
    /// Whether another order id may help.
    pub(super) fn is_taken_id(&self) -> bool {
        matches!(self, Self::Taken(error) if error.is_unique_violation(&["order_id"]))
    }

    /// The status of the answer, and the code in its JSON. 0 is success.
    pub(super) fn status(&self) -> (StatusCode, i32) {
        match self {
            Self::Choice | Self::Unreadable => (StatusCode::BAD_REQUEST, 1),
            Self::Address => (StatusCode::BAD_REQUEST, 6),
            Self::PayMethod => (StatusCode::BAD_REQUEST, 7),
            Self::Cart => (StatusCode::CONFLICT, 8),
            Self::Stock(_) => (StatusCode::CONFLICT, 4),
            Self::Key => (StatusCode::CONFLICT, 9),
            Self::Total => (StatusCode::CONFLICT, 10),
            Self::Error(error) => (error.status(), 5),
            Self::Taken(_) => (StatusCode::CONFLICT, 5),
        }
    }

    /// What the customer is told.
    pub(super) fn text(&self, translator: &Translator) -> String {
        let plain = match self {
            Self::Stock(Some(sku)) => return Self::short_of(sku, translator),
            Self::Choice => "Choose at least one thing to order.",
            Self::Address => "Choose an address of yours.",
            Self::PayMethod => "Choose a way to pay.",
            Self::Unreadable => "The request could not be read.",
            Self::Cart => "This is not in your cart.",
            Self::Stock(None) => "No longer sold.",
            Self::Total => "This is too much for one order. Order less at a time.",
            Self::Key => "This order was already placed with other content.",
            Self::Error(_) | Self::Taken(_) => "Something broke on our side. Please try again.",
        };
        translator.gettext(plain).to_owned()
    }

    fn short_of(sku: &Sku, translator: &Translator) -> String {
        let name = goods::choose(translator, &sku.name, &sku.name_en);
        if !sku.is_on_sale() {
            return translator.format("“%(name)s” is no longer sold.", &[("name", &name)]);
        }
        match sku.limit() {
            limit if limit < 1 => translator.format("“%(name)s” is sold out.", &[("name", &name)]),
            limit => {
                translator.format("Only %(count)s of “%(name)s” left.", &[("count", &limit), ("name", &name)])
            }
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
        match error.kind() {
            nuages::db::DbErrorKind::UniqueViolation { .. } => Self::Taken(error),
            _ => Self::Error(error.into()),
        }
    }
}

impl From<GetError> for Refusal {
    fn from(error: GetError) -> Self {
        Self::Error(error.into())
    }
}
