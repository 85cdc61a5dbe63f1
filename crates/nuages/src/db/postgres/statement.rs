//! How a statement runs: prepared once a connection, or without a name behind a pooler that moves sessions.

use std::sync::Arc;

use deadpool_postgres::ClientWrapper;
use futures_util::{StreamExt, pin_mut};
use tokio_postgres::RowStream;
use tokio_postgres::types::Type;

use super::super::sql::number_placeholders;
use super::super::{Answer, DbError, Row, Value};
use super::error::Refusal;
use super::value::{Received, Untyped};

/// Statements kept prepared on a connection; beyond it all are forgotten and those in use prepared again.
const CACHED_STATEMENTS: usize = 256;

/// How statements are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Prepared under a name on their first use, and kept.
    Named,
    /// Parsed each time, in one round trip: `prepared_statements=false`, for PgBouncer.
    Unnamed,
}

/// Prepares, binds and reads; `again` allows a second try with a statement that had to be prepared anew.
pub(super) async fn run(
    client: &ClientWrapper,
    style: Style,
    sql: &str,
    params: &[Value],
    again: bool,
) -> Result<Answer, Refusal> {
    let sql = number_placeholders(sql);
    if style == Style::Unnamed {
        return run_unnamed(client, &sql, params).await;
    }
    match run_prepared(client, &sql, params).await {
        Err(refusal) if refusal.is_stale_statement() => {
            client.statement_cache.remove(&sql, &[]);
            if again { run_prepared(client, &sql, params).await } else { Err(refusal) }
        }
        outcome => outcome,
    }
}

async fn run_prepared(client: &ClientWrapper, sql: &str, params: &[Value]) -> Result<Answer, Refusal> {
    if client.statement_cache.size() >= CACHED_STATEMENTS {
        client.statement_cache.clear();
    }
    // A cursor's name occurs once.
    let is_kept = !sql.starts_with("DECLARE ") && !sql.starts_with("FETCH ");
    let statement = if is_kept { client.prepare_cached(sql).await? } else { client.prepare(sql).await? };
    if statement.params().len() != params.len() {
        let (wanted, given) = (statement.params().len(), params.len());
        return Err(
            DbError::misuse(format!("the statement has {wanted} placeholders and {given} values")).into()
        );
    }
    let names = statement.columns().iter().map(|column| column.name().to_owned()).collect();
    read(client.query_raw(&statement, params).await?, Some(names)).await
}

/// The server finds the types by itself, as from psycopg: each value travels as text of an unknown type.
async fn run_unnamed(client: &ClientWrapper, sql: &str, params: &[Value]) -> Result<Answer, Refusal> {
    let params = params.iter().map(|value| (Untyped(value), Type::UNKNOWN));
    read(client.query_typed_raw(sql, params).await?, None).await
}

/// All rows; the names of the columns are those of the first when the statement did not tell them.
async fn read(stream: RowStream, mut names: Option<Arc<[String]>>) -> Result<Answer, Refusal> {
    pin_mut!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await {
        let row = row?;
        let names = names
            .get_or_insert_with(|| row.columns().iter().map(|column| column.name().to_owned()).collect());
        let values =
            (0..names.len()).map(|place| row.try_get::<_, Received>(place).map(|received| received.0));
        rows.push(Row::new(Some(Arc::clone(names)), values.collect::<Result<_, _>>()?));
    }
    Ok(Answer { rows, affected: stream.rows_affected().unwrap_or(0) })
}
