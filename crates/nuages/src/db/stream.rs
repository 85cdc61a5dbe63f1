//! Rows that arrive one after the other (`QuerySet.iterator`): memory holds a few hundred of them, however many the
//! statement has.
//!
//! Outside a transaction a stream has a connection of its own, so that a slow reader holds up nobody: a thread on
//! SQLite, a server-side cursor on PostgreSQL, a connection of the pool on MariaDB. In a transaction PostgreSQL has a
//! cursor as well; SQLite and MariaDB have one connection there, so all rows are read before the first is given.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use tokio::sync::mpsc;

use super::batches::{BATCH, Batches, WAITING, cursor_statements};
use super::sql::is_read;
use super::{Backend, Columns, Connection, DbError, Row, Tx, Value, Vendor, transaction};

/// The rows of a statement, read while the statement runs; dropping it ends the statement.
#[derive(Debug)]
pub struct RowStream {
    batches: mpsc::Receiver<Result<Vec<Row>, DbError>>,
    rows: std::vec::IntoIter<Row>,
}

impl RowStream {
    /// The next row; none after the last one, and after an error.
    pub async fn next(&mut self) -> Option<Result<Row, DbError>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Begins the statement, which must only read.
    pub(super) async fn of(connection: Connection, sql: &str, params: Vec<Value>) -> Result<Self, DbError> {
        if !is_read(sql) {
            return Err(DbError::misuse("only a SELECT can be streamed"));
        }
        let (batches, receiver) = mpsc::channel(WAITING);
        let stream = Self { batches: receiver, rows: Vec::new().into_iter() };
        tracing::debug!(target: "nuages::db", sql = %super::log::Shown(sql), "streamed");
        match connection {
            Connection::Tx(tx) if tx.db().vendor() == Vendor::Postgres => {
                tokio::spawn(cursor(tx, sql.to_owned(), params, batches));
            }
            Connection::Tx(tx) => {
                let rows = tx.run(sql, params, Columns::Named).await?.rows;
                drop(batches.try_send(Ok(rows)));
            }
            Connection::Db(db) => {
                transaction::refuse_inside(&db)?;
                match &db.inner.backend {
                    #[cfg(feature = "sqlite")]
                    Backend::Sqlite(sqlite) => sqlite.stream(sql, params, batches).await?,
                    #[cfg(feature = "postgres")]
                    Backend::Postgres(postgres) => {
                        tokio::spawn(postgres.stream(sql.to_owned(), params, batches).await?);
                    }
                    #[cfg(feature = "mysql")]
                    Backend::Mysql(mysql) => {
                        tokio::spawn(mysql.stream(sql.to_owned(), params, batches).await?);
                    }
                }
            }
        }
        Ok(stream)
    }
}

impl Stream for RowStream {
    type Item = Result<Row, DbError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            match ready!(self.batches.poll_recv(context)) {
                Some(Ok(rows)) => self.rows = rows.into_iter(),
                Some(Err(error)) => {
                    self.batches.close();
                    return Poll::Ready(Some(Err(error)));
                }
                None => return Poll::Ready(None),
            }
        }
    }
}

/// Fetches through a server-side cursor of the transaction, until the rows or the reader are gone.
async fn cursor(tx: Tx, sql: String, params: Vec<Value>, batches: Batches) {
    let (declare, fetch) = cursor_statements(&sql);
    if let Err(error) = tx.run(&declare, params, Columns::Unnamed).await {
        drop(batches.send(Err(error)).await);
        return;
    }
    loop {
        let fetched = tx.run(&fetch, Vec::new(), Columns::Named).await.map(|answer| answer.rows);
        let is_last = fetched.as_ref().map_or(true, |rows| rows.len() < BATCH);
        if batches.send(fetched).await.is_err() || is_last {
            return;
        }
    }
}
