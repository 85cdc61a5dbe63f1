//! The queryset: a value that says which rows, in which order.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};
use std::pin::Pin;

use super::dialect::Dialect;
use super::query::Query;
use super::relations::Marker;
use super::select::{Append, Related, Scalar, Select, Shape, Single, Whole};
use super::subquery::Outer;
use super::{Expression, FieldType, Model, Ordering, Q, Relation};
use crate::db::{Connection, DbError};

/// Rows of `M`, as what `S` says: lazy and cheap to clone. Awaiting it reads the rows.
///
/// A queryset that speaks of a row of `O` outside is part of another one only ([`subquery`](super::subquery)).
pub struct QuerySet<M, S = Whole<M>, O = ()> {
    pub(super) connection: Connection,
    pub(super) query: Query,
    marker: Marker<M, (S, O)>,
}

impl<M: Model> QuerySet<M> {
    pub(super) fn new(connection: Connection) -> Self {
        Self::with(connection, Query::new(M::table()))
    }
}

impl<M: Model, S: Shape, O> QuerySet<M, S, O> {
    pub(super) const fn with(connection: Connection, query: Query) -> Self {
        Self { connection, query, marker: PhantomData }
    }

    /// The same queryset, for those who write Django's `objects.all()`.
    #[must_use]
    pub fn all(self) -> Self {
        self
    }

    /// The rows that also fulfil `q`.
    #[must_use]
    pub fn filter<P>(mut self, q: Q<M, P>) -> QuerySet<M, S, O::Both>
    where
        O: Outer<P>,
    {
        if self.query.group.is_none() && q.condition.has_aggregate() {
            self.query.group = Some(self.query.outputs.clone());
        }
        self.query.filter(q.condition);
        QuerySet::with(self.connection, self.query)
    }

    /// The rows that do not fulfil `q`; a row without a value counts as not fulfilling it.
    #[must_use]
    pub fn exclude<P>(self, q: Q<M, P>) -> QuerySet<M, S, O::Both>
    where
        O: Outer<P>,
    {
        self.filter(!q)
    }

    /// In this order, instead of any before; nothing is no order.
    #[must_use]
    pub fn order_by(mut self, ordering: impl IntoIterator<Item = Ordering<M>>) -> Self {
        self.query.order(ordering.into_iter().map(|order| (order.node, order.descending)).collect());
        self
    }

    /// In the opposite order.
    #[must_use]
    pub fn reverse(mut self) -> Self {
        self.query.reversed = !self.query.reversed;
        self
    }

    /// At most so many rows; Django's `[:n]`.
    #[must_use]
    pub fn limit(mut self, rows: u64) -> Self {
        self.query.limit = Some(self.query.limit.map_or(rows, |limit| limit.min(rows)));
        self
    }

    /// Without the first so many rows; Django's `[n:]`.
    #[must_use]
    pub fn offset(mut self, rows: u64) -> Self {
        self.query.offset = Some(rows);
        self
    }

    /// Django's `[20:30]` is `.slice(20..30)`; a slice of a slice counts within it.
    #[must_use]
    pub fn slice(mut self, range: impl RangeBounds<u64>) -> Self {
        let begin = match range.start_bound() {
            Bound::Included(begin) => *begin,
            Bound::Excluded(before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let rows = match range.end_bound() {
            Bound::Included(last) => Some(last.saturating_add(1).saturating_sub(begin)),
            Bound::Excluded(end) => Some(end.saturating_sub(begin)),
            Bound::Unbounded => None,
        };
        self.query.slice(rows, begin);
        self
    }

    /// Equal rows once. As under Django, what they are ordered by counts.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.query.distinct = true;
        self
    }

    /// An expression more in each row; an aggregate is taken over the rows that belong to each.
    #[must_use]
    pub fn annotate<T: FieldType>(
        mut self,
        expression: impl Into<Expression<M, T>>,
    ) -> QuerySet<M, S::Both, O>
    where
        S: Append<Scalar<T>>,
    {
        self.query.annotate(expression.into().node);
        QuerySet::with(self.connection, self.query)
    }

    /// These values instead of whole rows: one column as it is (`flat=True`), several as a tuple.
    ///
    /// An aggregate after it is taken over the rows with equal values (`values("category").annotate(Sum("price"))`).
    #[must_use]
    pub fn values_list<V: Select<M>>(mut self, values: V) -> QuerySet<M, V::Shape, O> {
        self.query.select(values.selected().0);
        QuerySet::with(self.connection, self.query)
    }
}

impl<M: Model, S: Shape> QuerySet<M, S> {
    /// Reads the row that a relation leads to along with each row: `(Order, User)`, or `(Order, Option<Coupon>)`.
    #[must_use]
    pub fn select_related<R: Model, N: Single>(mut self, relation: Relation<M, R, N>) -> QuerySet<M, S::Both>
    where
        S: Append<Related<R, N>>,
    {
        self.query.outputs.push(relation.output());
        QuerySet::with(self.connection, self.query)
    }

    /// The statement that would read the rows; its values are bound, not shown.
    pub fn to_sql(&self) -> String {
        self.query.text(&self.connection)
    }

    pub(super) fn dialect(&self) -> Dialect {
        Dialect::of(&self.connection)
    }

    /// What was done wrong on the way here.
    pub(super) fn check(&self) -> Result<(), DbError> {
        let model = self.query.table.model;
        if let Some(misuse) = self.query.misuse {
            return Err(DbError::misuse(format!("{model}: {misuse}")));
        }
        if self.query.lock.is_some() && matches!(self.connection, Connection::Db(_)) {
            return Err(DbError::misuse("select_for_update cannot be used outside of a transaction."));
        }
        Ok(())
    }
}

impl<M, T> From<super::Column<M, T>> for Expression<M, T> {
    fn from(column: super::Column<M, T>) -> Self {
        column.f()
    }
}

impl<M: Model, S: Shape> IntoFuture for QuerySet<M, S> {
    type Output = Result<Vec<S::Row>, DbError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.list())
    }
}

impl<M, S, O> Clone for QuerySet<M, S, O> {
    fn clone(&self) -> Self {
        Self { connection: self.connection.clone(), query: self.query.clone(), marker: PhantomData }
    }
}

impl<M: Model, S: Shape, O> fmt::Debug for QuerySet<M, S, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("QuerySet").field(&self.query.text(&self.connection)).finish()
    }
}
