//! The queryset's methods that write.

use super::expression::Node;
use super::query::Query;
use super::statement::Ask;
use super::{Assignment, Model, QuerySet, field};
use crate::db::{DbError, DbErrorKind, Executor, Value};
use crate::schema::{Field, Kind};

impl<M: Model> QuerySet<M> {
    /// Inserts a row and returns it as stored.
    ///
    /// A column that is not set gets its default, `auto_now` and `auto_now_add` columns the time of the database's
    /// clock, a nullable one NULL; any other is an error that names it, before the database is asked.
    pub async fn create(self, values: impl IntoIterator<Item = Assignment<M>> + Send) -> Result<M, DbError> {
        let row = self.complete(values)?;
        let mut asked = Query::new(M::table()).ask(Ask::Create(row), &self.connection)?;
        let row = asked.query(&self.connection).await?.into_iter().next();
        let row = row.ok_or_else(|| DbError::new(DbErrorKind::Other, "INSERT returned no row"))?;
        M::from_values(&mut row.into_values().into_iter())
    }

    /// Sets columns on all rows of the queryset; how many rows matched.
    ///
    /// As Django's `QuerySet.update` it leaves `auto_now` columns alone: set them to
    /// [`Executor::now`](crate::db::Executor::now) where the change should show.
    pub async fn update(
        self,
        values: impl IntoIterator<Item = Assignment<M>> + Send,
    ) -> Result<u64, DbError> {
        self.refuse_slice("update")?;
        let own = |Assignment { field, node, joined, .. }| match joined {
            true => Err(elsewhere(M::table().model, field.name)),
            false => Ok((field, node)),
        };
        let assignments = values.into_iter().map(own).collect::<Result<Vec<_>, _>>()?;
        if assignments.is_empty() {
            return Ok(0);
        }
        self.query.ask(Ask::Update(assignments), &self.connection)?.execute(&self.connection).await
    }

    /// Every column of the row that is stored, with its value.
    pub(super) fn complete(
        &self,
        values: impl IntoIterator<Item = Assignment<M>>,
    ) -> Result<Vec<(&'static Field, Node)>, DbError> {
        let table = M::table();
        let mut given: Vec<Assignment<M>> = values.into_iter().collect();
        if let Some(joined) = given.iter().find(|assignment| assignment.joined) {
            return Err(elsewhere(table.model, joined.field.name));
        }
        let now = self.connection.now();
        let mut row = Vec::with_capacity(table.fields.len());
        for field in table.fields {
            let assigned = given.iter().rposition(|assignment| assignment.field.name == field.name);
            let node = match assigned {
                Some(place) => given.remove(place).node,
                None if field.kind.is_auto() => continue,
                None => Node::Value(self.unset(field, now)?),
            };
            if matches!(node, Node::Value(Value::Null)) && !field.null {
                return Err(missing(table.model, field.name));
            }
            row.push((field, node));
        }
        Ok(row)
    }

    /// What a column holds that was not set.
    fn unset(&self, field: &Field, now: jiff::Timestamp) -> Result<Value, DbError> {
        let model = M::table().model;
        match (field.auto, field.default) {
            (Some(_), _) if field.kind == Kind::Date => {
                Ok(Value::Date(jiff::tz::TimeZone::UTC.to_datetime(now).date()))
            }
            (Some(_), _) if field.kind == Kind::Time => {
                Ok(jiff::tz::TimeZone::UTC.to_datetime(now).time().into())
            }
            (Some(_), _) => Ok(Value::Timestamp(now)),
            (None, Some(default)) => field::default(default, field.kind)
                .map_err(|error| DbError::misuse(format!("{model}.{}: the default is {error}", field.name))),
            (None, None) if field.null => Ok(Value::Null),
            (None, None) => Err(missing(model, field.name)),
        }
    }

    pub(super) fn refuse_slice(&self, what: &str) -> Result<(), DbError> {
        self.check()?;
        if self.query.is_sliced() || self.query.distinct {
            return Err(DbError::misuse(format!("Cannot use '{what}' with a slice or distinct.")));
        }
        Ok(())
    }
}

fn missing(model: &str, field: &str) -> DbError {
    DbError::new(DbErrorKind::NotNullViolation, format!("{model}.{field} has no value and no default"))
}

fn elsewhere(model: &str, field: &str) -> DbError {
    DbError::misuse(format!("{field} is a column of another model than {model}"))
}
