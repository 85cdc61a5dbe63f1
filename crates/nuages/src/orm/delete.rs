//! `delete`: the rows, and what `on_delete` says of the rows that refer to them, in one transaction.
//!
//! As under Django the database knows no `ON DELETE`; the program goes from table to table. It knows the tables that
//! [`DbOptions::tables`](crate::db::DbOptions::tables) names (a site's are all that its migrations create). Rows of a
//! table that it does not know keep what they refer to: the database refuses the deletion.

use std::collections::{BTreeMap, HashSet};

use super::dialect::Dialect;
use super::relations::{key_of, map_key};
use super::sql::Sql;
use super::statement::Ask;
use super::{Model, QuerySet};
use crate::db::{Connection, DbError, DbErrorKind, Tx, Value};
use crate::schema::{Field, OnDelete, Table};

/// How many rows were deleted; Django's `(3, {"goods.Sku": 3})`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    /// All of them.
    pub rows: u64,
    /// By model: `goods.Sku`.
    pub by_model: BTreeMap<String, u64>,
}

impl<M: Model> QuerySet<M> {
    /// Deletes the rows of the queryset and, by `on_delete`, what refers to them.
    ///
    /// # Errors
    /// [`DbErrorKind::ForeignKeyViolation`] when a row is referred to by a key that says `protect`, or by one that says
    /// `restrict` whose row is not deleted by another way. Nothing is deleted then.
    pub async fn delete(self) -> Result<Deleted, DbError> {
        self.refuse_slice("delete")?;
        let (table, dialect) = (M::table(), self.dialect());
        let tables = self.connection.db().tables();
        if referring(&tables, table).next().is_none() {
            let asked = self.query.ask(Ask::Delete, &self.connection)?;
            let mut deleted = Deleted::default();
            deleted.add(table, asked.execute(&self.connection).await?);
            return Ok(deleted);
        }
        let mut keys = self.query.ask(Ask::Keys, &self.connection)?;
        let work = move |connection: Connection| async move {
            let rows = keys.query(&connection).await?;
            let keys = rows.into_iter().filter_map(|row| row.into_values().into_iter().next()).collect();
            let mut collector =
                Collector { connection, dialect, tables, found: Vec::new(), changes: Vec::new() };
            collector.collect(table, keys).await?;
            collector.delete().await
        };
        match self.connection {
            Connection::Db(db) => db.transaction(|tx: Tx| work(Connection::Tx(tx))).await,
            connection => work(connection).await,
        }
    }
}

/// Django's `Collector`: finds what refers to rows, and deletes all of it in an order that the keys allow.
struct Collector {
    connection: Connection,
    dialect: Dialect,
    tables: Vec<&'static Table>,
    found: Vec<Found>,
    /// Keys that become NULL: the table, its column, and the primary keys of the rows.
    changes: Vec<(&'static Table, &'static Field, Vec<Value>)>,
}

/// The rows of a table that are deleted.
struct Found {
    table: &'static Table,
    keys: Vec<Value>,
    known: HashSet<String>,
}

/// The keys of other tables that refer to `to`, unless they are left to the database.
fn referring<'t>(
    tables: &'t [&'static Table],
    to: &'static Table,
) -> impl Iterator<Item = (&'static Table, &'static Field, OnDelete)> + 't {
    let keys = tables.iter().flat_map(|table| table.fields.iter().map(move |field| (*table, field)));
    keys.filter_map(move |(table, field)| {
        let reference = field.references.filter(|reference| reference.table == to.name)?;
        (reference.on_delete != OnDelete::DoNothing).then_some((table, field, reference.on_delete))
    })
}

