//! The bare drivers, used as their guides say.

use tokio_postgres::NoTls;
use tokio_postgres::types::ToSql;

use crate::{BULK, Failure, ours::name};

pub(crate) fn path(url: &str) -> &str {
    url.trim_start_matches("sqlite:///")
}

pub(crate) async fn postgres(url: &str) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
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
