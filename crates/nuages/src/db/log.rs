//! Statements in the log: their text and time, never a value.
//!
//! Bound values are not written at all, whatever their column; text that stands in the SQL itself is cut out, because
//! it may be a password or a session: `UPDATE u SET password = '…' WHERE id = ?`.

use std::fmt;
use std::time::Instant;

use super::sql::quoted;
use super::{Answer, DbError, DbOptions};

/// Writes a statement that began then, with its time: at `debug`, at `warn` from [`DbOptions::slow_query`] on.
pub(super) fn written(options: &DbOptions, sql: &str, begin: Instant, answer: &Result<Answer, DbError>) {
    let elapsed = begin.elapsed();
    let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    let failed = answer.is_err();
    if elapsed >= options.slow_query {
        tracing::warn!(target: "nuages::db", sql = %Shown(sql), micros, failed, "slow query");
    } else {
        tracing::debug!(target: "nuages::db", sql = %Shown(sql), micros, failed);
    }
}

/// SQL without the text in it.
pub(super) struct Shown<'a>(pub(super) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(begin) = rest.find('\'') {
            f.write_str(&rest[..begin])?;
            f.write_str("'…'")?;
            rest = rest.get(begin + quoted(&rest[begin..], '\'')..).unwrap_or("");
            // A doubled quote goes on with the same text.
            while rest.starts_with('\'') {
                rest = rest.get(quoted(rest, '\'')..).unwrap_or("");
            }
        }
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_out() {
        for (sql, shown) in [
            ("SELECT 1", "SELECT 1"),
            ("UPDATE u SET password = 'hunter2', a = ?", "UPDATE u SET password = '…', a = ?"),
            ("SELECT 'it''s', 'x' FROM \"t\"", "SELECT '…', '…' FROM \"t\""),
            ("SELECT 'open", "SELECT '…'"),
        ] {
            assert_eq!(Shown(sql).to_string(), shown);
        }
    }
}