impl Collector {
    async fn collect(&mut self, table: &'static Table, keys: Vec<Value>) -> Result<(), DbError> {
        let mut work = vec![(table, keys)];
        let mut restricted: Vec<(&'static Table, &'static Table, &'static Field, Vec<Value>)> = Vec::new();
        while let Some((table, keys)) = work.pop() {
            let keys = self.note(table, keys);
            if keys.is_empty() {
                continue;
            }
            let tables = self.tables.clone();
            for (other, field, on_delete) in referring(&tables, table) {
                let rows = self.rows_referring(table, &keys, other, field).await?;
                if rows.is_empty() {
                    continue;
                }
                match on_delete {
                    OnDelete::Cascade => work.push((other, rows)),
                    OnDelete::SetNull => self.changes.push((other, field, rows)),
                    OnDelete::Restrict => restricted.push((table, other, field, rows)),
                    OnDelete::Protect => return Err(refused(table, other, field, "protected")),
                    OnDelete::DoNothing => {}
                }
            }
        }
        for (table, other, field, rows) in restricted {
            let deleted = self.found.iter().find(|found| found.table == other);
            let goes = |row: &Value| deleted.is_some_and(|found| found.known.contains(&map_key(row)));
            if !rows.iter().all(goes) {
                return Err(refused(table, other, field, "restricted"));
            }
        }
        Ok(())
    }

    /// Remembers the rows of a table; those that were not known before.
    fn note(&mut self, table: &'static Table, keys: Vec<Value>) -> Vec<Value> {
        let place = self.found.iter().position(|found| found.table == table).unwrap_or_else(|| {
            self.found.push(Found { table, keys: Vec::new(), known: HashSet::new() });
            self.found.len() - 1
        });
        let found = &mut self.found[place];
        let fresh: Vec<_> = keys.into_iter().filter(|key| found.known.insert(map_key(key))).collect();
        found.keys.extend(fresh.iter().cloned());
        fresh
    }

    /// The primary keys of the rows of `other` whose `field` refers to these rows.
    async fn rows_referring(
        &self,
        table: &'static Table,
        keys: &[Value],
        other: &'static Table,
        field: &'static Field,
    ) -> Result<Vec<Value>, DbError> {
        let to = field.references.map_or("id", |reference| reference.column);
        let key = key_of(table).name;
        let mut rows = Vec::new();
        for keys in keys.chunks(self.dialect.max_params()) {
            let mut sql = Sql::new("SELECT ");
            self.dialect.name(&mut sql, key_of(other).name);
            sql.push(" FROM ");
            self.dialect.name(&mut sql, other.name);
            sql.push(" WHERE ");
            self.dialect.name(&mut sql, field.name);
            sql.push(" IN (");
            if to == key {
                listed(&mut sql, keys);
            } else {
                sql.push("SELECT ");
                self.dialect.name(&mut sql, to);
                sql.push(" FROM ");
                self.dialect.name(&mut sql, table.name);
                self.among(&mut sql, table, keys);
            }
            sql.push(")");
            let found = sql.query(&self.connection).await?;
            rows.extend(found.into_iter().filter_map(|row| row.into_values().into_iter().next()));
        }
        Ok(rows)
    }

    async fn delete(self) -> Result<Deleted, DbError> {
        for (table, field, keys) in &self.changes {
            for keys in keys.chunks(self.dialect.max_params()) {
                let mut sql = Sql::new("UPDATE ");
                self.dialect.name(&mut sql, table.name);
                sql.push(" SET ");
                self.dialect.name(&mut sql, field.name);
                sql.push(" = NULL");
                self.among(&mut sql, table, keys);
                sql.execute(&self.connection).await?;
            }
        }
        let mut deleted = Deleted::default();
        for found in self.in_order() {
            for keys in found.keys.chunks(self.dialect.max_params()) {
                let mut sql = Sql::new("DELETE FROM ");
                self.dialect.name(&mut sql, found.table.name);
                self.among(&mut sql, found.table, keys);
                deleted.add(found.table, sql.execute(&self.connection).await?);
            }
        }
        Ok(deleted)
    }

    /// First the tables that no other one refers to; those in a circle as they were found.
    fn in_order(&self) -> Vec<&Found> {
        let mut left: Vec<&Found> = self.found.iter().collect();
        let mut ordered = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let refers = |other: &Found, to: &Found| {
                let is_to = |field: &Field| {
                    field.references.is_some_and(|reference| reference.table == to.table.name)
                };
                other.table != to.table && other.table.fields.iter().any(is_to)
            };
            let free = left.iter().position(|found| !left.iter().any(|other| refers(other, found)));
            ordered.push(left.remove(free.unwrap_or_default()));
        }
        ordered
    }

    fn among(&self, sql: &mut Sql<Value>, table: &'static Table, keys: &[Value]) {
        sql.push(" WHERE ");
        self.dialect.name(sql, key_of(table).name);
        sql.push(" IN (");
        listed(sql, keys);
        sql.push(")");
    }
}

impl Deleted {
    fn add(&mut self, table: &Table, rows: u64) {
        self.rows += rows;
        if rows > 0 {
            *self.by_model.entry(format!("{}.{}", table.app, table.model)).or_default() += rows;
        }
    }
}

fn listed(sql: &mut Sql<Value>, keys: &[Value]) {
    for (place, key) in keys.iter().enumerate() {
        sql.comma(place).value(key.clone());
    }
}

fn refused(table: &Table, other: &Table, field: &Field, how: &str) -> DbError {
    DbError::new(
        DbErrorKind::ForeignKeyViolation,
        format!(
            "Cannot delete some instances of model '{}' because they are referenced through {how} foreign keys: '{}.{}'.",
            table.model, other.model, field.name
        ),
    )
}
