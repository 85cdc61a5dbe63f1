//! Values that the database computes (`F("stock") - 3`), and what an update sets.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Rem, Sub};

use super::aggregates::{Aggregate, Function, Numeric};
use super::dates::Part;
use super::functions::Call;
use super::json::Inside;
use super::q::Condition;
use super::relations::Path;
use super::subquery::Subquery;
use super::values::Place;
use super::{Column, FieldType};
use crate::db::Value;
use crate::schema::{Field, Kind};

/// An expression of type `T` over the columns of `M`.
pub struct Expression<M, T> {
    pub(super) node: Node,
    marker: PhantomData<fn() -> (M, T)>,
}

/// An expression without its types.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Value(Value),
    /// Where its value was taken out.
    Place(Place),
    Column(Path, &'static Field),
    Binary(Box<Node>, &'static str, Box<Node>),
    Aggregate(Box<Aggregate>),
    Part(Part, Box<Node>),
    Call(Box<Call>),
    Inside(Box<Inside>),
    Condition(Box<Condition>),
    Subquery(Box<Subquery>),
    /// An expression over the row outside.
    Outer(Box<Node>),
}

/// What a column of type `T` may be compared with or set to: a `T`, for text a `&str`, for a column that may be NULL
/// the value without its `Some`, a [`Column`] or an [`Expression`].
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` takes no `{Self}`",
    label = "not a value for a column of type `{T}`"
)]
pub trait IntoExpression<M, T> {
    /// The model of the row outside that it speaks of; `()` is none.
    type Outer;

    /// The expression.
    fn into_expression(self) -> Expression<M, T>;
}

/// A column and what it is set to, for `create` and `update`.
pub struct Assignment<M> {
    pub(super) field: &'static Field,
    pub(super) node: Node,
    /// Whether the column is behind a relation, where it cannot be set.
    pub(super) joined: bool,
    marker: PhantomData<fn() -> M>,
}

impl Node {
    /// The column whose type the expression has, if one gives it.
    pub(super) fn field(&self) -> Option<&'static Field> {
        match self {
            Self::Column(_, field) => Some(field),
            Self::Binary(left, _, right) => left.field().or_else(|| right.field()),
            Self::Aggregate(aggregate) => aggregate.field(),
            Self::Subquery(subquery) => subquery.node().and_then(Self::field),
            Self::Outer(node) => node.field(),
            Self::Call(call) => Some(call.field),
            Self::Inside(inside) => inside.field(),
            Self::Value(_) | Self::Place(_) | Self::Part(..) | Self::Condition(_) => None,
        }
    }

    /// Django's name of it: `author__name`, `pages__sum`.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Column(path, field) => {
                let mut name: String = path.hops().map(|hop| format!("{}__", hop.name())).collect();
                name.push_str(field.name);
                name
            }
            Self::Aggregate(aggregate) => {
                let of = aggregate.of.as_ref().map(|node| node.name() + "__").unwrap_or_default();
                format!("{of}{:?}", aggregate.function).to_lowercase()
            }
            Self::Part(part, of) => format!("{}__{}", of.name(), part.name()),
            Self::Binary(left, ..) => left.name(),
            Self::Call(call) => call.node_name(),
            Self::Inside(inside) => inside.of.name(),
            Self::Condition(_) => "condition".to_owned(),
            Self::Subquery(_) => "subquery".to_owned(),
            Self::Outer(node) => node.name(),
            Self::Value(_) | Self::Place(_) => "value".to_owned(),
        }
    }

    pub(super) fn is_decimal(&self) -> bool {
        matches!(self.field(), Some(Field { kind: Kind::Decimal { .. }, .. }))
    }

    pub(super) fn is_json(&self) -> bool {
        matches!(self.field(), Some(Field { kind: Kind::Json, .. }))
    }

    pub(super) fn has_aggregate(&self) -> bool {
        match self {
            Self::Aggregate(_) => true,
            Self::Binary(left, _, right) => left.has_aggregate() || right.has_aggregate(),
            Self::Part(_, inner) => inner.has_aggregate(),
            Self::Call(call) => call.arguments.iter().any(Self::has_aggregate),
            Self::Inside(inside) => inside.of.has_aggregate(),
            Self::Condition(condition) => condition.has_aggregate(),
            Self::Value(_) | Self::Place(_) | Self::Column(..) | Self::Subquery(_) | Self::Outer(_) => false,
        }
    }

    /// The same expression seen from the beginning of `path`.
    pub(super) fn behind(self, path: Path) -> Self {
        let boxed = |node: Box<Self>| Box::new(node.behind(path));
        match self {
            Self::Column(own, field) => Self::Column(path.join(own), field),
            Self::Binary(left, operator, right) => Self::Binary(boxed(left), operator, boxed(right)),
            Self::Part(part, inner) => Self::Part(part, boxed(inner)),
            Self::Aggregate(mut aggregate) => {
                aggregate.of = aggregate.of.map(|node| node.behind(path));
                aggregate.filter = aggregate.filter.map(|condition| condition.behind(path));
                Self::Aggregate(aggregate)
            }
            Self::Call(mut call) => {
                let arguments = call.arguments.into_iter();
                call.arguments = arguments.map(|argument| argument.behind(path)).collect();
                Self::Call(call)
            }
            Self::Inside(inside) => Self::Inside(Box::new(Inside { of: inside.of.behind(path), ..*inside })),
            Self::Condition(condition) => Self::Condition(Box::new(condition.behind(path))),
            Self::Subquery(subquery) => Self::Subquery(Box::new(subquery.behind(path))),
            other @ (Self::Value(_) | Self::Place(_) | Self::Outer(_)) => other,
        }
    }
}

impl Hash for Node {
    /// A shape has no values, so theirs does not matter.
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Value(_) => {}
            Self::Place(place) => place.hash(state),
            Self::Column(path, field) => (path, field).hash(state),
            Self::Binary(left, operator, right) => (left, operator, right).hash(state),
            Self::Aggregate(aggregate) => aggregate.hash(state),
            Self::Part(part, inner) => (part, inner).hash(state),
            Self::Call(call) => call.hash(state),
            Self::Inside(inside) => inside.hash(state),
            Self::Condition(condition) => condition.hash(state),
            Self::Subquery(subquery) => subquery.hash(state),
            Self::Outer(node) => node.hash(state),
        }
    }
}

impl<M, T> Expression<M, T> {
    pub(super) const fn new(node: Node) -> Self {
        Self { node, marker: PhantomData }
    }

    pub(super) fn node(&self) -> Node {
        self.node.clone()
    }

    /// The same expression as one of another type (`ExpressionWrapper(…, output_field=…)`); the database computes what
    /// it computed.
    pub fn output_field<U>(&self) -> Expression<M, U> {
        Expression::new(self.node())
    }

    /// Rising order.
    pub fn asc(&self) -> super::Ordering<M> {
        super::Ordering::new(self.node(), false)
    }

    /// Falling order.
    pub fn desc(&self) -> super::Ordering<M> {
        super::Ordering::new(self.node(), true)
    }
}

impl<M, T> Column<M, T> {
    pub(super) const fn node(&self) -> Node {
        Node::Column(self.path, self.field)
    }
}

impl<M> Assignment<M> {
    pub(super) const fn new(field: &'static Field, node: Node, joined: bool) -> Self {
        Self { field, node, joined, marker: PhantomData }
    }
}

impl<M, T: FieldType> IntoExpression<M, T> for T {
    type Outer = ();

    fn into_expression(self) -> Expression<M, T> {
        Expression::new(Node::Value(self.into()))
    }
}

impl<M, T: FieldType> IntoExpression<M, Option<T>> for T {
    type Outer = ();

    fn into_expression(self) -> Expression<M, Option<T>> {
        Expression::new(Node::Value(self.into()))
    }
}

impl<M, T> IntoExpression<M, T> for Expression<M, T> {
    type Outer = ();

    fn into_expression(self) -> Self {
        self
    }
}

impl<M, T> IntoExpression<M, Option<T>> for Expression<M, T> {
    type Outer = ();

    fn into_expression(self) -> Expression<M, Option<T>> {
        Expression::new(self.node)
    }
}

impl<M, T> IntoExpression<M, T> for Column<M, T> {
    type Outer = ();

    fn into_expression(self) -> Expression<M, T> {
        Expression::new(self.node())
    }
}

impl<M, T> IntoExpression<M, Option<T>> for Column<M, T> {
    type Outer = ();

    fn into_expression(self) -> Expression<M, Option<T>> {
        Expression::new(self.node())
    }
}

macro_rules! text_expressions {
    ($($from:ty => $to:ty),*) => {$(
        impl<M> IntoExpression<M, $to> for $from {
            type Outer = ();

            fn into_expression(self) -> Expression<M, $to> {
                Expression::new(Node::Value(self.into()))
            }
        }
    )*};
}

text_expressions!(&str => String, &String => String, &str => Option<String>, &String => Option<String>);

macro_rules! operators {
    ($($operator:ident $method:ident $sql:literal),*) => {$(
        impl<M, T: Numeric, R: IntoExpression<M, T, Outer = ()>> $operator<R> for Expression<M, T> {
            type Output = Self;

            fn $method(self, right: R) -> Self {
                Self::new(Node::Binary(Box::new(self.node), $sql, Box::new(right.into_expression().node)))
            }
        }

        impl<M, T: Numeric, R: IntoExpression<M, T, Outer = ()>> $operator<R> for Column<M, T> {
            type Output = Expression<M, T>;

            fn $method(self, right: R) -> Expression<M, T> {
                Expression::new(self.node()).$method(right)
            }
        }
    )*};
}

// Division of integers drops what is left over; by zero it is NULL on SQLite and MariaDB, an error on PostgreSQL.
operators!(Add add "+", Sub sub "-", Mul mul "*", Div div "/", Rem rem "%");

impl Aggregate {
    fn field(&self) -> Option<&'static Field> {
        match self.function {
            Function::Count => None,
            Function::Avg => self.of.as_ref().and_then(Node::field).filter(|field| !field.kind.is_integer()),
            Function::Sum | Function::Min | Function::Max => self.of.as_ref().and_then(Node::field),
        }
    }
}

impl<M, T> Clone for Expression<M, T> {
    fn clone(&self) -> Self {
        Self::new(self.node.clone())
    }
}

impl<M, T> fmt::Debug for Expression<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

impl<M> Clone for Assignment<M> {
    fn clone(&self) -> Self {
        Self::new(self.field, self.node.clone(), self.joined)
    }
}

impl<M> fmt::Debug for Assignment<M> {
    /// The value may be a secret: only the column prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Assignment").field(&self.field.name).finish()
    }
}
