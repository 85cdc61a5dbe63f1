//! Tasks after the request: an outbox in the database and workers that empty it.
//!
//! [`Tasks::enqueue`] inserts a row into `nuages_task` through the caller's own [`Executor`]. Given the transaction of an
//! order, order and mail are stored together or not at all; a process killed between the commit and the mail sends it
//! at its next start, and any other process within a second.
//!
//! **At least once.** A worker takes a row for a lease (30 seconds, renewed while the handler runs), runs the handler
//! and deletes the row. When it dies in between, the row is taken again after the lease: a handler must bear to run
//! twice. While a worker lives and reaches the database, no second one runs the same task: one that cannot renew its
//! lease in time drops the handler at its next `await`. The clocks of the machines must agree to within the lease.
//!
//! A handler that fails or panics runs again after 2, 4, 8 … seconds, at most 10 minutes; after the eighth time the row
//! stays with its last error and no time to run ([`Tasks::dead`], [`Tasks::retry`]). Tasks run side by side and in no
//! promised order.
//!
//! A row that waits: `id "0b52…-…", name "shop.send_activation", args {"user":7}, due_at 2026-01-15 12:00:00, attempts 0`.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> nuages::Result<()> {
//! use nuages::db::{Db, DbOptions, Tx};
//! use nuages::task::{TaskOptions, TaskSet, Tasks};
//!
//! # let db = Db::connect(&"sqlite://:memory:".parse()?, DbOptions::default()).await?;
//! # nuages::migrate::migrate(&db, &[nuages::task::schema()]).await?;
//! let tasks = Tasks::new(db.clone(), TaskOptions::default());
//! let outbox = tasks.clone();
//! db.transaction(|tx: Tx| async move {
//!     // … the order itself …
//!     outbox.enqueue(&tx, "shop.thank", &"Zhang Wei").await
//! })
//! .await?;
//!
//! let set = TaskSet::new().task("shop.thank", |_context: (), name: String| async move {
//!     println!("thank you, {name}");
//!     Ok(())
//! });
//! assert_eq!(tasks.run_once((), &set).await?, 1);
//! # Ok(())
//! # }
//! ```

mod queue;
mod schema;
mod set;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::Notify;

use crate::db::{Connection, Db, Executor};
use crate::error::{Error, Result};
use crate::time::Random;

pub use queue::DeadTask;
pub use schema::schema;
pub use set::TaskSet;

/// The longest name of a task, in characters.
const MAX_NAME: usize = 255;

/// The most bytes of JSON that a task's arguments may have.
const MAX_ARGS: usize = 1 << 20;

/// How workers work.
#[derive(Debug, Clone)]
pub struct TaskOptions {
    /// How many tasks one worker runs side by side.
    pub concurrency: usize,
    /// How often a worker looks for tasks that other processes left. Those of its own process wake it.
    pub poll: Duration,
    /// How long a task belongs to the worker that took it; renewed at each third of it.
    pub lease: Duration,
    /// How often a task is tried before it is given up.
    pub max_attempts: u32,
    /// The wait after the first failure; it doubles with each.
    pub backoff: Duration,
    /// The longest wait between two tries.
    pub max_backoff: Duration,
    /// Where the ids come from.
    pub random: Random,
}

impl Default for TaskOptions {
    fn default() -> Self {
        Self {
            concurrency: 4,
            poll: Duration::from_secs(1),
            lease: Duration::from_secs(30),
            max_attempts: 8,
            backoff: Duration::from_secs(2),
            max_backoff: Duration::from_secs(600),
            random: Random::os(),
        }
    }
}

/// The id of one enqueued task: a random UUID, as Celery's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TaskId(String);

impl TaskId {
    fn new(random: &Random) -> Result<Self> {
        let mut bytes = [0; 16];
        random.fill(&mut bytes)?;
        Ok(Self(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()))
    }

    /// `0b52c9a8-…`: 36 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The outbox of one database. Cloning is cheap; clones wake each other's workers.
#[derive(Clone)]
pub struct Tasks {
    db: Db,
    options: Arc<TaskOptions>,
    news: Arc<Notify>,
}

impl Tasks {
    /// The outbox in `db`, whose tables are those of [`schema`].
    pub fn new(db: Db, options: TaskOptions) -> Self {
        Self { db, options: Arc::new(options), news: Arc::default() }
    }

    /// Leaves a task for a worker: a row inserted by `executor`, so within its transaction if it has one. A worker of
    /// this process is woken once that is committed.
    ///
    /// # Errors
    /// When the row cannot be inserted, JSON cannot hold `args`, or they are over 1 MiB.
    pub async fn enqueue<T>(&self, executor: &impl Executor, name: &str, args: &T) -> Result<TaskId>
    where
        T: Serialize + Sync + ?Sized,
    {
        self.enqueue_at(executor, name, args, executor.now()).await
    }

    /// As [`Tasks::enqueue`], to be run at `due` or a little later.
    ///
    /// # Errors
    /// As [`Tasks::enqueue`].
    pub async fn enqueue_at<T>(
        &self,
        executor: &impl Executor,
        name: &str,
        args: &T,
        due: Timestamp,
    ) -> Result<TaskId>
    where
        T: Serialize + Sync + ?Sized,
    {
        let args = serde_json::to_string(args).map_err(Error::internal)?;
        if name.is_empty() || name.chars().count() > MAX_NAME || args.len() > MAX_ARGS {
            return Err(Error::configuration(format!(
                "a task's name is 1 to {MAX_NAME} characters and its arguments {MAX_ARGS} bytes of JSON at most"
            )));
        }
        let id = self.new_id()?;
        queue::insert(executor, &id, name, &args, due).await?;
        match executor.connection() {
            Connection::Db(_) => self.news.notify_one(),
            Connection::Tx(tx) => {
                let news = Arc::clone(&self.news);
                tx.on_commit(move || async move { news.notify_one() });
            }
        }
        Ok(id)
    }

    pub(crate) fn new_id(&self) -> Result<TaskId> {
        TaskId::new(&self.options.random)
    }

    /// The tasks that were given up, the latest first, at most 1000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn dead(&self) -> Result<Vec<DeadTask>> {
        Ok(queue::dead(&self.db).await?)
    }

    /// How many tasks wait or run.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pending(&self) -> Result<u64> {
        Ok(queue::pending(&self.db).await?)
    }

    /// Gives a task that was given up all its tries again; says whether it was one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn retry(&self, id: &str) -> Result<bool> {
        let revived = queue::revive(&self.db, id).await?;
        self.news.notify_one();
        Ok(revived)
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("options", &self.options).finish_non_exhaustive()
    }
}
