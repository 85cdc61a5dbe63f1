//! The rows at the other end of a many-to-many relation: `book.tags.add(tag)`.
//!
//! ```
//! # use nuages::{db::Db, orm::Model};
//! # #[derive(Model)] #[model(app = "library")] struct Tag { id: i64, name: String }
//! # #[derive(Model)] #[model(app = "library", many_to_many(tags = Tag))] struct Book { id: i64, title: String }
//! # async fn example(db: Db, book: Book, new: Tag, old: Tag) -> nuages::Result<()> {
//! let tags = Book::tags().of(&book, &db);
//! tags.add([&new]).await?; //          book.tags.add(new)
//! tags.remove([&old]).await?; //       book.tags.remove(old)
//! tags.set([&new, &old]).await?; //    book.tags.set([new, old])
//! tags.clear().await?; //              book.tags.clear()
//! let named = tags.all().filter(Tag::name.startswith("n")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! `#[model(many_to_many(tags = Tag))]` on `Book` is the table `library_book_tags` with `id`, `book_id` and `tag_id`, as
//! Django makes it; a migration creates `Book::tags().through()`.

use std::collections::HashSet;
use std::fmt;

use super::expression::Node;
use super::lookups::Lookup;
use super::q::Condition;
use super::relations::{Hop, key_of, map_key};
use super::sql::Sql;
use super::{Cardinality, Model, QuerySet, Relation};
use crate::db::{Connection, DbError, Executor, Tx, Value};
use crate::schema::Table;

/// The rows of `B` that one row is related to over a through table.
#[derive(Clone)]
pub struct ManyToMany<B> {
    connection: Connection,
    own: Value,
    through: Option<Through>,
    rows: QuerySet<B>,
}

/// The table between, and its two keys.
#[derive(Clone, Copy)]
struct Through {
    table: &'static Table,
    near: &'static str,
    far: &'static str,
}

impl<R: Model, M: Model, N: Cardinality> Relation<R, M, N> {
    /// The related rows of one row, to be read and, over a many-to-many relation, changed.
    pub fn of(&self, row: &R, executor: &impl Executor) -> ManyToMany<M> {
        let mut hops = self.path.hops();
        let through = match (hops.next(), hops.next(), hops.next()) {
            (Some(near @ Hop::Reverse(_)), Some(far @ Hop::Forward(_)), None) => {
                Some(Through { table: near.table(), near: near.columns().1, far: far.columns().0 })
            }
            _ => None,
        };
        let owner = Node::Column(self.reverse().path, key_of(R::table()));
        let mut rows = QuerySet::<M>::new(executor.connection());
        rows.query.filter(Condition::Lookup(owner, Lookup::Compare("=", Node::Value(row.primary_key()))));
        ManyToMany { connection: executor.connection(), own: row.primary_key(), through, rows }
    }
}

impl<B: Model> ManyToMany<B> {
    /// The related rows.
    pub fn all(&self) -> QuerySet<B> {
        self.rows.clone()
    }

    /// Relates to these rows, too.
    pub async fn add<'a>(&self, rows: impl IntoIterator<Item = &'a B> + Send) -> Result<(), DbError> {
        let keys = rows.into_iter().map(Model::primary_key).collect();
        self.change(Vec::new(), keys).await
    }

    /// No longer relates to these rows.
    pub async fn remove<'a>(&self, rows: impl IntoIterator<Item = &'a B> + Send) -> Result<(), DbError> {
        let keys = rows.into_iter().map(Model::primary_key).collect();
        self.change(keys, Vec::new()).await
    }

    /// Relates to these rows and no others; what is related already stays.
    pub async fn set<'a>(&self, rows: impl IntoIterator<Item = &'a B> + Send) -> Result<(), DbError> {
        let keys: Vec<Value> = rows.into_iter().map(Model::primary_key).collect();
        let wanted: HashSet<String> = keys.iter().map(map_key).collect();
        let through = self.through()?;
        let mut sql = Sql::new("SELECT ");
        let dialect = self.rows.dialect();
        dialect.name(&mut sql, through.far);
        sql.push(" FROM ");
        self.own(&mut sql, through);
        let known = sql.query(&self.connection).await?;
        let known = known.into_iter().filter_map(|row| row.into_values().into_iter().next());
        let surplus = known.filter(|key| !wanted.contains(&map_key(key))).collect();
        self.change(surplus, keys).await
    }

    /// Relates to no row.
    pub async fn clear(&self) -> Result<(), DbError> {
        let through = self.through()?;
        let mut sql = Sql::new("DELETE FROM ");
        self.own(&mut sql, through);
        sql.execute(&self.connection).await.map(drop)
    }

    async fn change(&self, remove: Vec<Value>, add: Vec<Value>) -> Result<(), DbError> {
        let statements = self.statements(self.through()?, &remove, &add);
        if let (Connection::Db(db), true) = (&self.connection, statements.len() > 1) {
            let work = |tx: Tx| async move {
                for sql in statements {
                    sql.execute(&Connection::Tx(tx.clone())).await?;
                }
                Ok(())
            };
            return db.transaction(work).await;
        }
        for sql in statements {
            sql.execute(&self.connection).await?;
        }
        Ok(())
    }

    fn statements(&self, through: Through, remove: &[Value], add: &[Value]) -> Vec<Sql<Value>> {
        let dialect = self.rows.dialect();
        let mut statements = Vec::new();
        for keys in remove.chunks(dialect.max_params() - 1) {
            let mut sql = Sql::new("DELETE FROM ");
            self.own(&mut sql, through);
            sql.push(" AND ");
            dialect.name(&mut sql, through.far);
            sql.push(" IN (");
            for (place, key) in keys.iter().enumerate() {
                sql.comma(place).value(key.clone());
            }
            sql.push(")");
            statements.push(sql);
        }
        for keys in add.chunks(dialect.max_params() / 2) {
            let (before, behind) = dialect.insert(true);
            let mut sql = Sql::new(before);
            dialect.name(&mut sql, through.table.name);
            sql.push(" (");
            dialect.names(&mut sql, [through.near, through.far]);
            sql.push(") VALUES ");
            for (place, key) in keys.iter().enumerate() {
                sql.comma(place).push("(").value(self.own.clone()).push(", ").value(key.clone()).push(")");
            }
            sql.push(behind);
            statements.push(sql);
        }
        statements
    }

    /// The through table's rows of this row.
    fn own(&self, sql: &mut Sql<Value>, through: Through) {
        let dialect = self.rows.dialect();
        dialect.name(sql, through.table.name);
        sql.push(" WHERE ");
        dialect.name(sql, through.near);
        sql.push(" = ").value(self.own.clone());
    }

    fn through(&self) -> Result<Through, DbError> {
        self.through.ok_or_else(|| DbError::misuse("only a many-to-many relation can be changed from here"))
    }
}

impl<B: Model> fmt::Debug for ManyToMany<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManyToMany").field(&self.rows).finish()
    }
}
