//! Querysets inside of querysets: `in`, `Exists`, `Subquery` and `OuterRef`.
//!
//! ```
//! # use nuages::{db::Db, orm::{Expression, Model, Q}};
//! # #[derive(Model)] #[model(app = "library")] struct Book { id: i64, title: String }
//! # #[derive(Model)] #[model(app = "library")]
//! # struct Review { id: i64, #[field(references = Book, on_delete = "cascade")] book_id: i64, stars: i16 }
//! # async fn example(db: Db) -> nuages::Result<()> {
//! // Book.objects.filter(id__in=Review.objects.filter(stars=5).values("book_id"))
//! let five = Review::objects(&db).filter(Review::stars.eq(5)).values_list(Review::book_id);
//! let praised = Book::objects(&db).filter(Book::id.in_(five)).await?;
//! // Book.objects.filter(~Exists(Review.objects.filter(book=OuterRef("pk"))))
//! let own = Review::objects(&db).filter(Review::book_id.eq(Book::id.outer()));
//! let unread = Book::objects(&db).filter(!Q::exists(own.clone())).await?;
//! // Book.objects.annotate(stars=Subquery(Review.objects.filter(book=OuterRef("pk")).order_by("-id").values("stars")[:1]))
//! let latest = own.order_by([Review::id.desc()]).values_list(Review::stars).limit(1);
//! let rows: Vec<(Book, Option<i16>)> = Book::objects(&db).annotate(Expression::subquery(latest)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! `Book::id.outer()` makes a queryset that only a queryset of `Book` can hold. It has no rows of its own:
//!
//! ```compile_fail,E0277
//! # use nuages::{db::Db, orm::Model};
//! # #[derive(Model)] #[model(app = "library")] struct Book { id: i64, title: String }
//! # #[derive(Model)] #[model(app = "library")] struct Review { id: i64, book_id: i64 }
//! # async fn example(db: Db) -> nuages::Result<()> {
//! let rows = Review::objects(&db).filter(Review::book_id.eq(Book::id.outer())).await?;
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::marker::PhantomData;

use super::expression::Node;
use super::lookups::Lookup;
use super::q::Condition;
use super::query::{Output, Query};
use super::relations::{Path, key_of};
use super::select::{Scalar, Shape, Whole};
use super::{Column, Expression, FieldType, IntoExpression, Model, Q, QuerySet};

/// An expression of the queryset around a subquery (`OuterRef`); [`Column::outer`] makes it.
pub struct OuterRef<O, T> {
    node: Node,
    marker: PhantomData<fn() -> (O, T)>,
}

/// The model of the queryset that a condition speaks of besides its own; `()` is none.
///
/// The conditions of one queryset may speak of one such model.
#[diagnostic::on_unimplemented(
    message = "a condition that refers to a row of `{Self}` outside cannot stand beside one that refers to a row of `{P}`"
)]
pub trait Outer<P> {
    /// The model that both together speak of.
    type Both;
}

/// A subquery that a queryset of `M` may hold: it refers to no row outside, or to one of `M`.
#[diagnostic::on_unimplemented(
    message = "this subquery refers to a row of `{Self}`; it cannot stand in a queryset of `{M}`"
)]
pub trait Within<M> {}

