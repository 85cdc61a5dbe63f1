//! Values that the database computes (`F("stock") - 3`), and what an update sets.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Add, Mul, Sub};

use super::FieldType;
use crate::db::Value;
use crate::schema::Field;

/// An expression of type `T` over the columns of `M`.
pub struct Expression<M, T> {
    pub(super) node: Node,
    marker: PhantomData<fn() -> (M, T)>,
}

/// An expression without its types.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Value(Value),
    Column(&'static Field),
    Binary(Box<Node>, &'static str, Box<Node>),
}

/// What a column of type `T` may be compared with or set to: a `T`, for text a `&str`, for a column that may be NULL
/// the value without its `Some`, or an [`Expression`].
#[diagnostic::on_unimplemented(message = "a column of type `{T}` takes no `{Self}`")]
pub trait IntoExpression<M, T> {
    /// The expression.
    fn into_expression(self) -> Expression<M, T>;
}

/// A column and what it is set to, for `create` and `update`.
pub struct Assignment<M> {
    pub(super) field: &'static Field,
    pub(super) node: Node,
    marker: PhantomData<fn() -> M>,
}

impl<M, T> Expression<M, T> {
    pub(super) const fn new(node: Node) -> Self {
        Self { node, marker: PhantomData }
    }

    fn binary(self, operator: &'static str, right: Node) -> Self {
        Self::new(Node::Binary(Box::new(self.node), operator, Box::new(right)))
    }
}

impl<M> Assignment<M> {
    pub(super) const fn new(field: &'static Field, node: Node) -> Self {
        Self { field, node, marker: PhantomData }
    }
}

impl<M, T: FieldType> IntoExpression<M, T> for T {
    fn into_expression(self) -> Expression<M, T> {
        Expression::new(Node::Value(self.into()))
    }
}

impl<M, T: FieldType> IntoExpression<M, Option<T>> for T {
    fn into_expression(self) -> Expression<M, Option<T>> {
        Expression::new(Node::Value(self.into()))
    }
}

impl<M, T> IntoExpression<M, T> for Expression<M, T> {
    fn into_expression(self) -> Self {
        self
    }
}

macro_rules! text_expressions {
    ($($from:ty => $to:ty),*) => {$(
        impl<M> IntoExpression<M, $to> for $from {
            fn into_expression(self) -> Expression<M, $to> {
                Expression::new(Node::Value(self.into()))
            }
        }
    )*};
}

text_expressions!(&str => String, &String => String, &str => Option<String>, &String => Option<String>);

macro_rules! operators {
    ($($operator:ident $method:ident $sql:literal),*) => {$(
        impl<M, T, R: IntoExpression<M, T>> $operator<R> for Expression<M, T> {
            type Output = Self;

            fn $method(self, right: R) -> Self {
                self.binary($sql, right.into_expression().node)
            }
        }
    )*};
}

operators!(Add add "+", Sub sub "-", Mul mul "*");

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
        Self::new(self.field, self.node.clone())
    }
}

impl<M> fmt::Debug for Assignment<M> {
    /// The value may be a secret: only the column prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Assignment").field(&self.field.name).finish()
    }
}
