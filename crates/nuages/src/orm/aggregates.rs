//! `Sum Count Min Max Avg`, as methods of columns and expressions.
//!
//! ```
//! # use nuages::{db::Db, orm::Model};
//! # use rust_decimal::Decimal;
//! # #[derive(Model)] #[model(app = "goods", related(skus = Sku::category))]
//! # struct Category { id: i64, name: String }
//! # #[derive(Model)] #[model(app = "goods")]
//! # struct Sku { id: i64, #[field(references = Category, on_delete = "cascade")] category_id: i64,
//! #     #[field(max_digits = 10, decimal_places = 2)] price: Decimal, stock: i64 }
//! # async fn example(db: Db) -> nuages::Result<()> {
//! // Sku.objects.aggregate(Sum("stock"), Max("price"))
//! let (stock, dearest) = Sku::objects(&db).aggregate((Sku::stock.sum(), Sku::price.max())).await?;
//! // Category.objects.annotate(n=Count("skus")).filter(n__gte=3).order_by("-n"): the expression is its own name
//! let skus = Category::skus().count();
//! let full = Category::objects(&db).annotate(skus.clone()).filter(skus.gte(3)).order_by([skus.desc()]).await?;
//! for (category, skus) in full {
//!     println!("{}: {skus}", category.name);
//! }
//! // Sku.objects.values_list("category__name").annotate(Sum("stock"))
//! let by_shelf: Vec<(String, Option<i64>)> =
//!     Sku::objects(&db).values_list(Sku::category().name).annotate(Sku::stock.sum()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! A sum, an average, a least or greatest value of no rows is `None`. As in Django, an average of integers is a double.

use rust_decimal::Decimal;

use super::expression::Node;
use super::q::Condition;
use super::{Column, Expression, FieldType, Q};

/// An aggregate function over a column.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(super) struct Aggregate {
    pub(super) function: Function,
    pub(super) of: Option<Node>,
    pub(super) distinct: bool,
    pub(super) filter: Option<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Function {
    Sum,
    Count,
    Min,
    Max,
    Avg,
}

/// The types that have a sum and an average.
#[diagnostic::on_unimplemented(message = "a column of type `{Self}` has no sum and no average")]
pub trait Numeric {
    /// The type of the sum.
    type Sum: FieldType;
    /// The type of the average.
    type Average: FieldType;
}

macro_rules! numeric {
    ($($rust:ty => $sum:ty, $average:ty;)*) => {$(
        impl Numeric for $rust {
            type Sum = $sum;
            type Average = $average;
        }
    )*};
}

numeric! {
    i16 => i64, f64;
    i32 => i64, f64;
    i64 => i64, f64;
    u16 => i64, f64;
    u32 => i64, f64;
    f64 => f64, f64;
    Decimal => Decimal, Decimal;
}

impl<T: Numeric> Numeric for Option<T> {
    type Sum = T::Sum;
    type Average = T::Average;
}

macro_rules! aggregates {
    ($over:ident) => {
        impl<M, T> $over<M, T> {
            /// `Count`: the rows in which it has a value.
            pub fn count(&self) -> Expression<M, i64> {
                aggregate(Function::Count, self.node(), false)
            }

            /// `Count(…, distinct=True)`: its different values.
            pub fn count_distinct(&self) -> Expression<M, i64> {
                aggregate(Function::Count, self.node(), true)
            }
        }

        impl<M, T: Numeric> $over<M, T> {
            /// `Sum`.
            pub fn sum(&self) -> Expression<M, Option<T::Sum>> {
                aggregate(Function::Sum, self.node(), false)
            }

            /// `Avg`.
            pub fn avg(&self) -> Expression<M, Option<T::Average>> {
                aggregate(Function::Avg, self.node(), false)
            }
        }

        impl<M, T: FieldType> $over<M, T> {
            /// `Min`.
            pub fn min(&self) -> Expression<M, Option<T::Present>> {
                aggregate(Function::Min, self.node(), false)
            }

            /// `Max`.
            pub fn max(&self) -> Expression<M, Option<T::Present>> {
                aggregate(Function::Max, self.node(), false)
            }
        }
    };
}

aggregates!(Column);
aggregates!(Expression);

impl<M, T> Expression<M, T> {
    /// An aggregate over the rows that fulfil `q` only (`Sum("price", filter=Q(…))`); on anything else it is nothing.
    #[must_use]
    pub fn only(mut self, q: Q<M>) -> Self {
        if let Node::Aggregate(aggregate) = &mut self.node {
            aggregate.filter = Some(q.condition);
        }
        self
    }
}

fn aggregate<M, T>(function: Function, of: Node, distinct: bool) -> Expression<M, T> {
    Expression::new(Node::Aggregate(Box::new(Aggregate { function, of: Some(of), distinct, filter: None })))
}
