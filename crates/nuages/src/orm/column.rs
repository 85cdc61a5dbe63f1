//! Typed columns and Django's lookups on them.

use std::fmt;
use std::marker::PhantomData;

use super::expression::Node;
use super::q::{Condition, Like, Q};
use super::{Assignment, Expression, FieldType, IntoExpression};
use crate::schema::Field;

/// The column `T` of the model `M`: `Sku::price`.
pub struct Column<M, T> {
    pub(super) field: &'static Field,
    marker: PhantomData<fn() -> (M, T)>,
}

/// The types that text lookups work on.
pub trait TextField {}

impl TextField for String {}
impl TextField for Option<String> {}

/// A column to order by, with its direction.
pub struct Ordering<M> {
    pub(super) field: &'static Field,
    pub(super) descending: bool,
    marker: PhantomData<fn() -> M>,
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident $sql:literal;)*) => {$(
        $(#[$doc])*
        pub fn $name(self, right: impl IntoExpression<M, T>) -> Q<M> {
            self.compare($sql, right)
        }
    )*};
}

impl<M, T: FieldType> Column<M, T> {
    /// The column of that field; `derive(Model)` makes these.
    pub const fn new(field: &'static Field) -> Self {
        Self { field, marker: PhantomData }
    }

    /// The column's name.
    pub const fn name(self) -> &'static str {
        self.field.name
    }

    comparisons! {
        /// `exact`; `None` is IS NULL.
        eq "=";
        /// `gt`.
        gt ">";
        /// `gte`.
        gte ">=";
        /// `lt`.
        lt "<";
        /// `lte`.
        lte "<=";
    }

    /// What `exclude(column=value)` selects: a NULL is not equal to a value.
    pub fn ne(self, right: impl IntoExpression<M, T>) -> Q<M> {
        !self.eq(right)
    }

    /// `in`; an empty list selects nothing.
    pub fn in_<V: IntoExpression<M, T>>(self, values: impl IntoIterator<Item = V>) -> Q<M> {
        let values = values.into_iter().map(|value| value.into_expression().node).collect();
        Q::new(Condition::In(self.field, values))
    }

    /// `range`: from `low` to `high`, both included.
    pub fn range(self, low: impl IntoExpression<M, T>, high: impl IntoExpression<M, T>) -> Q<M> {
        self.gte(low) & self.lte(high)
    }

    /// `isnull=True`; `!` of it is `isnull=False`.
    pub fn is_null(self) -> Q<M> {
        Q::new(Condition::IsNull(self.field))
    }

    /// Rising order.
    pub const fn asc(self) -> Ordering<M> {
        Ordering { field: self.field, descending: false, marker: PhantomData }
    }

    /// Falling order.
    pub const fn desc(self) -> Ordering<M> {
        Ordering { field: self.field, descending: true, marker: PhantomData }
    }

    /// Sets the column in a `create` or an `update`.
    pub fn set(self, value: impl IntoExpression<M, T>) -> Assignment<M> {
        Assignment::new(self.field, value.into_expression().node)
    }

    /// Django's `F`: the column's value in the database.
    pub const fn f(self) -> Expression<M, T> {
        Expression::new(Node::Column(self.field))
    }

    fn compare(self, operator: &'static str, right: impl IntoExpression<M, T>) -> Q<M> {
        Q::new(Condition::Compare(self.field, operator, right.into_expression().node))
    }
}

macro_rules! text_lookups {
    ($($(#[$doc:meta])* $name:ident $like:ident $fold:literal;)*) => {$(
        $(#[$doc])*
        pub fn $name(self, text: impl Into<String>) -> Q<M> {
            Q::new(Condition::Like(self.field, Like::$like, $fold, text.into()))
        }
    )*};
}

/// `%`, `_` and `\` in the text stand for themselves. On SQLite all of them ignore the case of ASCII letters, as under
/// Django.
impl<M, T: FieldType + TextField> Column<M, T> {
    text_lookups! {
        /// `contains`.
        contains Contains false;
        /// `icontains`.
        icontains Contains true;
        /// `startswith`.
        startswith StartsWith false;
        /// `istartswith`.
        istartswith StartsWith true;
        /// `endswith`.
        endswith EndsWith false;
        /// `iendswith`.
        iendswith EndsWith true;
        /// `iexact`.
        iexact Exact true;
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
        *self
    }
}

impl<M> Copy for Ordering<M> {}

impl<M> fmt::Debug for Ordering<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.descending { "-" } else { "" }, self.field.name)
    }
}
