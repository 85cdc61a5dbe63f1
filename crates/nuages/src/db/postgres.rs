//! PostgreSQL through `tokio-postgres`: reads outside transactions share pipelined connections; writes and transactions
//! own one from a pool.
//!
//! Statements are prepared once per connection. One whose plan a migration changed is prepared again, outside a
//! transaction; inside, the transaction has lost a race ([`DbErrorKind::Busy`]).

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Object;

use super::batches::{BATCH, Batches, cursor_statements};
use super::sql::is_read;
use super::url::ServerTarget;
use super::{Answer, Columns, DbError, DbErrorKind, DbOptions, Value};
use shared::Shared;
use statement::run;

mod config;
mod error;
mod shared;
mod statement;
mod tls;
mod value;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Postgres {
    shared: Arc<Shared>,
}

/// A connection that a transaction owns.
pub(super) struct PostgresTx {
    /// None once it is given back.
    client: Option<Object>,
    shared: Arc<Shared>,
}

impl Postgres {
    pub(super) async fn connect(target: &ServerTarget, options: &DbOptions) -> Result<Self, DbError> {
        let shared = Shared::open(config::of(target, options)?, options).await?;
        Ok(Self { shared: Arc::new(shared) })
    }

    pub(super) async fn run(
        &self,
        sql: &str,
        params: Vec<Value>,
        columns: Columns,
    ) -> Result<Answer, DbError> {
        let outcome = if is_read(sql) {
            self.shared.run(sql, &params, columns).await
        } else {
            Box::pin(self.shared.run_apart(sql, &params, columns)).await
        };
        match outcome {
            Ok(answer) => Ok(answer),
            Err(refusal) => Err(Box::pin(self.shared.typed(refusal)).await),
        }
    }

    /// Waits for a connection; nothing has begun yet.
    pub(super) async fn acquire(&self) -> Result<PostgresTx, DbError> {
        Ok(PostgresTx { client: Some(self.shared.owned().await?), shared: Arc::clone(&self.shared) })
    }

    /// What reads a statement through a cursor, on a connection that it has to itself.
    pub(super) async fn stream(
        &self,
        sql: String,
        params: Vec<Value>,
        batches: Batches,
    ) -> Result<impl Future<Output = ()> + Send + use<>, DbError> {
        let tx = self.acquire().await?;
        Ok(async move {
            // A reader that is gone, and a refusal, leave the transaction open: dropped, it takes its connection along.
            match tx.fetch(&sql, params, &batches).await {
                Ok(()) => drop(tx.commit().await),
                Err(error) => drop(batches.send(Err(error)).await),
            }
        })
    }
}

impl PostgresTx {
    pub(super) async fn begin(&self) -> Result<(), DbError> {
        self.control("BEGIN").await
    }

    pub(super) async fn run(
        &self,
        sql: &str,
        params: Vec<Value>,
        columns: Columns,
    ) -> Result<Answer, DbError> {
        match run(self.client()?, self.shared.session.style, sql, &params, columns, false).await {
            Ok(answer) => Ok(answer),
            Err(refusal) => Err(Box::pin(self.shared.typed(refusal)).await),
        }
    }

    pub(super) async fn commit(mut self) -> Result<(), DbError> {
        self.control("COMMIT").await?;
        drop(self.client.take());
        Ok(())
    }

    pub(super) async fn rollback(mut self) -> Result<(), DbError> {
        self.control("ROLLBACK").await?;
        drop(self.client.take());
        Ok(())
    }

    /// Lets statements run as long as they need, until the transaction ends.
    pub(super) async fn unlimited(&self) -> Result<(), DbError> {
        self.control("SET LOCAL statement_timeout = 0").await
    }

    async fn fetch(&self, sql: &str, params: Vec<Value>, batches: &Batches) -> Result<(), DbError> {
        self.control("BEGIN READ ONLY").await?;
        let (declare, fetch) = cursor_statements(sql);
        self.run(&declare, params, Columns::Unnamed).await?;
        loop {
            let rows = self.run(&fetch, Vec::new(), Columns::Named).await?.rows;
            let is_last = rows.len() < BATCH;
            if batches.send(Ok(rows)).await.is_err() || is_last {
                return Ok(());
            }
        }
    }

    async fn control(&self, sql: &str) -> Result<(), DbError> {
        match self.client()?.batch_execute(sql).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.shared.typed(error.into()).await),
        }
    }

    fn client(&self) -> Result<&Object, DbError> {
        self.client.as_ref().ok_or_else(|| DbError::misuse("the transaction has ended"))
    }
}

impl Drop for PostgresTx {
    /// What was not ended leaves the pool, so that no one inherits an open transaction.
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

/// No connection could be made; the server's reason (a wrong password, no such database) is in the source.
fn unreachable_server(error: tokio_postgres::Error) -> DbError {
    // The driver's own words are "error connecting to server"; what happened (connection refused) is its source.
    let reason = match (error.as_db_error(), error.source()) {
        (Some(refused), _) => refused.message().to_owned(),
        (None, Some(source)) => source.to_string(),
        (None, None) => error.to_string(),
    };
    DbError::new(DbErrorKind::Unavailable, format!("cannot connect to PostgreSQL: {reason}"))
        .with_source(error)
}
