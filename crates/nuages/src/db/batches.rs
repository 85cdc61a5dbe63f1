//! What stands between a driver that reads many rows and whoever wants them one after the other.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::{DbError, Row};

/// Rows that travel together.
pub(super) const BATCH: usize = 256;
/// Batches that wait for their reader.
pub(super) const WAITING: usize = 2;

/// Where a driver puts the rows it reads; it stops when the reader is gone.
pub(super) type Batches = mpsc::Sender<Result<Vec<Row>, DbError>>;

/// PostgreSQL's statements that open a cursor of a new name and read from it.
pub(super) fn cursor_statements(sql: &str) -> (String, String) {
    static CURSORS: AtomicU64 = AtomicU64::new(1);
    let name = format!("nuages_{}", CURSORS.fetch_add(1, Ordering::Relaxed));
    (format!("DECLARE {name} NO SCROLL CURSOR FOR {sql}"), format!("FETCH FORWARD {BATCH} FROM {name}"))
}
