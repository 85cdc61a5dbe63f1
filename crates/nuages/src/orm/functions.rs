//! Database functions and `Case`.
//!
//! ```
//! # use nuages::{db::Db, orm::{Model, when}};
//! # #[derive(Model)] #[model(app = "library")]
//! # struct Book { id: i64, title: String, notes: Option<String>, pages: i32 }
//! # async fn example(db: Db) -> nuages::Result<()> {
//! // Book.objects.annotate(Lower("title"), Length("title"), Coalesce("notes", Value("")))
//! let rows: Vec<(String, i32, String)> = Book::objects(&db)
//!     .values_list((Book::title.lower(), Book::title.length(), Book::notes.coalesce("")))
//!     .await?;
//! // Case(When(pages__gt=300, then=Value("thick")), When(pages__gt=100, then=…), default=Value("thin"))
//! let size = when(Book::pages.gt(300), "thick").when(Book::pages.gt(100), "middle").otherwise("thin");
//! let sizes: Vec<(String, i64)> = Book::objects(&db).values_list(size).annotate(Book::id.count()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! | Django | here |
//! |---|---|
//! | `Lower("a")`, `Upper("a")`, `Trim("a")`, `Length("a")` | `a.lower()`, `a.upper()`, `a.trim()`, `a.length()` |
//! | `Concat("a", Value(" "), "b")` | `a.concat(" ").concat(b)` |
//! | `Coalesce("a", Value(0))`, `Coalesce("a", "b")` of two that may be NULL | `a.coalesce(0)`, `a.coalesce_nullable(b)` |
//! | `NullIf("a", Value(0))` | `a.null_if(0)` |
//! | `Greatest("a", "b")`, `Least("a", "b")` | `a.greatest(b)`, `a.least(b)` |
//! | `Cast("a", FloatField())` | `a.cast::<f64>()` |
//! | `Now()` | `Expression::now()` |
//! | `Case(When(q, then=x), default=y)`, without a default | `when(q, x).otherwise(y)`, `….end()` |
//!
//! The greatest and the least of a value and NULL are the value on PostgreSQL and NULL elsewhere; `Lower` folds ASCII only on
//! SQLite: as under Django.

use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;

use super::expression::Node;
use super::lookups::TextField;
use super::{Column, Expression, FieldType, IntoExpression, Q};
use crate::schema::Field;

/// A function and what it is called with.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(super) struct Call {
    pub(super) name: Name,
    pub(super) arguments: Vec<Node>,
    /// The type of its value.
    pub(super) field: &'static Field,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Name {
    /// A value of which the database must be told the type.
    Literal,
    Lower,
    Upper,
    Trim,
    Length,
    Concat,
    Coalesce,
    NullIf,
    Greatest,
    Least,
    Cast,
    Now,
    /// A JSON value, to be compared with a part of another one.
    JsonExtract,
    /// Conditions and values by turns, and at last the default.
    Case,
}

/// The types that a value can be cast to.
#[diagnostic::on_unimplemented(message = "a value cannot be cast to `{Self}`")]
pub trait CastTo: FieldType {}

impl CastTo for i16 {}
impl CastTo for i32 {}
impl CastTo for i64 {}
impl CastTo for f64 {}
impl CastTo for String {}
impl<T: CastTo> CastTo for Option<T> {}

/// A `Case` whose default is not told yet.
pub struct Case<M, T> {
    arguments: Vec<Node>,
    marker: PhantomData<fn() -> (M, T)>,
}

/// What has a type of its own: a value, a column, an expression.
pub trait Operand<M> {
    /// The type.
    type Type: FieldType;
}

/// The type of an expression, as a field without a name.
trait Typed: FieldType {
    const FIELD: &'static Field = &Field::new("", Self::KIND);
}

impl<T: FieldType> Typed for T {}

impl<M, T: FieldType> Case<M, T> {
    /// `When(q, then=value)`: the value of the rows that fulfil `q` and nothing before it.
    #[must_use]
    pub fn when(mut self, q: Q<M>, value: impl IntoExpression<M, T, Outer = ()>) -> Self {
        self.arguments.push(Node::Condition(Box::new(q.condition)));
        self.arguments.push(argument(value));
        self
    }

    /// `default=value`: the value of all other rows.
    pub fn otherwise(mut self, value: impl IntoExpression<M, T, Outer = ()>) -> Expression<M, T> {
        self.arguments.push(argument(value));
        called::<M, T>(Name::Case, self.arguments)
    }

    /// All other rows have none.
    pub fn end(self) -> Expression<M, Option<T>> {
        called::<M, Option<T>>(Name::Case, self.arguments)
    }
}

