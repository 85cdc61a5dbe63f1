//! What a row of an answer is: the model, or a tuple of what was selected.
//!
//! `Sku::objects(&db)` answers with rows `Sku`; `select_related` and `annotate` append to it, so that rows become
//! `(Sku, Category)` or `(Sku, i64)`; `values_list((Sku::id, Sku::name))` answers with `(i64, String)`.

use std::fmt;
use std::marker::PhantomData;
use std::vec::IntoIter;

use rust_decimal::Decimal;

use super::aggregates::Function;
use super::expression::Node;
use super::json;
use super::query::Output;
use super::relations::{One, ZeroOrOne};
use super::{Cardinality, Column, Expression, FieldType, Model, Relation};
use crate::db::{DbError, FromValue, Value};
use crate::schema::Kind;

/// What can be selected: a column, an expression, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a queryset of `{M}` can select",
    note = "select a column of `{M}`, an expression over its columns, or a tuple of up to eight of them"
)]
pub trait Select<M> {
    /// What the answer's rows hold for it.
    type Shape: Shape;

    /// Its expressions, one for each column of the answer.
    #[doc(hidden)]
    fn selected(self) -> Selection;
}

/// Expressions that were selected.
#[derive(Debug)]
pub struct Selection(pub(super) Vec<Node>);

/// The type of an answer's rows, and how they are read.
pub trait Shape: Send + Sync + 'static {
    /// A row, or a part of one.
    type Row: Send + 'static;

    /// Reads the next values of a row.
    #[doc(hidden)]
    fn read(reader: &mut Reader<'_>) -> Result<Self::Row, DbError>;
}

/// A shape that something is appended to.
pub trait Append<S>: Shape {
    /// Both, as one tuple.
    type Both: Shape;
}

/// A row of the model itself.
pub struct Whole<M>(PhantomData<fn() -> M>);

/// One value of type `T`.
pub struct Scalar<T>(PhantomData<fn() -> T>);

/// The row that a relation leads to.
pub struct Related<M, N>(PhantomData<fn() -> (M, N)>);

/// A relation to at most one row, which `select_related` reads along.
#[diagnostic::on_unimplemented(
    message = "`select_related` follows relations to one row; this one leads to many",
    note = "use `prefetch_related`"
)]
pub trait Single: Cardinality {
    /// The related row, or an `Option` of it.
    type Row<M: Model>: Send + 'static;

    /// Wraps what was read.
    #[doc(hidden)]
    fn related<M: Model>(row: Option<M>) -> Result<Self::Row<M>, DbError>;
}

/// The values of a row, one after the other.
#[derive(Debug)]
pub struct Reader<'a> {
    values: IntoIter<Value>,
    outputs: std::slice::Iter<'a, Output>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(values: Vec<Value>, outputs: &'a [Output]) -> Self {
        Self { values: values.into_iter(), outputs: outputs.iter() }
    }

    fn scalar<T: FromValue>(&mut self) -> Result<T, DbError> {
        let value = self.values.next().unwrap_or(Value::Null);
        T::from_value(match self.outputs.next() {
            Some(Output::Value(node)) => converted(value, node)?,
            _ => value,
        })
    }

    /// All of them, in their columns' types.
    pub(super) fn values(self) -> Result<Vec<Value>, DbError> {
        let outputs = self.outputs.map(Some).chain(std::iter::repeat(None));
        let values = self.values.zip(outputs).map(|(value, output)| match output {
            Some(Output::Value(node)) => converted(value, node),
            _ => Ok(value),
        });
        values.collect()
    }

    fn row<M: Model>(&mut self) -> Result<M, DbError> {
        self.outputs.next();
        M::from_values(&mut self.values)
    }
}

/// A value in the type of its expression. A column's decimal and the sum of a column's have the column's places; a
/// computed one is what SQLite's real is with 15 digits. MariaDB divides and averages integers as decimals: Django takes
/// the whole part of the one, and the other as a double.
fn converted(value: Value, node: &Node) -> Result<Value, DbError> {
    match (node.field().map(|field| field.kind), value) {
        (_, Value::Null) => Ok(Value::Null),
        (Some(kind), value) if kind == Kind::Json && matches!(node, Node::Inside(_)) => Ok(json::read(value)),
        (Some(Kind::Decimal { places, .. }), value) => {
            let mut decimal = Decimal::from_value(value)?;
            if node.keeps_places() {
                decimal.rescale(places);
            }
            Ok(Value::Decimal(decimal))
        }
        (Some(kind), Value::Decimal(decimal)) if kind.is_integer() => {
            let whole = decimal.trunc().to_string().parse();
            whole.map(Value::Int).map_err(|_| DbError::conversion("an integer of more than 64 bits"))
        }
        (Some(Kind::Float), Value::Decimal(decimal)) => double(&decimal),
        (None, Value::Decimal(decimal)) if node.is_average() => double(&decimal),
        (_, value) => Ok(value),
    }
}

