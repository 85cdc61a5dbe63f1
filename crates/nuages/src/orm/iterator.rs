//! `iterator`: rows one after the other, for more of them than fit into memory.
//!
//! ```
//! # use nuages::{db::Db, orm::Model};
//! # #[derive(Model)] #[model(app = "goods")] struct Sku { id: i64, stock: i64 }
//! # async fn example(db: Db) -> nuages::Result<()> {
//! let mut rows = Sku::objects(&db).order_by([Sku::id.asc()]).iterator().await?;
//! while let Some(sku) = rows.next().await.transpose()? {
//!     println!("{}", sku.id);
//! }
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;

use super::select::{Reader, Shape, Whole};
use super::statement::{Ask, Asked};
use super::{Model, QuerySet};
use crate::db::{DbError, Row, RowStream};

/// The rows of a queryset while they are read; dropping it ends the statement.
pub struct Rows<M, S = Whole<M>> {
    stream: RowStream,
    asked: Asked,
    marker: PhantomData<fn() -> (M, S)>,
}

impl<M: Model, S: Shape> QuerySet<M, S> {
    /// The rows one after the other: memory holds a few hundred of them ([`RowStream`]).
    pub async fn iterator(self) -> Result<Rows<M, S>, DbError> {
        self.check()?;
        let mut asked = self.query.ask(Ask::Rows, &self.connection)?;
        let stream = asked.stream(&self.connection).await?;
        Ok(Rows { stream, asked, marker: PhantomData })
    }
}

impl<M: Model, S: Shape> Rows<M, S> {
    /// The next row; none after the last one, and after an error.
    pub async fn next(&mut self) -> Option<Result<S::Row, DbError>> {
        let row = self.stream.next().await?;
        Some(self.read(row))
    }

    fn read(&self, row: Result<Row, DbError>) -> Result<S::Row, DbError> {
        S::read(&mut Reader::new(row?.into_values(), self.asked.outputs()))
    }
}

impl<M: Model, S: Shape> Stream for Rows<M, S> {
    type Item = Result<S::Row, DbError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let row = Pin::new(&mut self.stream).poll_next(context);
        row.map(|row| row.map(|row| self.read(row)))
    }
}

impl<M, S> fmt::Debug for Rows<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}
