//! Django's manager, typed: `Model.objects.filter(...)` with columns that the compiler checks.
//!
//! ```
//! use nuages::db::{Db, DbOptions, Executor};
//! use nuages::orm::{Model, Optional};
//! use rust_decimal::Decimal;
//!
//! #[derive(Model, Clone, Debug)]
//! #[model(app = "goods", table = "goods_sku", ordering("-id"))]
//! struct Sku {
//!     id: i64,
//!     #[field(max_length = 20)]
//!     name: String,
//!     #[field(max_digits = 10, decimal_places = 2)]
//!     price: Decimal,
//!     #[field(default = 1)]
//!     stock: i32,
//! }
//!
//! # async fn example(db: Db) -> nuages::Result<()> {
//! let pear = Sku::objects(&db).create([Sku::name.set("pear"), Sku::price.set(Decimal::new(1280, 2))]).await?;
//! let cheap = Sku::objects(&db).filter(Sku::price.lt(Decimal::TEN) & !Sku::name.contains("melon")).await?;
//! let sold = Sku::objects(&db)
//!     .filter(Sku::id.eq(pear.id) & Sku::stock.gte(3))
//!     .update([Sku::stock.set(Sku::stock - 3)])
//!     .await?;
//! let missing = Sku::objects(&db).filter(Sku::id.eq(0)).get().await.optional()?;
//! # Ok(())
//! # }
//! ```
//!
//! A value of another type, a column of another model, text where a number is summed: none of them compiles.
//!
//! ```compile_fail,E0277
//! # use nuages::orm::Model;
//! # #[derive(Model)]
//! # #[model(app = "goods")]
//! # struct Sku { id: i64, stock: i32 }
//! let wrong = Sku::stock.eq("many");
//! ```
//!
//! ```compile_fail,E0308
//! # use nuages::{db::Db, orm::Model};
//! # #[derive(Model)]
//! # #[model(app = "goods")]
//! # struct Sku { id: i64, stock: i32 }
//! # #[derive(Model)]
//! # #[model(app = "goods")]
//! # struct Category { id: i64, name: String }
//! # fn ask(db: &Db) {
//! let wrong = Sku::objects(db).filter(Category::name.eq("fruit"));
//! # }
//! ```
//!
//! ```compile_fail,E0599
//! # use nuages::orm::Model;
//! # #[derive(Model)]
//! # #[model(app = "goods")]
//! # struct Category { id: i64, name: String }
//! let wrong = Category::name.sum();
//! ```
//!
//! | Django | here |
//! |---|---|
//! | `Sku.objects.filter(price__lt=10, stock__gte=1)` | `Sku::objects(&db).filter(Sku::price.lt(Decimal::TEN) & Sku::stock.gte(1))` |
//! | `.exclude(name__icontains="x")` | `.exclude(Sku::name.icontains("x"))` |
//! | `Q(a=1) \| ~Q(b=2)` | `A::a.eq(1) \| !A::b.eq(2)` |
//! | `.filter(category__name="fruit")` | `.filter(Sku::category().name.eq("fruit"))` ([`relations`]) |
//! | `.select_related("category")` | `.select_related(Sku::category())`, rows `(Sku, Category)` ([`select`]) |
//! | `.annotate(n=Count("skus"))` | `.annotate(Category::skus().count())`, rows `(Category, i64)` ([`aggregates`]) |
//! | `.filter(Exists(Review.objects.filter(book=OuterRef("pk"))))` | `.filter(Q::exists(Review::objects(&db).filter(Review::book_id.eq(Book::id.outer()))))` ([`subquery`]) |
//! | `.annotate(x=Coalesce("a", Value(0)), y=Case(When(q, then=1), default=2))` | `.annotate(A::a.coalesce(0)).annotate(when(q, 1).otherwise(2))` ([`functions`]) |
//! | `.filter(data__size__gt=5)` of a `JSONField` | `.filter(A::data.key("size").gt(json!(5)))` ([`json`]) |
//! | `.union(other)`, `.select_for_update(nowait=True)` | `.union([other])` ([`combined`]), `.select_for_update().nowait()` ([`lock`]) |
//! | `.filter(create_time__year=2026)` | `.filter(Sku::create_time.year().eq(2026))` ([`dates`]) |
//! | `.order_by("-price", "id")[20:30]` | `.order_by([Sku::price.desc(), Sku::id.asc()]).slice(20..30)` |
//! | `.get()` and `DoesNotExist` | `.get()` and [`GetError::DoesNotExist`]; `.get().await.optional()?` |
//! | `.update(stock=F("stock") - 3)` | `.update([Sku::stock.set(Sku::stock - 3)])` |
//! | `.values_list("id", "name")` | `.values_list((Sku::id, Sku::name))`, rows `(i64, String)` |
//! | `.aggregate(Sum("stock"), Max("price"))` | `.aggregate((Sku::stock.sum(), Sku::price.max()))` |
//!
//! A [`QuerySet`] is a value that reads nothing until it is awaited, or one of its async methods is: awaiting it answers
//! with all rows.

