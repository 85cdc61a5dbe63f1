//! The bare drivers, used as their guides say.

use tokio_postgres::NoTls;
use tokio_postgres::types::ToSql;

use crate::table::{READ, READ_PAGE, name};
use crate::{BULK, Failure};

/// A row of five columns.
type Sku = (i64, String, i32, f64, bool);

pub(crate) fn path(url: &str) -> &str {
    url.trim_start_matches("sqlite:///")
}

pub(crate) async fn postgres(url: &str) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Rows by their key, or pages, in the program's own thread.
pub(crate) fn sqlite_reads(path: &str, rows: i64, ids: impl Iterator<Item = i64>) -> Result<(), Failure> {
    let connection = rusqlite::Connection::open(path)?;
    let mut statement = connection.prepare(if rows == 1 { READ } else { READ_PAGE })?;
    for id in ids {
        let read = |row: &rusqlite::Row<'_>| row.try_into();
        let found: Vec<Sku> = statement.query_map([id], read)?.collect::<Result<_, _>>()?;
        assert_eq!((found.len() as i64, found[0].0), (rows, id));
    }
    Ok(())
}

/// The same, with one connection.
pub(crate) async fn postgres_reads(
    client: &tokio_postgres::Client,
    rows: i64,
    ids: impl Iterator<Item = i64>,
) -> Result<(), Failure> {
    let sql = if rows == 1 { READ } else { READ_PAGE };
    let statement = client.prepare(&sql.replace('?', "$1")).await?;
    for id in ids {
        let answer = client.query(&statement, &[&id]).await?;
        let read = |row: &tokio_postgres::Row| {
            Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?))
        };
        let found: Vec<Sku> = answer.iter().map(read).collect::<Result<_, tokio_postgres::Error>>()?;
        assert_eq!((found.len() as i64, found[0].0), (rows, id));
    }
    Ok(())
}

/// One prepared statement a row in one transaction on SQLite; statements of many rows on PostgreSQL.
pub(crate) async fn bulk_insert(url: &str) -> Result<(), Failure> {
    if url.starts_with("sqlite") {
        let path = path(url).to_owned();
        return tokio::task::spawn_blocking(move || sqlite_rows(&path)).await?;
    }
    let mut client = postgres(url).await?;
    let transaction = client.transaction().await?;
    const CHUNK: usize = 7500;
    let numbers: Vec<i64> = (0..BULK).collect();
    for chunk in numbers.chunks(CHUNK) {
        let names: Vec<String> = chunk.iter().map(|n| name(*n)).collect();
        let places = (0..chunk.len())
            .map(|row| format!("(${}, ${}, ${}, ${})", row * 4 + 1, row * 4 + 2, row * 4 + 3, row * 4 + 4));
        let places: Vec<String> = places.collect();
        let sql = format!("INSERT INTO bench_bulk (name, stock, ratio, active) VALUES {}", places.join(", "));
        let mut params: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(chunk.len() * 4);
        for name in &names {
            params.extend([name as &(dyn ToSql + Sync), &7i32, &0.5f64, &true]);
        }
        transaction.execute(&sql, &params).await?;
    }
    Ok(transaction.commit().await?)
}

fn sqlite_rows(path: &str) -> Result<(), Failure> {
    let mut connection = rusqlite::Connection::open(path)?;
    let transaction = connection.transaction()?;
    let mut statement =
        transaction.prepare("INSERT INTO bench_bulk (name, stock, ratio, active) VALUES (?, ?, ?, ?)")?;
    for n in 0..BULK {
        statement.execute((name(n), 7, 0.5, true))?;
    }
    drop(statement);
    Ok(transaction.commit()?)
}
