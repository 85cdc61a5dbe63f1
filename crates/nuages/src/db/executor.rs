//! Where statements go: the pool, or an open transaction. Code that takes `&impl Executor` works with either.

use jiff::Timestamp;

use super::{Columns, Db, DbError, Row, RowStream, Tx, Value, Vendor};

/// The pool or a transaction, as one value; cheap to clone.
#[derive(Debug, Clone)]
pub enum Connection {
    /// Each statement on its own.
    Db(Db),
    /// Statements of one transaction.
    Tx(Tx),
}

/// What runs statements: [`Db`], [`Tx`] and [`Connection`].
///
/// `?` in the SQL stands for the next of `params`, on every database; inside quotes and comments it stays.
pub trait Executor: Sync {
    /// The handle that statements go to.
    fn connection(&self) -> Connection;

    /// All rows of a statement.
    fn query(&self, sql: &str, params: Vec<Value>) -> impl Future<Output = Result<Vec<Row>, DbError>> + Send {
        let connection = self.connection();
        async move { Ok(connection.run(sql, params, Columns::Named).await?.rows) }
    }

    /// The first row of a statement, if it has one.
    fn query_optional(
        &self,
        sql: &str,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Option<Row>, DbError>> + Send {
        let connection = self.connection();
        async move { Ok(connection.run(sql, params, Columns::Named).await?.rows.into_iter().next()) }
    }

    /// Runs a statement; the number of rows that it changed.
    fn execute(&self, sql: &str, params: Vec<Value>) -> impl Future<Output = Result<u64, DbError>> + Send {
        let connection = self.connection();
        async move { Ok(connection.run(sql, params, Columns::Unnamed).await?.affected) }
    }

    /// The rows of a SELECT one after the other, for more of them than fit into memory: see [`RowStream`].
    fn stream(
        &self,
        sql: &str,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<RowStream, DbError>> + Send {
        RowStream::of(self.connection(), sql, params)
    }

    /// Which database it is.
    fn vendor(&self) -> Vendor {
        self.connection().db().vendor()
    }

    /// The instant of the database's clock, in whole microseconds.
    fn now(&self) -> Timestamp {
        self.connection().db().now()
    }
}

impl Connection {
    async fn run(&self, sql: &str, params: Vec<Value>, columns: Columns) -> Result<super::Answer, DbError> {
        match self {
            Self::Db(db) => db.run(sql, params, columns).await,
            Self::Tx(tx) => tx.run(sql, params, columns).await,
        }
    }

    /// All rows of a statement, for who reads their values in order.
    pub(crate) async fn rows(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, DbError> {
        Ok(self.run(sql, params, Columns::Unnamed).await?.rows)
    }

    pub(crate) fn db(&self) -> &Db {
        match self {
            Self::Db(db) => db,
            Self::Tx(tx) => tx.db(),
        }
    }
}

impl Executor for Db {
    fn connection(&self) -> Connection {
        Connection::Db(self.clone())
    }
}

impl Executor for Tx {
    fn connection(&self) -> Connection {
        Connection::Tx(self.clone())
    }
}

impl Executor for Connection {
    fn connection(&self) -> Connection {
        self.clone()
    }
}
