//! `union`, `intersection` and `difference` of querysets.
//!
//! ```
//! # use nuages::{db::Db, orm::Model};
//! # #[derive(Model)] #[model(app = "library")] struct Author { id: i64, name: String }
//! # #[derive(Model)] #[model(app = "library")] struct Publisher { id: i64, name: String, country: String }
//! # async fn example(db: Db) -> nuages::Result<()> {
//! // Author.objects.values_list("name").union(Publisher.objects.values_list("name")).order_by("name")[:10]
//! let names = Author::objects(&db).values_list(Author::name);
//! let names = names.union([Publisher::objects(&db).values_list(Publisher::name)]);
//! let first: Vec<String> = names.order_by([Author::name.asc()]).limit(10).await?;
//! # Ok(())
//! # }
//! ```
//!
//! As under Django the rows of a combination are ordered by what they hold and sliced, and nothing else. Where one of its
//! querysets is sliced itself, SQLite refuses.

use std::fmt;
use std::future::IntoFuture;
use std::ops::RangeBounds;
use std::pin::Pin;

use super::query::Query;
use super::select::Shape;
use super::{Model, Ordering, QuerySet};
use crate::db::DbError;

/// Querysets whose rows are put together; awaiting it reads them.
#[derive(Clone)]
pub struct Combined<M, S> {
    queryset: QuerySet<M, S>,
}

/// Querysets without their types, and how they are put together.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(super) struct Combination {
    pub(super) combinator: Combinator,
    pub(super) parts: Vec<Query>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Combinator {
    Union,
    UnionAll,
    Intersection,
    Difference,
}

impl<M: Model, S: Shape> QuerySet<M, S> {
    /// The rows of this queryset and of others, equal ones once.
    pub fn union<R: Model>(self, others: impl IntoIterator<Item = QuerySet<R, S>>) -> Combined<M, S> {
        self.combine(Combinator::Union, others)
    }

    /// `union(…, all=True)`: the rows of all, equal ones too.
    pub fn union_all<R: Model>(self, others: impl IntoIterator<Item = QuerySet<R, S>>) -> Combined<M, S> {
        self.combine(Combinator::UnionAll, others)
    }

    /// The rows that are in this queryset and in all others.
    pub fn intersection<R: Model>(self, others: impl IntoIterator<Item = QuerySet<R, S>>) -> Combined<M, S> {
        self.combine(Combinator::Intersection, others)
    }

    /// The rows that are in this queryset and in none of the others.
    pub fn difference<R: Model>(self, others: impl IntoIterator<Item = QuerySet<R, S>>) -> Combined<M, S> {
        self.combine(Combinator::Difference, others)
    }

    fn combine<R: Model>(
        self,
        combinator: Combinator,
        others: impl IntoIterator<Item = QuerySet<R, S>>,
    ) -> Combined<M, S> {
        let outputs = self.query.outputs.clone();
        let parts: Vec<Query> =
            std::iter::once(self.query).chain(others.into_iter().map(|other| other.query)).collect();
        let query = Query {
            outputs,
            ordering: Some(Vec::new()),
            misuse: parts.iter().find_map(|part| part.misuse),
            combination: Some(Box::new(Combination { combinator, parts })),
            ..Query::new(M::table())
        };
        Combined { queryset: QuerySet::with(self.connection, query) }
    }
}

impl<M: Model, S: Shape> Combined<M, S> {
    /// In this order; of what the first queryset's rows hold.
    #[must_use]
    pub fn order_by(self, ordering: impl IntoIterator<Item = Ordering<M>>) -> Self {
        Self { queryset: self.queryset.order_by(ordering) }
    }

    /// At most so many rows.
    #[must_use]
    pub fn limit(self, rows: u64) -> Self {
        Self { queryset: self.queryset.limit(rows) }
    }

    /// Django's `[20:30]` is `.slice(20..30)`.
    #[must_use]
    pub fn slice(self, range: impl RangeBounds<u64>) -> Self {
        Self { queryset: self.queryset.slice(range) }
    }

    /// All rows; the same as awaiting it.
    pub async fn list(self) -> Result<Vec<S::Row>, DbError> {
        self.queryset.list().await
    }

    /// The first row.
    pub async fn first(self) -> Result<Option<S::Row>, DbError> {
        Ok(self.queryset.limit(1).list().await?.into_iter().next())
    }

    /// How many rows.
    pub async fn count(self) -> Result<u64, DbError> {
        self.queryset.count().await
    }

    /// Whether there is a row.
    pub async fn exists(self) -> Result<bool, DbError> {
        self.queryset.exists().await
    }

    /// The statement that would read the rows; its values are bound, not shown.
    pub fn to_sql(&self) -> String {
        self.queryset.to_sql()
    }
}

impl<M: Model, S: Shape> IntoFuture for Combined<M, S> {
    type Output = Result<Vec<S::Row>, DbError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        self.queryset.into_future()
    }
}

impl<M: Model, S: Shape> fmt::Debug for Combined<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Combined").field(&self.to_sql()).finish()
    }
}
