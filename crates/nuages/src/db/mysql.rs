//! MariaDB through `mysql_async`, as Django's MySQL backend uses it: `READ COMMITTED`, found rows instead of changed
//! ones, UTC in columns without a zone.
//!
//! A session has `ANSI_QUOTES` switched on, so that `"order"` is a name here as on the other databases; a statement
//! with backticks runs as well. Text stands between single quotes.

use std::sync::Arc;

use mysql_async::prelude::Queryable;
use mysql_async::{BinaryProtocol, Column, Conn, QueryResult};
use tokio::sync::Mutex;

use super::batches::{BATCH, Batches};
use super::sql::is_read;
use super::url::ServerTarget;
use super::{Answer, Columns, DbError, DbOptions, Row, Value};
use pool::{Lease, Pool};

mod config;
mod error;
mod pool;
mod value;

pub(super) struct Mysql {
    pool: Pool,
}

/// A connection that a transaction owns.
pub(super) struct MysqlTx {
    /// None once it is given back, and after its server is gone.
    lease: Mutex<Option<Lease>>,
}

impl Mysql {
    pub(super) async fn connect(target: &ServerTarget, options: &DbOptions) -> Result<Self, DbError> {
        let pool = Pool::new(config::of(target, options)?, options);
        let mut lease = pool.get().await?;
        let version: Option<String> = lease
            .query_first("SELECT VERSION()")
            .await
            .map_err(|error| DbError::unavailable("MariaDB does not answer").with_source(error))?;
        config::refuse_version(version.as_deref().unwrap_or_default())?;
        lease.give_back();
        Ok(Self { pool })
    }

    pub(super) async fn run(
        &self,
        sql: &str,
        params: Vec<Value>,
        columns: Columns,
    ) -> Result<Answer, DbError> {
        let mut lease = self.pool.get().await?;
        let outcome = run(&mut lease, sql, &params, columns).await;
        // The server closed a connection that was idle; a read can be asked again.
        if is_read(sql) && lease.is_used() && outcome.as_ref().is_err_and(error::is_gone) {
            let mut fresh = self.pool.fresh(lease).await?;
            let outcome = run(&mut fresh, sql, &params, columns).await;
            return settle(fresh, sql, outcome).await;
        }
        settle(lease, sql, outcome).await
    }

    /// Waits for a connection; nothing has begun yet.
    pub(super) async fn acquire(&self) -> Result<MysqlTx, DbError> {
        Ok(MysqlTx { lease: Mutex::new(Some(self.pool.get().await?)) })
    }

    /// What reads a statement on a connection that it has to itself.
    pub(super) async fn stream(
        &self,
        sql: String,
        params: Vec<Value>,
        batches: Batches,
    ) -> Result<impl Future<Output = ()> + Send + use<>, DbError> {
        let mut lease = self.pool.get().await?;
        let pool = self.pool.clone();
        Ok(async move {
            match stream(&mut lease, &sql, &params, &batches).await {
                Ok(true) => lease.give_back(),
                // The rest of the answer is still under way: the connection goes with its reader.
                Ok(false) => pool.kill(lease).await,
                Err(error) => drop(batches.send(Err(error::typed(error, Vec::new()))).await),
            }
        })
    }
}

/// Gives the connection back and the refusal its columns.
async fn settle(
    mut lease: Lease,
    sql: &str,
    outcome: Result<Answer, mysql_async::Error>,
) -> Result<Answer, DbError> {
    match outcome {
        Ok(answer) => {
            lease.give_back();
            Ok(answer)
        }
        Err(refusal) => {
            let typed = error::with_columns(&mut lease, sql, refusal).await;
            if !error::is_fatal(&typed) {
                lease.give_back();
            }
            Err(typed)
        }
    }
}

impl MysqlTx {
    pub(super) async fn begin(&self) -> Result<(), DbError> {
        self.run("BEGIN", Vec::new(), Columns::Unnamed).await.map(drop)
    }

