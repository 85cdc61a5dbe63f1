//! The queryset's methods that read.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::expression::Node;
use super::query::Output;
use super::relations::{Path, key_of};
use super::select::{Reader, Select, Shape, Whole};
use super::statement::Ask;
use super::{Column, FieldType, GetError, Model, QuerySet};
use crate::db::{DbError, Executor, FromValue, Row, Vendor};

impl<M: Model, S: Shape> QuerySet<M, S> {
    /// All rows; the same as awaiting the queryset.
    pub async fn list(self) -> Result<Vec<S::Row>, DbError> {
        self.check()?;
        let mut asked = self.query.ask(Ask::Rows, &self.connection)?;
        let rows = asked.query(&self.connection).await?;
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            read.push(S::read(&mut Reader::new(row.into_values(), asked.outputs()))?);
        }
        Ok(read)
    }

    /// The only row; never reads more than two.
    pub async fn get(self) -> Result<S::Row, GetError> {
        let model = M::table().model;
        let mut rows = self.limit(2).list().await?.into_iter();
        match (rows.next(), rows.next()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(GetError::DoesNotExist { model }),
            (Some(_), Some(_)) => Err(GetError::MultipleObjectsReturned { model }),
        }
    }

    /// The only row, or none.
    pub async fn get_optional(self) -> Result<Option<S::Row>, GetError> {
        super::Optional::optional(self.get().await)
    }

    /// The first row; without an order, the one with the lowest primary key.
    pub async fn first(mut self) -> Result<Option<S::Row>, DbError> {
        self.query.order_by_key();
        Ok(self.limit(1).list().await?.into_iter().next())
    }

    /// The last row; without an order, the one with the highest primary key.
    pub async fn last(mut self) -> Result<Option<S::Row>, DbError> {
        if self.query.is_sliced() {
            let model = M::table().model;
            return Err(DbError::misuse(format!(
                "{model}: Cannot reverse a query once a slice has been taken."
            )));
        }
        self.query.order_by_key();
        self.reverse().first().await
    }

    /// The row with the highest value of `column`.
    pub async fn latest<T: FieldType>(mut self, column: Column<M, T>) -> Result<S::Row, GetError> {
        self.query.order(vec![(column.node(), true)]);
        self.outermost().await
    }

    /// The row with the lowest value of `column`.
    pub async fn earliest<T: FieldType>(mut self, column: Column<M, T>) -> Result<S::Row, GetError> {
        self.query.order(vec![(column.node(), false)]);
        self.outermost().await
    }

    /// How many rows.
    pub async fn count(self) -> Result<u64, DbError> {
        self.check()?;
        let rows = self.query.ask(Ask::Count, &self.connection)?.query(&self.connection).await?;
        let count = rows.into_iter().flat_map(Row::into_values).next();
        Ok(count.map_or(Ok(0), i64::from_value)?.unsigned_abs())
    }

    /// Whether there is a row.
    pub async fn exists(mut self) -> Result<bool, DbError> {
        self.check()?;
        self.query.only_existence();
        let rows = self.query.ask(Ask::Exists, &self.connection)?.query(&self.connection).await?;
        Ok(!rows.is_empty())
    }

    /// Aggregates over all rows: `aggregate((Sku::stock.sum(), Sku::price.max()))`.
    pub async fn aggregate<A: Select<M>>(self, aggregates: A) -> Result<<A::Shape as Shape>::Row, DbError> {
        self.check()?;
        let mut asked = self.query.ask(Ask::Aggregate(aggregates.selected().0), &self.connection)?;
        let row = asked.query(&self.connection).await?.into_iter().next();
        let row = row.ok_or_else(|| DbError::conversion("an aggregate without a row"))?;
        A::Shape::read(&mut Reader::new(row.into_values(), asked.outputs()))
    }

    /// Rows by name (`values("id", "author__name")`): `row.get::<String>("author__name")`.
    pub async fn values<V: Select<M>>(mut self, values: V) -> Result<Vec<Row>, DbError> {
        self.query.select(values.selected().0);
        self.check()?;
        let mut asked = self.query.ask(Ask::Rows, &self.connection)?;
        let rows = asked.query(&self.connection).await?;
        let names: Arc<[String]> = asked.outputs().iter().map(Output::name).collect();
        let named = |row: Row| {
            let values = Reader::new(row.into_values(), asked.outputs()).values()?;
            Ok(Row::new(Some(Arc::clone(&names)), values))
        };
        rows.into_iter().map(named).collect()
    }

    /// How the database would find the rows (`EXPLAIN`), a line for each step.
    pub async fn explain(self) -> Result<String, DbError> {
        self.check()?;
        let explain = match self.connection.vendor() {
            Vendor::Sqlite => "EXPLAIN QUERY PLAN ",
            Vendor::Postgres | Vendor::Mysql => "EXPLAIN ",
        };
        let sql = self.query.ask(Ask::Rows, &self.connection)?.behind(explain);
        let line = |row: Row| {
            let values = row.into_values().into_iter();
            let words = values.map(|value| match value {
                crate::db::Value::Text(text) => text,
                crate::db::Value::Int(number) => number.to_string(),
                _ => String::new(),
            });
            words.collect::<Vec<_>>().join(" ")
        };
        Ok(sql.query(&self.connection).await?.into_iter().map(line).collect::<Vec<_>>().join("\n"))
    }

    async fn outermost(self) -> Result<S::Row, GetError> {
        let found = self.limit(1).list().await?.into_iter().next();
        found.ok_or(GetError::DoesNotExist { model: M::table().model })
    }
}

impl<M: Model> QuerySet<M, Whole<M>> {
    /// The rows with these primary keys, by their key; a key without a row is not in the map.
    pub async fn in_bulk(
        self,
        keys: impl IntoIterator<Item = M::PrimaryKey> + Send,
    ) -> Result<HashMap<M::PrimaryKey, M>, DbError>
    where
        M::PrimaryKey: Eq + Hash,
    {
        let key = Node::Column(Path::HERE, key_of(M::table()));
        let keys: Vec<Node> = keys.into_iter().map(|key| Node::Value(key.into())).collect();
        let mut found = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(self.dialect().max_params()) {
            let mut batch = self.clone();
            let among = super::lookups::Lookup::In(keys.to_vec());
            batch.query.filter(super::q::Condition::Lookup(key.clone(), among));
            for row in batch.list().await? {
                found.insert(row.key(), row);
            }
        }
        Ok(found)
    }
}