fn double(decimal: &Decimal) -> Result<Value, DbError> {
    let double = decimal.to_string().parse();
    double.map(Value::Float).map_err(|_| DbError::conversion("a decimal that is no double"))
}

impl Node {
    fn keeps_places(&self) -> bool {
        match self {
            Self::Column(..) => true,
            Self::Aggregate(aggregate) => {
                aggregate.function != Function::Avg && matches!(aggregate.of, Some(Self::Column(..)))
            }
            Self::Outer(node) => node.keeps_places(),
            Self::Subquery(subquery) => subquery.node().is_some_and(Self::keeps_places),
            Self::Value(_)
            | Self::Place(_)
            | Self::Binary(..)
            | Self::Part(..)
            | Self::Call(_)
            | Self::Inside(_)
            | Self::Condition(_) => false,
        }
    }

    fn is_average(&self) -> bool {
        matches!(self, Self::Aggregate(aggregate) if aggregate.function == Function::Avg)
    }
}

impl<M: Model> Shape for Whole<M> {
    type Row = M;

    fn read(reader: &mut Reader<'_>) -> Result<M, DbError> {
        reader.row()
    }
}

impl<T: FieldType> Shape for Scalar<T> {
    type Row = T;

    fn read(reader: &mut Reader<'_>) -> Result<T, DbError> {
        reader.scalar()
    }
}

impl<M: Model, N: Single> Shape for Related<M, N> {
    type Row = N::Row<M>;

    fn read(reader: &mut Reader<'_>) -> Result<Self::Row, DbError> {
        let key = M::table().fields.iter().position(|field| field.primary_key).unwrap_or(0);
        if reader.values.as_slice().get(key) == Some(&Value::Null) {
            reader.outputs.next();
            reader.values.by_ref().take(M::table().fields.len()).for_each(drop);
            return N::related::<M>(None);
        }
        reader.row().map(Some).and_then(N::related::<M>)
    }
}

impl Single for One {
    type Row<M: Model> = M;

    fn related<M: Model>(row: Option<M>) -> Result<M, DbError> {
        row.ok_or_else(|| DbError::conversion(format!("a row refers to no {}", M::table().model)))
    }
}

impl Single for ZeroOrOne {
    type Row<M: Model> = Option<M>;

    fn related<M: Model>(row: Option<M>) -> Result<Option<M>, DbError> {
        Ok(row)
    }
}

impl<M, T: FieldType> Select<M> for Column<M, T> {
    type Shape = Scalar<T>;

    fn selected(self) -> Selection {
        Selection(vec![self.node()])
    }
}

impl<M, T: FieldType> Select<M> for Expression<M, T> {
    type Shape = Scalar<T>;

    fn selected(self) -> Selection {
        Selection(vec![self.node])
    }
}

impl<M: Model, S> Append<S> for Whole<M>
where
    S: Shape,
{
    type Both = (Self, S);
}

impl<T: FieldType, S: Shape> Append<S> for Scalar<T> {
    type Both = (Self, S);
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: Shape),+> Shape for ($($name,)+) {
            type Row = ($($name::Row,)+);

            fn read(reader: &mut Reader<'_>) -> Result<Self::Row, DbError> {
                Ok(($($name::read(reader)?,)+))
            }
        }

        impl<M, $($name: Select<M>),+> Select<M> for ($($name,)+) {
            type Shape = ($($name::Shape,)+);

            #[allow(non_snake_case)]
            fn selected(self) -> Selection {
                let ($($name,)+) = self;
                let mut nodes = Vec::new();
                $(nodes.extend($name.selected().0);)+
                Selection(nodes)
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);

macro_rules! append {
    ($($name:ident)+) => {
        impl<$($name: Shape,)+ Z: Shape> Append<Z> for ($($name,)+) {
            type Both = ($($name,)+ Z);
        }
    };
}

append!(A);
append!(A B);
append!(A B C);
append!(A B C D);
append!(A B C D E);
append!(A B C D E F);
append!(A B C D E F G);

impl<R: Model, M: Model, N: Single> Relation<R, M, N> {
    pub(super) fn output(&self) -> Output {
        Output::Row(self.path, M::table())
    }
}

macro_rules! printed {
    ($($shape:ident $($parameter:ident)+;)*) => {$(
        impl<$($parameter),+> fmt::Debug for $shape<$($parameter),+> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($shape))
            }
        }
    )*};
}

printed! {
    Whole M;
    Scalar T;
    Related M N;
}