/// What `in_` takes: values of the column's type, or a queryset of them.
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` is not looked up in `{Self}`",
    note = "`in_` takes a list of values, or a queryset with `values_list` of one column of the same type"
)]
pub trait Among<M, T> {
    /// What is looked through.
    #[doc(hidden)]
    fn among(self) -> Values;
}

/// What a relation's `in_` takes: rows of the related model, or a queryset of them.
#[diagnostic::on_unimplemented(message = "`{Self}` is neither a list of `&{M}` nor a queryset of `{M}`")]
pub trait AmongRows<R, M> {
    /// What is looked through.
    #[doc(hidden)]
    fn among_rows(self) -> Values;
}

/// The right side of an `in`.
#[derive(Debug)]
pub struct Values(pub(super) Lookup);

/// A queryset in another one, and the relations that its outer columns are behind.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(super) struct Subquery {
    pub(super) query: Query,
    pub(super) from: Path,
}

impl<M> Q<M> {
    /// `Exists(queryset)`; `!` before it is `~Exists`.
    pub fn exists<R: Model, S: Shape, O: Within<M>>(queryset: QuerySet<R, S, O>) -> Self {
        let mut subquery = Subquery::of(queryset);
        subquery.query.only_existence();
        Self::new(Condition::Exists(Box::new(subquery)))
    }
}

impl<M> Expression<M, bool> {
    /// `Exists(queryset)` as a value: `annotate(Expression::exists(…))`.
    pub fn exists<R: Model, S: Shape, O: Within<M>>(queryset: QuerySet<R, S, O>) -> Self {
        Self::new(Node::Condition(Box::new(Q::<M>::exists(queryset).condition)))
    }
}

impl<M, T: FieldType> Expression<M, Option<T>> {
    /// `Subquery(queryset.values(…)[:1])`: the value in the only row, or none.
    pub fn subquery<R, U, O>(queryset: QuerySet<R, Scalar<U>, O>) -> Self
    where
        R: Model,
        U: FieldType<Present = T>,
        O: Within<M>,
    {
        Self::new(Node::Subquery(Box::new(Subquery::of(queryset))))
    }
}

impl<M, T> Column<M, T> {
    /// The column of the row outside (`OuterRef`), to be compared with in a subquery.
    pub const fn outer(&self) -> OuterRef<M, T> {
        OuterRef { node: self.node(), marker: PhantomData }
    }
}

impl<M, T> Expression<M, T> {
    /// The expression over the row outside (`OuterRef("pages") + 1`), to be compared with in a subquery.
    pub fn outer(&self) -> OuterRef<M, T> {
        OuterRef { node: self.node(), marker: PhantomData }
    }
}

impl<M, O: Model, T> IntoExpression<M, T> for OuterRef<O, T> {
    type Outer = O;

    fn into_expression(self) -> Expression<M, T> {
        Expression::new(Node::Outer(Box::new(self.node)))
    }
}

impl<M, O: Model, T> IntoExpression<M, Option<T>> for OuterRef<O, T> {
    type Outer = O;

    fn into_expression(self) -> Expression<M, Option<T>> {
        Expression::new(Node::Outer(Box::new(self.node)))
    }
}

impl Outer<()> for () {
    type Both = ();
}

impl<M: Model> Outer<M> for () {
    type Both = M;
}

impl<M: Model> Outer<()> for M {
    type Both = M;
}

impl<M: Model> Outer<M> for M {
    type Both = M;
}

impl<M> Within<M> for () {}

impl<M: Model> Within<M> for M {}

impl<M, T, V> Among<M, T> for V
where
    V: IntoIterator,
    V::Item: IntoExpression<M, T, Outer = ()>,
{
    fn among(self) -> Values {
        Values(Lookup::In(self.into_iter().map(|value| value.into_expression().node).collect()))
    }
}

impl<M, T, R, U, O> Among<M, T> for QuerySet<R, Scalar<U>, O>
where
    T: FieldType,
    R: Model,
    U: FieldType<Present = T::Present>,
    O: Within<M>,
{
    fn among(self) -> Values {
        Values(Lookup::InQuery(Box::new(Subquery::of(self))))
    }
}

impl<'a, R, M: Model, V: IntoIterator<Item = &'a M>> AmongRows<R, M> for V {
    fn among_rows(self) -> Values {
        Values(Lookup::In(self.into_iter().map(|row| Node::Value(row.primary_key())).collect()))
    }
}

impl<R, M: Model, O: Within<R>> AmongRows<R, M> for QuerySet<M, Whole<M>, O> {
    fn among_rows(self) -> Values {
        let mut subquery = Subquery::of(self);
        let key = Node::Column(Path::HERE, key_of(M::table()));
        subquery.query.outputs = vec![Output::Value(key)];
        Values(Lookup::InQuery(Box::new(subquery)))
    }
}

impl Subquery {
    fn of<M, S, O>(queryset: QuerySet<M, S, O>) -> Self {
        Self { query: queryset.query, from: Path::HERE }
    }

    /// The same subquery in a queryset from which its outer columns are behind `path`.
    pub(super) fn behind(mut self, path: Path) -> Self {
        self.from = path.join(self.from);
        self
    }

    /// The column that it selects.
    pub(super) fn node(&self) -> Option<&Node> {
        match self.query.outputs.first() {
            Some(Output::Value(node)) => Some(node),
            _ => None,
        }
    }
}

impl<O, T> Clone for OuterRef<O, T> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), marker: PhantomData }
    }
}

impl<O, T> fmt::Debug for OuterRef<O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OuterRef").field(&self.node.name()).finish()
    }
}
