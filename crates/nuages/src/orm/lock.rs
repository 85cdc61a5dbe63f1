//! `select_for_update`: rows that are read and locked until the transaction ends.
//!
//! ```
//! # use nuages::{db::{Db, Tx}, orm::Model};
//! # #[derive(Model)] #[model(app = "jobs")] struct Queue { id: i64 }
//! # #[derive(Model)] #[model(app = "jobs")]
//! # struct Job { id: i64, #[field(references = Queue, on_delete = "cascade")] queue_id: i64 }
//! # async fn example(db: Db) -> nuages::Result<()> {
//! db.transaction(|tx: Tx| async move {
//!     // Job.objects.select_for_update(skip_locked=True).first()
//!     let job = Job::objects(&tx).select_for_update().skip_locked().first().await?;
//!     // Job.objects.select_related("queue").select_for_update(of=("self",), nowait=True)
//!     let jobs = Job::objects(&tx).select_related(Job::queue()).select_for_update().of_self().nowait().await?;
//!     Ok::<_, nuages::Error>(())
//! })
//! .await?;
//! # Ok(())
//! # }
//! ```
//!
//! SQLite has no locks of rows: its transactions have the only writer, and all of this is nothing there, as under
//! Django. MariaDB locks the rows of all tables that a statement names; `of` and `no_key` are an error there.

use super::relations::Path;
use super::select::{Shape, Single};
use super::{Model, QuerySet, Relation};

/// How rows are locked.
#[derive(Debug, Clone, Default, PartialEq, Hash)]
pub(super) struct Lock {
    pub(super) conflict: Conflict,
    /// The rows of these only; none is all that the statement names.
    pub(super) of: Vec<Path>,
    pub(super) no_key: bool,
}

/// What is done about a row that somebody else has locked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) enum Conflict {
    #[default]
    Wait,
    NoWait,
    SkipLocked,
}

impl<M: Model, S: Shape> QuerySet<M, S> {
    /// Locks the rows, and those that `select_related` reads along, until the transaction ends. Outside a transaction it
    /// is an error.
    #[must_use]
    pub fn select_for_update(self) -> Self {
        self.locked(|_| {})
    }

    /// `nowait=True`: an error ([`DbErrorKind::Busy`](crate::db::DbErrorKind::Busy)) when somebody else has locked a row.
    #[must_use]
    pub fn nowait(self) -> Self {
        self.locked(|lock| lock.conflict = Conflict::NoWait)
    }

    /// `skip_locked=True`: without the rows that somebody else has locked.
    #[must_use]
    pub fn skip_locked(self) -> Self {
        self.locked(|lock| lock.conflict = Conflict::SkipLocked)
    }

    /// `of=("self",)`: locks the rows of this model only, and of those that [`of`](Self::of) names.
    #[must_use]
    pub fn of_self(self) -> Self {
        self.locked(|lock| lock.of.push(Path::HERE))
    }

    /// `of=("author",)`: locks the rows behind a relation that `select_related` reads along, and no others but those
    /// that are named as well.
    #[must_use]
    pub fn of<R: Model, N: Single>(self, relation: Relation<M, R, N>) -> Self {
        self.locked(|lock| lock.of.push(relation.path))
    }

    /// `no_key=True`: a lock that lets others refer to the rows (PostgreSQL).
    #[must_use]
    pub fn no_key(self) -> Self {
        self.locked(|lock| lock.no_key = true)
    }

    fn locked(mut self, change: impl FnOnce(&mut Lock)) -> Self {
        change(self.query.lock.get_or_insert_default());
        self
    }
}
