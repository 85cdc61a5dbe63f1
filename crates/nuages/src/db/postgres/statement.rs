//! How a statement runs: prepared once a connection, or without a name behind a pooler that moves sessions.

use std::sync::Arc;

use deadpool_postgres::ClientWrapper;
use futures_util::{StreamExt, pin_mut};
use tokio_postgres::RowStream;
use tokio_postgres::types::Type;

use super::super::sql::number_placeholders;
use super::super::{Answer, Columns, DbError, Row, Value};
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
    columns: Columns,
    again: bool,
) -> Result<Answer, Refusal> {
    let sql = number_placeholders(sql);
    if style == Style::Unnamed {
        return Box::pin(run_unnamed(client, &sql, params)).await;
    }
    match run_prepared(client, &sql, params, columns).await {
        Err(refusal) if refusal.is_stale_statement() => {
            client.statement_cache.remove(&sql, &[]);
            if !again {
                return Err(refusal);
            }
            Box::pin(run_prepared(client, &sql, params, columns)).await
        }
        outcome => outcome,
    }
}

async fn run_prepared(
    client: &ClientWrapper,
    sql: &str,
    params: &[Value],
    columns: Columns,
) -> Result<Answer, Refusal> {
    if client.statement_cache.size() >= CACHED_STATEMENTS {
        client.statement_cache.clear();
    }
    // A cursor's name occurs once.
    let is_kept = !sql.starts_with("DECLARE ") && !sql.starts_with("FETCH ");
    let statement = match is_kept {
        true => client.prepare_cached(sql).await?,
        false => Box::pin(client.prepare(sql)).await?,
    };
    if statement.params().len() != params.len() {
        let (wanted, given) = (statement.params().len(), params.len());
        return Err(
            DbError::misuse(format!("the statement has {wanted} placeholders and {given} values")).into()
        );
    }
    read(client.query_raw(&statement, params).await?, columns).await
}

/// The server finds the types by itself, as from psycopg: each value travels as text of an unknown type.
async fn run_unnamed(client: &ClientWrapper, sql: &str, params: &[Value]) -> Result<Answer, Refusal> {
    let params = params.iter().map(|value| (Untyped(value), Type::UNKNOWN));
    read(client.query_typed_raw(sql, params).await?, Columns::Named).await
}

/// All rows.
async fn read(stream: RowStream, columns: Columns) -> Result<Answer, Refusal> {
    pin_mut!(stream);
    let mut rows = Vec::new();
    let mut names: Option<Arc<[String]>> = None;
    while let Some(row) = stream.next().await {
        let row = row?;
        if columns == Columns::Named && names.is_none() {
            names = Some(row.columns().iter().map(|column| column.name().to_owned()).collect());
        }
        let mut values = Vec::with_capacity(row.len());
        for place in 0..row.len() {
            values.push(row.try_get::<_, Received>(place)?.0);
        }
        rows.push(Row::new(names.clone(), values));
    }
    Ok(Answer { rows, affected: stream.rows_affected().unwrap_or(0) })
}
