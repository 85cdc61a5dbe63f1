//! The queryset's methods that read.

use super::compile::Sql;
use super::field;
use super::{Column, FieldType, GetError, Model, QuerySet};
use crate::db::{DbError, Executor, Row, Value, Vendor};
use crate::schema::Kind;

impl<M: Model> QuerySet<M> {
    /// All rows.
    pub async fn list(self) -> Result<Vec<M>, DbError> {
        let sql = self.select(M::table().fields.iter().map(|field| field.name));
        self.rows(sql).await?.into_iter().map(|row| M::from_values(row.into_values())).collect()
    }

    /// The only row; never reads more than two.
    pub async fn get(self) -> Result<M, GetError> {
        let model = M::table().model;
        let mut rows = self.limit(2).list().await?.into_iter();
        match (rows.next(), rows.next()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(GetError::DoesNotExist { model }),
            (Some(_), Some(_)) => Err(GetError::MultipleObjectsReturned { model }),
        }
    }

    /// The only row, or none.
    pub async fn get_optional(self) -> Result<Option<M>, GetError> {
        super::Optional::optional(self.get().await)
    }

    /// The first row; without an order, the one with the lowest primary key.
    pub async fn first(mut self) -> Result<Option<M>, DbError> {
        if self.order().is_empty()
            && let Some(key) = M::table().primary_key()
        {
            self = self.ordered(key, false);
        }
        Ok(self.limit(1).list().await?.into_iter().next())
    }

    /// The row with the highest value of `column`.
    pub async fn latest<T: FieldType>(self, column: Column<M, T>) -> Result<M, GetError> {
        self.ordered(column.field, true).outermost().await
    }

    /// The row with the lowest value of `column`.
    pub async fn earliest<T: FieldType>(self, column: Column<M, T>) -> Result<M, GetError> {
        self.ordered(column.field, false).outermost().await
    }

    /// How many rows.
    pub async fn count(self) -> Result<u64, DbError> {
        let row = if self.distinct || self.is_sliced() {
            let mut sql = Sql::new(self.vendor(), "SELECT COUNT(*) FROM (");
            let inner = self.select(M::table().fields.iter().map(|field| field.name));
            sql.push(&inner.text).push(") AS subquery");
            sql.params = inner.params;
            self.rows(sql).await?
        } else {
            self.aggregate("SELECT COUNT(*)").await?
        };
        let count: i64 = row.first().map_or(Ok(0), |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Whether there is a row.
    pub async fn exists(mut self) -> Result<bool, DbError> {
        self.ordering = Some(Vec::new());
        let limited = self.limit(1);
        let mut sql = Sql::new(limited.vendor(), "SELECT 1 FROM ");
        sql.name(M::table().name).filter(limited.condition.as_ref());
        limited.tail(&mut sql);
        Ok(!limited.rows(sql).await?.is_empty())
    }

    /// The values of one column (`values_list(..., flat=True)`).
    pub async fn values_list<T: FieldType>(self, column: Column<M, T>) -> Result<Vec<T>, DbError> {
        let sql = self.select([column.field.name]);
        self.rows(sql).await?.into_iter().map(|row| field::read(only(row), column.field)).collect()
    }

    /// The sum of a column, `None` without rows; a decimal has the column's places.
    pub async fn sum<T: FieldType>(self, column: Column<M, T>) -> Result<Option<T>, DbError> {
        if self.distinct || self.is_sliced() {
            return Err(DbError::unsupported("the sum of a sliced or distinct queryset"));
        }
        let mut sql = Sql::new(self.vendor(), "SELECT CAST(SUM(");
        // PostgreSQL sums bigint to numeric; SQLite's decimals need the cast that Django gives them.
        let into = match (column.field.kind, self.vendor()) {
            (kind, Vendor::Mysql) if kind.is_integer() => "signed",
            (kind, _) if kind.is_integer() => "bigint",
            (Kind::Float, Vendor::Postgres) => "double precision",
            (Kind::Float, Vendor::Sqlite) => "real",
            (Kind::Float, Vendor::Mysql) => "double",
            (_, Vendor::Mysql) => "decimal(65, 30)",
            _ => "numeric",
        };
        sql.name(column.field.name).push(") AS ").push(into).push(")");
        let rows = self.aggregate(&sql.text).await?;
        rows.into_iter().next().map_or(Ok(None), |row| field::read(only(row), column.field))
    }

    async fn outermost(self) -> Result<M, GetError> {
        let found = self.limit(1).list().await?.into_iter().next();
        found.ok_or(GetError::DoesNotExist { model: M::table().model })
    }

    async fn aggregate(&self, select: &str) -> Result<Vec<Row>, DbError> {
        let mut sql = Sql::new(self.vendor(), select);
        sql.push(" FROM ").name(M::table().name).filter(self.condition.as_ref());
        self.rows(sql).await
    }

    async fn rows(&self, sql: Sql) -> Result<Vec<Row>, DbError> {
        self.check()?;
        self.connection.query(&sql.text, sql.params).await
    }
}

/// The value of a row of one column.
fn only(row: Row) -> Value {
    row.into_values().pop().unwrap_or(Value::Null)
}
