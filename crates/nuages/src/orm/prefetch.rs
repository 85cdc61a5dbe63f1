//! `prefetch_related`: the rows behind a relation, in one more query for all rows together.
//!
//! ```
//! # use nuages::{db::Db, orm::Model};
//! # #[derive(Model)] #[model(app = "goods", related(skus = Sku::category))]
//! # struct Category { id: i64, name: String }
//! # #[derive(Model)] #[model(app = "goods")]
//! # struct Sku { id: i64, #[field(references = Category, on_delete = "cascade")] category_id: i64, stock: i64 }
//! # async fn example(db: Db) -> nuages::Result<()> {
//! // Category.objects.prefetch_related("skus")
//! for (category, skus) in Category::objects(&db).prefetch_related(Category::skus()).await? {
//!     println!("{}: {}", category.name, skus.len());
//! }
//! // Prefetch("skus", queryset=Sku.objects.filter(stock__gt=0).order_by("-stock"))
//! let in_stock = Sku::objects(&db).filter(Sku::stock.gt(0)).order_by([Sku::stock.desc()]);
//! let shelves = Category::objects(&db).prefetch_related(Category::skus().with(in_stock)).await?;
//! # Ok(())
//! # }
//! ```

use std::collections::HashMap;
use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;

use super::expression::Node;
use super::lookups::Lookup;
use super::q::Condition;
use super::relations::{Path, key_of, map_key};
use super::statement::Ask;
use super::{Cardinality, Model, QuerySet, Relation};
use crate::db::{Connection, DbError, Value};

/// A queryset whose rows come with those behind relations: `(Category, Vec<Sku>)`, of two `(Author, Vec<Book>, Vec<Prize>)`.
pub struct PrefetchRelated<M, P> {
    rows: QuerySet<M>,
    prefetched: P,
}

/// A relation, and which of the rows behind it, in which order (Django's `Prefetch`).
pub struct Prefetch<M, B> {
    /// From the rows behind the relation to those before it.
    back: Path,
    queryset: Option<QuerySet<B>>,
    marker: std::marker::PhantomData<fn() -> M>,
}

impl<R: Model, M: Model, N: Cardinality> Relation<R, M, N> {
    /// Only the rows of this queryset.
    pub fn with(self, queryset: QuerySet<M>) -> Prefetch<R, M> {
        Prefetch { queryset: Some(queryset), ..Prefetch::from(self) }
    }
}

impl<R: Model, M: Model, N: Cardinality> From<Relation<R, M, N>> for Prefetch<R, M> {
    fn from(relation: Relation<R, M, N>) -> Self {
        let back = relation.reverse().path;
        Self { back, queryset: None, marker: std::marker::PhantomData }
    }
}

impl<M: Model> QuerySet<M> {
    /// Each row with the rows that a relation leads to, in one more query.
    pub fn prefetch_related<B: Model>(
        self,
        prefetch: impl Into<Prefetch<M, B>>,
    ) -> PrefetchRelated<M, (Prefetch<M, B>,)> {
        PrefetchRelated { rows: self, prefetched: (prefetch.into(),) }
    }
}

/// One more relation, of up to four.
macro_rules! append {
    ($($name:ident)+) => {
        impl<M: Model, $($name),+> PrefetchRelated<M, ($(Prefetch<M, $name>,)+)> {
            /// The rows that one more relation leads to, in one more query.
            #[allow(non_snake_case)]
            pub fn prefetch_related<Z: Model>(
                self,
                prefetch: impl Into<Prefetch<M, Z>>,
            ) -> PrefetchRelated<M, ($(Prefetch<M, $name>,)+ Prefetch<M, Z>)> {
                let ($($name,)+) = self.prefetched;
                PrefetchRelated { rows: self.rows, prefetched: ($($name,)+ prefetch.into()) }
            }
        }
    };
}

append!(A);
append!(A B);
append!(A B C);

macro_rules! prefetched {
    ($($name:ident $found:ident)+) => {
        impl<M: Model, $($name: Model),+> PrefetchRelated<M, ($(Prefetch<M, $name>,)+)> {
            /// All rows, each with its own.
            #[allow(non_snake_case)]
            pub async fn list(self) -> Result<Vec<(M, $(Vec<$name>),+)>, DbError> {
                let connection = self.rows.connection.clone();
                let rows = self.rows.list().await?;
                let keys: Vec<Value> = rows.iter().map(Model::primary_key).collect();
                let ($($name,)+) = self.prefetched;
                $(let mut $found = $name.read(&connection, &keys).await?;)+
                let with_own = |(row, key): (M, Value)| {
                    let key = map_key(&key);
                    (row, $($found.remove(&key).unwrap_or_default()),+)
                };
                Ok(rows.into_iter().zip(keys).map(with_own).collect())
            }
        }

        impl<M: Model, $($name: Model),+> IntoFuture for PrefetchRelated<M, ($(Prefetch<M, $name>,)+)> {
            type Output = Result<Vec<(M, $(Vec<$name>),+)>, DbError>;
            type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.list())
            }
        }
    };
}

prefetched!(A a);
prefetched!(A a B b);
prefetched!(A a B b C c);
prefetched!(A a B b C c D d);

impl<M: Model, B: Model> Prefetch<M, B> {
    /// The rows behind the relation, by the primary key of the row that they belong to.
    async fn read(self, connection: &Connection, keys: &[Value]) -> Result<HashMap<String, Vec<B>>, DbError> {
        let queryset = self.queryset.unwrap_or_else(|| QuerySet::new(connection.clone()));
        let owner = Node::Column(self.back, key_of(M::table()));
        let mut found: HashMap<String, Vec<B>> = HashMap::new();
        for keys in keys.chunks(queryset.dialect().max_params()) {
            let mut batch = queryset.clone();
            let keys = keys.iter().cloned().map(Node::Value).collect();
            batch.query.filter(Condition::Lookup(owner.clone(), Lookup::In(keys)));
            batch.query.annotate(owner.clone());
            batch.check()?;
            for row in batch.query.ask(Ask::Rows, &batch.connection)?.query(&batch.connection).await? {
                let mut values = row.into_values();
                let owner = values.pop().unwrap_or(Value::Null);
                found.entry(map_key(&owner)).or_default().push(B::from_values(&mut values.into_iter())?);
            }
        }
        Ok(found)
    }
}

impl<M: Model, P> fmt::Debug for PrefetchRelated<M, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrefetchRelated").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl<M, B> fmt::Debug for Prefetch<M, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Prefetch").field(&self.back).finish()
    }
}
