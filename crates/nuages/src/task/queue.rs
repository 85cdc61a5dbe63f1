//! The rows of `nuages_task` and `nuages_schedule`, one statement a step.
//!
//! `due_at` says when a worker may take a row: at once after it was enqueued, at the end of the lease while it runs, at
//! the end of the wait after a failure, and never (NULL) when it was given up. A row that is taken carries the taker's
//! `claim`, without which nobody may finish it.

use std::fmt;

use jiff::Timestamp;

use crate::db::{Db, DbError, Executor, Row, Value};

use super::TaskId;

/// The longest error text that is kept, in characters.
const MAX_ERROR: usize = 2000;

/// A task that failed too often.
#[derive(Clone)]
pub struct DeadTask {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its arguments, as JSON.
    pub args: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What its last try ended with.
    pub last_error: String,
    /// When it was enqueued.
    pub created_at: Timestamp,
}

impl fmt::Debug for DeadTask {
    /// Without the arguments: a mail's hold what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, attempts, last_error, created_at, .. } = self;
        f.debug_struct("DeadTask")
            .field("id", id)
            .field("name", name)
            .field("attempts", attempts)
            .field("last_error", last_error)
            .field("created_at", created_at)
            .finish_non_exhaustive()
    }
}

/// A task that a worker has taken.
pub(super) struct Claim {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) args: String,
    /// Which try it is, from 1.
    pub(super) attempt: u32,
    /// What the row must carry for the worker to finish it.
    pub(super) token: String,
}

pub(super) async fn insert(
    executor: &impl Executor,
    id: &TaskId,
    name: &str,
    args: &str,
    due: Timestamp,
) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO nuages_task (id, name, args, created_at, due_at, attempts, claim, last_error) \
                       VALUES (?, ?, ?, ?, ?, 0, '', '')";
    let now = executor.now();
    let params = vec![id.as_str().into(), name.into(), args.into(), now.into(), due.into()];
    executor.execute(SQL, params).await.map(drop)
}

/// The ids of rows that may be taken, those that waited longest first. Taking nothing, it costs no write.
pub(super) async fn due(db: &Db, limit: usize) -> Result<Vec<String>, DbError> {
    const SQL: &str = "SELECT id FROM nuages_task WHERE due_at <= ? ORDER BY due_at, id LIMIT ?";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = db.query(SQL, vec![db.now().into(), limit.into()]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Takes the row until `lease_end`; `None` when another worker was faster. Of two that compare at once the database
/// lets one through: the first moves `due_at` to where the second no longer matches.
pub(super) async fn claim(
    db: &Db,
    id: &str,
    token: String,
    lease_end: Timestamp,
) -> Result<Option<Claim>, DbError> {
    const CLAIM: &str = "UPDATE nuages_task SET due_at = ?, attempts = attempts + 1, claim = ? \
                         WHERE id = ? AND due_at <= ?";
    const CLAIMED: &str = "SELECT id, name, args, attempts FROM nuages_task WHERE id = ? AND claim = ?";
    let params = vec![lease_end.into(), Value::from(&token), id.into(), db.now().into()];
    if db.execute(CLAIM, params).await? == 0 {
        return Ok(None);
    }
    let claimed = db.query_optional(CLAIMED, vec![id.into(), Value::from(&token)]).await?;
    let Some(row) = claimed else { return Ok(None) };
    let (id, name, args) = (row.get("id")?, row.get("name")?, row.get("args")?);
    Ok(Some(Claim { id, name, args, attempt: row.get("attempts")?, token }))
}

/// Makes the lease longer; false when the row is no longer this worker's.
pub(super) async fn renew(db: &Db, claim: &Claim, lease_end: Timestamp) -> Result<bool, DbError> {
    const SQL: &str = "UPDATE nuages_task SET due_at = ? WHERE id = ? AND claim = ?";
    let params = vec![lease_end.into(), Value::from(&claim.id), Value::from(&claim.token)];
    Ok(db.execute(SQL, params).await? == 1)
}

/// The task is done.
pub(super) async fn finish(db: &Db, claim: &Claim) -> Result<(), DbError> {
    const SQL: &str = "DELETE FROM nuages_task WHERE id = ? AND claim = ?";
    db.execute(SQL, vec![Value::from(&claim.id), Value::from(&claim.token)]).await.map(drop)
}

/// The task failed: it runs again at `again`, or never.
pub(super) async fn fail(
    db: &Db,
    claim: &Claim,
    error: &str,
    again: Option<Timestamp>,
) -> Result<(), DbError> {
    const SQL: &str =
        "UPDATE nuages_task SET due_at = ?, claim = '', last_error = ? WHERE id = ? AND claim = ?";
    // PostgreSQL's text holds no NUL.
    let error: String = error.chars().filter(|&character| character != '\0').take(MAX_ERROR).collect();
    let params = vec![again.into(), error.into(), Value::from(&claim.id), Value::from(&claim.token)];
    db.execute(SQL, params).await.map(drop)
}

pub(super) async fn dead(db: &Db) -> Result<Vec<DeadTask>, DbError> {
    const SQL: &str = "SELECT id, name, args, attempts, last_error, created_at FROM nuages_task \
                       WHERE due_at IS NULL ORDER BY created_at DESC, id LIMIT 1000";
    let task = |row: &Row| {
        Ok(DeadTask {
            id: row.get("id")?,
            name: row.get("name")?,
            args: row.get("args")?,
            attempts: row.get("attempts")?,
            last_error: row.get("last_error")?,
            created_at: row.get("created_at")?,
        })
    };
    db.query(SQL, vec![]).await?.iter().map(task).collect()
}

pub(super) async fn pending(db: &Db) -> Result<u64, DbError> {
    const SQL: &str = "SELECT count(*) FROM nuages_task WHERE due_at IS NOT NULL";
    let count: i64 = db.query_optional(SQL, vec![]).await?.map_or(Ok(0), |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

pub(super) async fn revive(db: &Db, id: &str) -> Result<bool, DbError> {
    const SQL: &str = "UPDATE nuages_task SET due_at = ?, attempts = 0 WHERE id = ? AND due_at IS NULL";
    Ok(db.execute(SQL, vec![db.now().into(), id.into()]).await? == 1)
}

/// Gives the schedule its row, unless it has one.
pub(super) async fn add_schedule(db: &Db, name: &str, next: Timestamp) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO nuages_schedule (name, next_at) VALUES (?, ?)";
    match db.execute(SQL, vec![name.into(), next.into()]).await {
        Err(error) if !error.is_unique_violation(&["name"]) => Err(error),
        _ => Ok(()),
    }
}

/// The schedules whose time has come.
pub(super) async fn due_schedules(db: &Db) -> Result<Vec<String>, DbError> {
    let rows = db.query("SELECT name FROM nuages_schedule WHERE next_at <= ?", vec![db.now().into()]).await?;
    rows.iter().map(|row| row.get("name")).collect()
}

/// Moves the schedule to `next`; true for the one of all processes that did.
pub(super) async fn advance_schedule(
    executor: &impl Executor,
    name: &str,
    next: Timestamp,
) -> Result<bool, DbError> {
    const SQL: &str = "UPDATE nuages_schedule SET next_at = ? WHERE name = ? AND next_at <= ?";
    Ok(executor.execute(SQL, vec![next.into(), name.into(), executor.now().into()]).await? == 1)
}
