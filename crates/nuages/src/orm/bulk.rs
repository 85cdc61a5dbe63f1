//! `bulk_create` and `bulk_update`: many rows in few statements, each below the database's limit of bound values.

use super::compile;
use super::expression::Node;
use super::relations::key_of;
use super::select::Select;
use super::sql::Sql;
use super::values::Values;
use super::{Assignment, Model, QuerySet};
use crate::db::{Connection, DbError, Tx, Value};
use crate::schema::Field;

impl<M: Model> QuerySet<M> {
    /// Inserts rows, all or none; how many.
    pub async fn bulk_create<R>(self, rows: impl IntoIterator<Item = R> + Send) -> Result<u64, DbError>
    where
        R: IntoIterator<Item = Assignment<M>>,
    {
        self.insert_all(rows, false).await
    }

    /// Inserts the rows that violate no constraint of uniqueness (`ignore_conflicts=True`); how many.
    pub async fn bulk_create_ignoring_conflicts<R>(
        self,
        rows: impl IntoIterator<Item = R> + Send,
    ) -> Result<u64, DbError>
    where
        R: IntoIterator<Item = Assignment<M>>,
    {
        self.insert_all(rows, true).await
    }

    /// Stores these columns of rows that were read and changed, all or none; how many rows matched.
    ///
    /// ```
    /// # use nuages::{db::Db, orm::Model};
    /// # #[derive(Model)] #[model(app = "goods")] struct Sku { id: i64, stock: i64, sales: i64 }
    /// # async fn example(db: Db) -> nuages::Result<()> {
    /// let mut goods = Sku::objects(&db).await?;
    /// goods.iter_mut().for_each(|sku| sku.stock += 10);
    /// // Sku.objects.bulk_update(goods, ["stock"])
    /// Sku::objects(&db).bulk_update(&goods, Sku::stock).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn bulk_update(self, rows: &[M], columns: impl Select<M>) -> Result<u64, DbError> {
        let fields = columns.selected().0.iter().map(own_column).collect::<Result<Vec<_>, _>>()?;
        if fields.is_empty() {
            return Err(DbError::misuse("Field names must be given to bulk_update()."));
        }
        let rows: Vec<(Value, Vec<Value>)> =
            rows.iter().map(|row| (row.primary_key(), row.values())).collect();
        let chunk = (self.dialect().max_params() / (2 * fields.len() + 1)).max(1);
        let statements = rows.chunks(chunk).map(|rows| self.case(rows, &fields)).collect();
        self.run_all(statements).await
    }

    async fn insert_all<R>(
        self,
        rows: impl IntoIterator<Item = R> + Send,
        ignore_conflicts: bool,
    ) -> Result<u64, DbError>
    where
        R: IntoIterator<Item = Assignment<M>>,
    {
        let rows = rows.into_iter().map(|row| self.complete(row)).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = rows.first() else { return Ok(0) };
        if rows.iter().any(|row| row.len() != first.len()) {
            return Err(DbError::misuse("bulk_create: the primary key is set on all rows or on none"));
        }
        let chunk = (self.dialect().max_params() / first.len().max(1)).max(1);
        let (mut rows, mut statements) = (rows.into_iter(), Vec::new());
        while rows.len() > 0 {
            statements.push(self.insert(rows.by_ref().take(chunk).collect(), ignore_conflicts)?);
        }
        self.run_all(statements).await
    }

    /// Runs the statements, in one transaction where there are several; how many rows they changed.
    async fn run_all(self, statements: Vec<Sql<Value>>) -> Result<u64, DbError> {
        if let (Connection::Db(db), true) = (&self.connection, statements.len() > 1) {
            return db.transaction(|tx: Tx| run(Connection::Tx(tx), statements)).await;
        }
        run(self.connection, statements).await
    }

    /// `UPDATE … SET stock = CASE WHEN id = ? THEN ? … ELSE stock END WHERE id IN (…)`. The column after ELSE tells the
    /// database the type of the values.
    fn case(&self, rows: &[(Value, Vec<Value>)], fields: &[&'static Field]) -> Sql<Value> {
        let (dialect, table) = (self.dialect(), M::table());
        let key = key_of(table).name;
        let mut sql = Sql::new("UPDATE ");
        dialect.name(&mut sql, table.name);
        sql.push(" SET ");
        for (place, field) in fields.iter().enumerate() {
            sql.comma(place);
            dialect.name(&mut sql, field.name);
            sql.push(" = CASE");
            let index = table.fields.iter().position(|own| own == *field).unwrap_or_default();
            for (id, values) in rows {
                sql.push(" WHEN ");
                dialect.name(&mut sql, key);
                sql.push(" = ").value(id.clone()).push(" THEN ");
                let value = values.get(index).cloned().unwrap_or(Value::Null);
                sql.value(super::field::write(value, field));
            }
            sql.push(" ELSE ");
            dialect.name(&mut sql, field.name);
            sql.push(" END");
        }
        sql.push(" WHERE ");
        dialect.name(&mut sql, key);
        sql.push(" IN (");
        for (place, (id, _)) in rows.iter().enumerate() {
            sql.comma(place).value(id.clone());
        }
        sql.push(")");
        sql
    }

    fn insert(
        &self,
        mut rows: Vec<Vec<(&'static Field, Node)>>,
        ignore_conflicts: bool,
    ) -> Result<Sql<Value>, DbError> {
        let dialect = self.dialect();
        let mut values = Values::new(&dialect);
        rows.iter_mut().flatten().for_each(|(field, node)| node.take_for(field, &mut values));
        Ok(compile::insert(M::table(), &rows, ignore_conflicts, &dialect)?.bound(values))
    }
}

async fn run(connection: Connection, statements: Vec<Sql<Value>>) -> Result<u64, DbError> {
    let mut changed = 0;
    for sql in statements {
        changed += sql.execute(&connection).await?;
    }
    Ok(changed)
}

/// A column of the model itself that is not its primary key.
fn own_column(node: &Node) -> Result<&'static Field, DbError> {
    match node {
        Node::Column(path, _) if *path != super::Path::HERE => {
            Err(DbError::misuse("bulk_update() can only be used with concrete fields."))
        }
        Node::Column(_, field) if field.primary_key => {
            Err(DbError::misuse("bulk_update() cannot be used with primary key fields."))
        }
        Node::Column(_, field) => Ok(field),
        _ => Err(DbError::misuse("bulk_update() can only be used with concrete fields.")),
    }
}
