//! Short reads, on the thread of whoever asks: the way to another thread and back costs several times what most of them do.
//!
//! A read has [`DbOptions::short_read`](crate::db::DbOptions::short_read) to end. One that takes longer or meets a lock is begun again
//! where it can wait, in a [`Lane`](super::lane::Lane). A statement that was late twice in a row goes there at once for [`WHILE`]: the
//! thread of whoever asks serves others too.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::connection::Connection;
use crate::db::{Answer, Columns, DbError, DbErrorKind, Value};

const WHILE: Duration = Duration::from_secs(1);

/// So many lates in a row say something of a statement; a single one may be the machine's.
const OFTEN: u32 = 2;

/// Statements that are remembered; beyond them all are tried again.
const REMEMBERED: usize = 1000;

/// Connections for as many threads at once.
pub(super) struct Inline {
    state: Mutex<State>,
    /// How long a read may take.
    limit: Duration,
}

#[derive(Default)]
struct State {
    /// The connection that was used last is last: its statements and pages are still at hand.
    free: Vec<Connection>,
    /// Statements that were late when they were run last.
    late: HashMap<String, Late, foldhash::fast::RandomState>,
}

struct Late {
    in_a_row: u32,
    last: Instant,
}

impl Inline {
    pub(super) fn open(path: &Path, connections: usize, limit: Duration) -> Result<Self, DbError> {
        let connections = if limit.is_zero() { 0 } else { connections };
        let free = (0..connections).map(|_| Connection::impatient_reader(path)).collect::<Result<_, _>>()?;
        Ok(Self { state: Mutex::new(State { free, ..State::default() }), limit })
    }

    /// The answer, if it is there at once.
    pub(super) fn run(
        &self,
        sql: &str,
        params: &[Value],
        columns: Columns,
    ) -> Option<Result<Answer, DbError>> {
        let connection = self.lock().begin(sql)?;
        let began = Instant::now();
        let outcome = connection.run(sql, params, columns, Some(self.limit));
        let is_late = began.elapsed() > self.limit;
        self.lock().end(sql, connection, is_late);
        match outcome {
            Err(error) if matches!(error.kind(), DbErrorKind::Busy | DbErrorKind::Timeout) => None,
            outcome => Some(outcome),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A connection, if one is free and the statement is worth a try.
    fn begin(&mut self, sql: &str) -> Option<Connection> {
        match self.late.get(sql) {
            Some(late) if late.in_a_row >= OFTEN && late.last.elapsed() < WHILE => None,
            _ => self.free.pop(),
        }
    }

    fn end(&mut self, sql: &str, connection: Connection, is_late: bool) {
        self.free.push(connection);
        if !is_late {
            if !self.late.is_empty() {
                self.late.remove(sql);
            }
            return;
        }
        if self.late.len() >= REMEMBERED {
            self.late.clear();
        }
        let in_a_row = self.late.get(sql).map_or(0, |late| late.in_a_row) + 1;
        self.late.insert(sql.to_owned(), Late { in_a_row, last: Instant::now() });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const LIMIT: Duration = Duration::from_micros(200);
    const COUNTING: &str =
        "WITH RECURSIVE n (a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < ?) SELECT max(a) FROM n";

    fn answer(inline: &Inline, sql: &str, param: i64) -> Option<Value> {
        let answer = inline.run(sql, &[param.into()], Columns::Named)?;
        Some(answer.unwrap().rows[0].get(0).unwrap())
    }

    #[test]
    fn what_takes_long_is_left_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite3");
        Connection::writer(Some(&path)).unwrap();
        let inline = Inline::open(&path, 1, LIMIT).unwrap();
        for _ in 0..OFTEN {
            assert_eq!(answer(&inline, COUNTING, 10_000_000), None);
        }
        assert_eq!(answer(&inline, COUNTING, 2), None, "it was late too often");
        inline.lock().late.values_mut().for_each(|late| late.in_a_row = 1);
        assert_eq!(answer(&inline, COUNTING, 2), Some(Value::Int(2)), "a single time tells nothing");
    }

    #[test]
    fn a_lock_is_waited_for_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite3");
        let django = rusqlite::Connection::open(&path).unwrap();
        django.execute_batch("CREATE TABLE a (b)").unwrap();
        let inline = Inline::open(&path, 1, LIMIT).unwrap();
        django.execute_batch("BEGIN EXCLUSIVE").unwrap();
        assert_eq!(answer(&inline, "SELECT count(*) + ? FROM a", 0), None);
        django.execute_batch("COMMIT").unwrap();
        assert_eq!(answer(&inline, "SELECT count(*) + ? FROM a", 0), Some(Value::Int(0)));
    }
}
