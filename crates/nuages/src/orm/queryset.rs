//! The queryset: a value that says which rows, in which order.

use std::fmt;
use std::marker::PhantomData;

use super::compile::Sql;
use super::q::Condition;
use super::{Model, Ordering, Q};
use crate::db::{Connection, DbError, Executor, Vendor};
use crate::schema::Field;

/// Rows of `M`: lazy and cheap to clone.
pub struct QuerySet<M> {
    pub(super) connection: Connection,
    pub(super) condition: Option<Condition>,
    /// None is the model's own ordering.
    pub(super) ordering: Option<Vec<(&'static str, bool)>>,
    pub(super) limit: Option<u64>,
    pub(super) offset: Option<u64>,
    pub(super) distinct: bool,
    pub(super) for_update: bool,
    /// What a later method must not do, told when the query runs.
    pub(super) misuse: Option<&'static str>,
    marker: PhantomData<fn() -> M>,
}

impl<M: Model> QuerySet<M> {
    pub(super) const fn new(connection: Connection) -> Self {
        Self {
            connection,
            condition: None,
            ordering: None,
            limit: None,
            offset: None,
            distinct: false,
            for_update: false,
            misuse: None,
            marker: PhantomData,
        }
    }

    /// The same queryset, for those who write Django's `objects.all()`.
    #[must_use]
    pub fn all(self) -> Self {
        self
    }

    /// The rows that also fulfil `q`.
    #[must_use]
    pub fn filter(mut self, q: Q<M>) -> Self {
        self.refuse_sliced("filter");
        self.condition = Some(match self.condition.take() {
            Some(condition) => condition.and(q.condition),
            None => q.condition,
        });
        self
    }

    /// The rows that do not fulfil `q`; a row without a value counts as not fulfilling it.
    #[must_use]
    pub fn exclude(self, q: Q<M>) -> Self {
        self.filter(!q)
    }

    /// In this order, instead of any before.
    #[must_use]
    pub fn order_by(mut self, ordering: impl IntoIterator<Item = Ordering<M>>) -> Self {
        self.refuse_sliced("order");
        self.ordering =
            Some(ordering.into_iter().map(|order| (order.field.name, order.descending)).collect());
        self
    }

    /// At most so many rows; Django's `[:n]`.
    #[must_use]
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(self.limit.map_or(rows, |limit| limit.min(rows)));
        self
    }

    /// Without the first so many rows; Django's `[n:]`.
    #[must_use]
    pub fn offset(mut self, rows: u64) -> Self {
        self.offset = Some(rows);
        self
    }

    /// Equal rows once.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.distinct = true;
        self
    }

    /// Locks the rows until the transaction ends; on SQLite, whose transactions have the only writer, it is nothing.
    /// Outside a transaction it is an error.
    #[must_use]
    pub fn select_for_update(mut self) -> Self {
        self.for_update = true;
        self
    }

    /// The statement that would read the rows; its values are bound, not shown.
    pub fn to_sql(&self) -> String {
        self.select(M::table().fields.iter().map(|field| field.name)).text
    }

    pub(super) fn vendor(&self) -> Vendor {
        self.connection.vendor()
    }

    pub(super) fn select<'a>(&self, columns: impl IntoIterator<Item = &'a str>) -> Sql {
        let mut sql = Sql::new(self.vendor(), if self.distinct { "SELECT DISTINCT " } else { "SELECT " });
        sql.names(columns).push(" FROM ").name(M::table().name);
        sql.filter(self.condition.as_ref());
        self.tail(&mut sql);
        sql
    }

    /// Order, slice and lock.
    pub(super) fn tail(&self, sql: &mut Sql) {
        for (place, (name, descending)) in self.order().into_iter().enumerate() {
            sql.push(if place == 0 { " ORDER BY " } else { ", " }).name(name);
            sql.push(if descending { " DESC" } else { " ASC" });
        }
        match (self.limit, self.vendor()) {
            (Some(limit), _) => drop(sql.push(" LIMIT ").value(bounded(limit).into())),
            // SQLite and MariaDB know no OFFSET alone.
            (None, Vendor::Sqlite) if self.offset.is_some() => drop(sql.push(" LIMIT -1")),
            (None, Vendor::Mysql) if self.offset.is_some() => drop(sql.push(" LIMIT 18446744073709551615")),
            (None, _) => {}
        }
        if let Some(offset) = self.offset {
            sql.push(" OFFSET ").value(bounded(offset).into());
        }
        if self.for_update && self.vendor() != Vendor::Sqlite {
            sql.push(" FOR UPDATE");
        }
    }

    /// The order that applies.
    pub(super) fn order(&self) -> Vec<(&'static str, bool)> {
        match &self.ordering {
            Some(ordering) => ordering.clone(),
            None => M::table().ordering.iter().map(|order| (order.field, order.descending)).collect(),
        }
    }

    /// Ordered by `field` alone.
    pub(super) fn ordered(mut self, field: &'static Field, descending: bool) -> Self {
        self.refuse_sliced("order");
        self.ordering = Some(vec![(field.name, descending)]);
        self
    }

    pub(super) const fn is_sliced(&self) -> bool {
        self.limit.is_some() || self.offset.is_some()
    }

    /// What was done wrong on the way here.
    pub(super) fn check(&self) -> Result<(), DbError> {
        if let Some(misuse) = self.misuse {
            return Err(DbError::misuse(format!("{}: {misuse}", M::table().model)));
        }
        if self.for_update && matches!(self.connection, Connection::Db(_)) {
            return Err(DbError::misuse("select_for_update cannot be used outside of a transaction."));
        }
        Ok(())
    }

    fn refuse_sliced(&mut self, what: &'static str) {
        if self.is_sliced() {
            self.misuse = Some(match what {
                "filter" => "Cannot filter a query once a slice has been taken.",
                _ => "Cannot reorder a query once a slice has been taken.",
            });
        }
    }
}

/// Beyond 63 bits there are no rows anyway.
fn bounded(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

impl<M> Clone for QuerySet<M> {
    fn clone(&self) -> Self {
        Self {
            connection: self.connection.clone(),
            condition: self.condition.clone(),
            ordering: self.ordering.clone(),
            limit: self.limit,
            offset: self.offset,
            distinct: self.distinct,
            for_update: self.for_update,
            misuse: self.misuse,
            marker: PhantomData,
        }
    }
}

impl<M: Model> fmt::Debug for QuerySet<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("QuerySet").field(&self.to_sql()).finish()
    }
}