    pub(super) async fn run(
        &self,
        sql: &str,
        params: Vec<Value>,
        columns: Columns,
    ) -> Result<Answer, DbError> {
        let mut held = self.lease.lock().await;
        // A statement that is dropped before its answer takes the connection along, and the server rolls back.
        let mut lease =
            held.take().ok_or_else(|| DbError::unavailable("the transaction's connection is gone"))?;
        let outcome = match run(&mut lease, sql, &params, columns).await {
            Ok(answer) => Ok(answer),
            Err(refusal) => Err(error::with_columns(&mut lease, sql, refusal).await),
        };
        if !outcome.as_ref().is_err_and(error::is_fatal) {
            *held = Some(lease);
        }
        outcome
    }

    /// Lets statements run as long as they need; the connection is closed at the end, and its locks go with it.
    pub(super) async fn unlimited(&self) -> Result<(), DbError> {
        self.run("SET SESSION max_statement_time = 0", Vec::new(), Columns::Unnamed).await?;
        if let Some(lease) = self.lease.lock().await.as_mut() {
            lease.retire();
        }
        Ok(())
    }

    pub(super) async fn commit(self) -> Result<(), DbError> {
        self.end("COMMIT").await
    }

    pub(super) async fn rollback(self) -> Result<(), DbError> {
        if self.lease.lock().await.is_none() {
            return Ok(());
        }
        self.end("ROLLBACK").await
    }

    /// A connection that is not given back is closed, and the server rolls back what was open on it.
    async fn end(self, sql: &str) -> Result<(), DbError> {
        self.run(sql, Vec::new(), Columns::Unnamed).await?;
        if let Some(lease) = self.lease.into_inner() {
            lease.give_back();
        }
        Ok(())
    }
}

async fn run(
    conn: &mut Conn,
    sql: &str,
    params: &[Value],
    named: Columns,
) -> Result<Answer, mysql_async::Error> {
    if params.is_empty() && !is_kept(sql) {
        conn.query_drop(sql).await?;
        return Ok(Answer { rows: Vec::new(), affected: conn.affected_rows() });
    }
    let sql = value::typed_placeholders(sql, params);
    let mut result = conn.exec_iter(&*sql, value::bound(params).map_err(other)?).await?;
    let mut rows = Vec::new();
    if let Some(columns) = result.columns() {
        let names = (named == Columns::Named).then(|| names(&columns));
        while let Some(row) = result.next().await? {
            rows.push(received(row, &columns, &names)?);
        }
    }
    let affected = if rows.is_empty() { result.affected_rows() } else { rows.len() as u64 };
    result.drop_result().await?;
    Ok(Answer { rows, affected: if is_read(&sql) { 0 } else { affected } })
}

/// Whether all rows were read.
async fn stream(
    conn: &mut Conn,
    sql: &str,
    params: &[Value],
    batches: &Batches,
) -> Result<bool, mysql_async::Error> {
    let sql = value::typed_placeholders(sql, params);
    let mut result: QueryResult<'_, '_, BinaryProtocol> =
        conn.exec_iter(&*sql, value::bound(params).map_err(other)?).await?;
    let columns = result.columns().unwrap_or_default();
    let names = Some(names(&columns));
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(row) = result.next().await? {
        batch.push(received(row, &columns, &names)?);
        if batch.len() == BATCH {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            if batches.send(Ok(full)).await.is_err() {
                return Ok(false);
            }
        }
    }
    Ok(batches.send(Ok(batch)).await.is_ok())
}

fn names(columns: &[Column]) -> Arc<[String]> {
    columns.iter().map(|column| column.name_str().into_owned()).collect()
}

fn received(
    row: mysql_async::Row,
    columns: &[Column],
    names: &Option<Arc<[String]>>,
) -> Result<Row, mysql_async::Error> {
    // Nobody took a value out of the row before: all are there.
    let values =
        row.unwrap_raw().into_iter().flatten().zip(columns).map(|(value, column)| value::read(value, column));
    let values = values.collect::<Result<_, _>>();
    Ok(Row::new(names.clone(), values.map_err(other)?))
}

fn other(unfit: super::unfit::Unfit) -> mysql_async::Error {
    mysql_async::Error::Other(unfit.into())
}

/// Whether a statement without values is worth being prepared, because it will come again.
fn is_kept(sql: &str) -> bool {
    let first = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    is_read(sql)
        || ["insert", "update", "delete", "replace", "with", "show"]
            .iter()
            .any(|word| first.eq_ignore_ascii_case(word))
}
