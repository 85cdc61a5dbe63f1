//! Typed columns, and the order of rows.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use super::expression::Node;
use super::relations::Path;
use super::{Assignment, Expression, FieldType, IntoExpression, Model};
use crate::error::Error;
use crate::schema::Field;

/// A column of type `T` as seen from the model `M`: `Sku::price`, or `Sku::category().name` over a relation.
pub struct Column<M, T> {
    pub(super) path: Path,
    pub(super) field: &'static Field,
    marker: PhantomData<fn() -> (M, T)>,
}

/// What to order by: `Sku::price.asc()`, or text as it comes from a query string.
///
/// ```
/// # use nuages::orm::{FieldError, Model, Ordering};
/// # #[derive(Model)] #[model(app = "goods")] struct Sku { id: i64, stock: i64 }
/// let order: Result<Ordering<Sku>, FieldError> = "-stock".parse();
/// assert_eq!(format!("{:?}", order.unwrap()), "-stock");
/// let unknown = "stock; DROP TABLE goods_sku".parse::<Ordering<Sku>>().unwrap_err();
/// assert_eq!(unknown.choices, ["id", "stock"]);
/// ```
pub struct Ordering<M> {
    pub(super) node: Node,
    pub(super) descending: bool,
    marker: PhantomData<fn() -> M>,
}

/// A name that is no column of the model (Django's `FieldError`); as an [`Error`] it is a 400.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// The model's name.
    pub model: &'static str,
    /// The columns that it has.
    pub choices: Vec<&'static str>,
}

impl<M, T> Column<M, T> {
    /// The column of that field; `derive(Model)` makes these.
    pub const fn new(field: &'static Field) -> Self {
        Self::at(Path::HERE, field)
    }

    /// The column at the end of a path; `derive(Model)` makes these.
    pub const fn at(path: Path, field: &'static Field) -> Self {
        Self { path, field, marker: PhantomData }
    }

    /// The column's name.
    pub const fn name(self) -> &'static str {
        self.field.name
    }

    /// Rising order.
    pub const fn asc(&self) -> Ordering<M> {
        Ordering::new(self.node(), false)
    }

    /// Falling order.
    pub const fn desc(&self) -> Ordering<M> {
        Ordering::new(self.node(), true)
    }

    /// Django's `F`: the column's value in the database.
    pub const fn f(&self) -> Expression<M, T> {
        Expression::new(self.node())
    }
}

impl<M, T: FieldType> Column<M, T> {
    /// Sets the column in a `create` or an `update`.
    pub fn set(self, value: impl IntoExpression<M, T, Outer = ()>) -> Assignment<M> {
        Assignment::new(self.field, value.into_expression().node, self.path != Path::HERE)
    }
}

impl<M> Ordering<M> {
    pub(super) const fn new(node: Node, descending: bool) -> Self {
        Self { node, descending, marker: PhantomData }
    }
}

impl<M: Model> FromStr for Ordering<M> {
    type Err = FieldError;

    /// `price` or `-price`; a column of the model itself, no other.
    fn from_str(text: &str) -> Result<Self, FieldError> {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        match M::table().field(name) {
            Some(field) => Ok(Self::new(Node::Column(Path::HERE, field), descending)),
            None => Err(FieldError {
                model: M::table().model,
                choices: M::table().fields.iter().map(|field| field.name).collect(),
            }),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has no such column. Choices are: {}", self.model, self.choices.join(", "))
    }
}

impl std::error::Error for FieldError {}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::bad_request("unknown ordering").with_source(error)
    }
}

impl<M, T> Clone for Column<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Column<M, T> {}

impl<M, T> fmt::Debug for Column<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Column").field(&self.field.name).finish()
    }
}

impl<M> Clone for Ordering<M> {
    fn clone(&self) -> Self {
        Self::new(self.node.clone(), self.descending)
    }
}

impl<M> fmt::Debug for Ordering<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.descending { "-" } else { "" })?;
        match &self.node {
            Node::Column(path, field) => {
                path.hops().try_for_each(|hop| write!(f, "{}__", hop.name()))?;
                f.write_str(field.name)
            }
            node => node.fmt(f),
        }
    }
}