pub use crate::db::Json;
use crate::db::{DbError, Executor, Value};
use crate::schema::{Field, Kind, Table};

pub mod aggregates;
mod bulk;
mod column;
pub mod combined;
mod compile;
pub mod dates;
pub mod delete;
mod dialect;
mod error;
mod expression;
mod field;
pub mod functions;
mod get_or_create;
pub mod iterator;
pub mod json;
pub mod lock;
pub mod lookups;
pub mod many_to_many;
pub mod prefetch;
mod q;
mod query;
mod queryset;
mod read;
pub mod relations;
pub mod select;
mod sql;
mod statement;
pub mod subquery;
mod values;
mod write;

pub use column::{Column, FieldError, Ordering};
pub use combined::Combined;
pub use delete::Deleted;
pub use error::{GetError, Optional};
pub use expression::{Assignment, Expression, IntoExpression};
pub use field::FieldType;
pub use functions::when;
pub use many_to_many::ManyToMany;
pub use nuages_macros::Model;
pub use prefetch::{Prefetch, PrefetchRelated};
pub use q::Q;
pub use queryset::QuerySet;
pub use relations::{Cardinality, ForeignKey, Hop, Many, One, Path, Relation, ZeroOrOne};
pub use subquery::OuterRef;

/// A struct that is a row of a table; written by `derive(Model)`.
///
/// # The derive's attributes
/// On the struct, `#[model(...)]`: `app = "goods"` (required), `table = "goods_sku"` (else app and name in lower
/// case), `ordering("-id", "name")`, `unique_together("user_id", "sku_id")`, `unique("name", "user_id", "sku_id")`
/// with the constraint's name first, `index("price", "-id")`, `check("name", "stock >= 0")`.
///
/// On a field, `#[field(...)]`: `column = "..."`, `primary_key`, `max_length = 20`, `max_digits = 10` with
/// `decimal_places = 2`, `unique`, `index`, `default = ...`, `auto_now`, `auto_now_add`, `references = Model` or
/// `Model::column` (or just the `"table"`, which gives no relation) with `on_delete = "cascade" | "protect" | "restrict" | "set_null" | "do_nothing"`, and
/// `check = "stock >= 0"`, a constraint named `<table>_<column>_check`.
///
/// `references = User` on `user_id` gives the relation `Order::user()` ([`relations`]); another name for it is
/// `relation = "buyer"`. On the struct, `related(orders = Order::user)` names the way back (`related_one` over a unique
/// key), and `many_to_many(tags = Tag)` makes a relation over a table of its own.
///
/// A first field `id: i64` is Django's `BigAutoField`, `id: i32` its `AutoField`. `Option<T>` may be NULL.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    note = "write #[derive(Model)] and #[model(app = \"…\")] above the struct"
)]
pub trait Model: Sized + Send + Sync + 'static {
    /// The table's name.
    const NAME: &'static str;
    /// The primary key's column.
    const KEY: &'static str;

    /// The type of the primary key.
    type PrimaryKey: FieldType + Clone;

    /// The columns and relations, as seen from the rows of `R`: what is behind a [`Relation`].
    type Columns<R, N: Cardinality>;

    /// The table.
    fn table() -> &'static Table;

    /// The columns and relations at the end of `path`.
    fn columns<R, N: Cardinality>(path: Path) -> Self::Columns<R, N>;

    /// A row out of the next of its values, in the order of [`Table::fields`].
    fn from_values(values: &mut impl Iterator<Item = Value>) -> Result<Self, DbError>;

    /// The row's values, in the order of [`Table::fields`].
    fn values(&self) -> Vec<Value>;

    /// The primary key.
    fn key(&self) -> Self::PrimaryKey;

    /// The value of the primary key.
    fn primary_key(&self) -> Value {
        self.key().into()
    }

    /// The manager: a queryset of all rows, on the pool or in a transaction.
    fn objects(executor: &impl Executor) -> QuerySet<Self> {
        QuerySet::new(executor.connection())
    }
}

/// Reads the next value as a field's type; what `derive(Model)` calls for each field.
pub fn read_field<T: FieldType>(
    values: &mut impl Iterator<Item = Value>,
    field: &'static Field,
) -> Result<T, DbError> {
    let value =
        values.next().ok_or_else(|| DbError::misuse(format!("the row has no column {}", field.name)))?;
    field::read(value, field).map_err(|error| DbError::conversion(format!("column {}: {error}", field.name)))
}

/// The automatic primary key for an integer's type; what `derive(Model)` calls for a first field `id`.
pub const fn auto_kind(kind: Kind) -> Kind {
    match kind {
        Kind::BigInteger => Kind::BigAuto,
        Kind::Integer => Kind::Auto,
        other => other,
    }
}