/// `Case(When(q, then=value), …)`; the first value says the type of all.
pub fn when<M, V>(q: Q<M>, value: V) -> Case<M, V::Type>
where
    V: Operand<M> + IntoExpression<M, V::Type, Outer = ()>,
{
    Case { arguments: Vec::new(), marker: PhantomData }.when(q, value)
}

impl<M, T: FieldType> Operand<M> for T {
    type Type = T;
}

impl<M> Operand<M> for &str {
    type Type = String;
}

impl<M, T: FieldType> Operand<M> for Column<M, T> {
    type Type = T;
}

impl<M, T: FieldType> Operand<M> for Expression<M, T> {
    type Type = T;
}

impl<M> Expression<M, Timestamp> {
    /// `Now()`: the database's clock.
    pub fn now() -> Self {
        called::<M, Timestamp>(Name::Now, Vec::new())
    }
}

macro_rules! functions {
    ($of:ident) => {
        impl<M, T: FieldType + TextField> $of<M, T> {
            /// `Lower`.
            pub fn lower(&self) -> Expression<M, T> {
                called::<M, T>(Name::Lower, vec![self.node()])
            }

            /// `Upper`.
            pub fn upper(&self) -> Expression<M, T> {
                called::<M, T>(Name::Upper, vec![self.node()])
            }

            /// `Trim`: without the spaces at both ends.
            pub fn trim(&self) -> Expression<M, T> {
                called::<M, T>(Name::Trim, vec![self.node()])
            }

            /// `Length`, in characters.
            pub fn length(&self) -> Expression<M, T::Length> {
                called::<M, T::Length>(Name::Length, vec![self.node()])
            }

            /// `Concat`: both texts; NULL is an empty one.
            pub fn concat(
                &self,
                other: impl IntoExpression<M, Option<String>, Outer = ()>,
            ) -> Expression<M, String> {
                called::<M, String>(Name::Concat, vec![self.node(), argument(other)])
            }
        }

        impl<M, T: FieldType> $of<M, Option<T>> {
            /// `Coalesce`: this, or the other where this is NULL.
            pub fn coalesce(&self, other: impl IntoExpression<M, T, Outer = ()>) -> Expression<M, T> {
                called::<M, T>(Name::Coalesce, vec![self.node(), argument(other)])
            }

            /// `Coalesce` with another that may be NULL as well.
            pub fn coalesce_nullable(
                &self,
                other: impl IntoExpression<M, Option<T>, Outer = ()>,
            ) -> Expression<M, Option<T>> {
                called::<M, Option<T>>(Name::Coalesce, vec![self.node(), argument(other)])
            }
        }

        impl<M, T: FieldType> $of<M, T> {
            /// `NullIf`: NULL where both are equal.
            pub fn null_if(
                &self,
                other: impl IntoExpression<M, T, Outer = ()>,
            ) -> Expression<M, Option<T::Present>> {
                called::<M, Option<T::Present>>(Name::NullIf, vec![self.node(), argument(other)])
            }

            /// `Greatest` of the two.
            pub fn greatest(&self, other: impl IntoExpression<M, T, Outer = ()>) -> Expression<M, T> {
                called::<M, T>(Name::Greatest, vec![self.node(), argument(other)])
            }

            /// `Least` of the two.
            pub fn least(&self, other: impl IntoExpression<M, T, Outer = ()>) -> Expression<M, T> {
                called::<M, T>(Name::Least, vec![self.node(), argument(other)])
            }

            /// `Cast`; what may be NULL is cast to an `Option`.
            pub fn cast<U: CastTo>(&self) -> Expression<M, U> {
                called::<M, U>(Name::Cast, vec![self.node()])
            }
        }
    };
}

functions!(Column);
functions!(Expression);

fn called<M, T: FieldType>(name: Name, arguments: Vec<Node>) -> Expression<M, T> {
    Expression::new(Node::Call(Box::new(Call { name, arguments, field: T::FIELD })))
}

/// A value says its type: the database cannot know it from a function's other arguments.
fn argument<M, T: FieldType>(value: impl IntoExpression<M, T, Outer = ()>) -> Node {
    match value.into_expression().node {
        value @ Node::Value(_) => called::<M, T>(Name::Literal, vec![value]).node,
        other => other,
    }
}

impl Call {
    /// Django's name of it in `values`: `title__lower`.
    pub(super) fn node_name(&self) -> String {
        let name = format!("{:?}", self.name).to_lowercase();
        match self.arguments.first() {
            Some(first @ Node::Column(..)) => format!("{}__{name}", first.name()),
            _ => name,
        }
    }
}

impl<M, T> Clone for Case<M, T> {
    fn clone(&self) -> Self {
        Self { arguments: self.arguments.clone(), marker: PhantomData }
    }
}

impl<M, T> fmt::Debug for Case<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.arguments).finish()
    }
}
