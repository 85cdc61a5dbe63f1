//! The tables.

use crate::db::{DbError, Executor, Vendor};

/// Creates the tables of the outbox where they are missing.
///
/// # Errors
/// When the database refuses.
pub async fn create_tables(executor: &impl Executor) -> Result<(), DbError> {
    let instant = match executor.vendor() {
        Vendor::Sqlite => "datetime",
        Vendor::Postgres => "timestamp with time zone",
    };
    let task = format!(
        "CREATE TABLE IF NOT EXISTS nuages_task (id varchar(36) NOT NULL PRIMARY KEY, name varchar(255) NOT NULL, \
         args text NOT NULL, created_at {instant} NOT NULL, due_at {instant} NULL, attempts integer NOT NULL, \
         claim varchar(36) NOT NULL, last_error text NOT NULL)"
    );
    let schedule = format!(
        "CREATE TABLE IF NOT EXISTS nuages_schedule (name varchar(255) NOT NULL PRIMARY KEY, next_at {instant} NOT NULL)"
    );
    let index = "CREATE INDEX IF NOT EXISTS nuages_task_due_at ON nuages_task (due_at)";
    for sql in [&task, &schedule, index] {
        executor.execute(sql, vec![]).await?;
    }
    Ok(())
}
