//! MariaDB's refusals in the framework's kinds, by its error numbers.
//!
//! `Duplicate entry 'ann' for key 'username'` tells the value and the index: the value is left out, and the index's
//! columns are looked up.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, DriverError, Error, ServerError};

use super::super::sql::written_table;
use super::super::unfit::Unfit;
use super::super::{DbError, DbErrorKind};

const DUPLICATE: [u16; 2] = [1062, 1586];

/// Whether the connection has died under the statement.
pub(super) fn is_gone(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Driver(DriverError::ConnectionClosed) => true,
        // The connection was killed, or the server is going down.
        Error::Server(refused) => matches!(refused.code, 1053 | 1927 | 4031),
        _ => false,
    }
}

/// Whether the connection is of no use any more.
pub(super) fn is_fatal(error: &DbError) -> bool {
    *error.kind() == DbErrorKind::Unavailable
}

/// The refusal in the framework's kinds, with the columns of a unique index looked up by its name.
pub(super) async fn with_columns(conn: &mut Conn, sql: &str, error: Error) -> DbError {
    let key = match &error {
        Error::Server(refused) if DUPLICATE.contains(&refused.code) => violated_key(&refused.message),
        _ => None,
    };
    let mut columns = Vec::new();
    if let (Some(key), Some(table)) = (key, written_table(sql)) {
        let found: Result<Vec<String>, Error> = conn.exec(INDEX_COLUMNS, (table, key)).await;
        columns = found.unwrap_or_default();
    }
    typed(error, columns)
}

const INDEX_COLUMNS: &str = "SELECT column_name FROM information_schema.statistics \
     WHERE table_schema = DATABASE() AND table_name = ? AND index_name = ? ORDER BY seq_in_index";

pub(super) fn typed(error: Error, columns: Vec<String>) -> DbError {
    match error {
        Error::Server(refused) => of_server(&refused, columns),
        Error::Driver(DriverError::StmtParamsMismatch { required, supplied }) => {
            DbError::misuse(format!("the statement has {required} placeholders and {supplied} values"))
        }
        Error::Other(other) if other.is::<Unfit>() => DbError::conversion(other.to_string()),
        error => DbError::unavailable(format!("MariaDB: {error}")).with_source(error),
    }
}

/// No connection could be made; the server's reason (a wrong password, no such database) is told.
pub(super) fn unreachable(error: Error) -> DbError {
    let reason = match &error {
        Error::Server(refused) => refused.message.clone(),
        Error::Io(reason) => reason.to_string(),
        other => other.to_string(),
    };
    DbError::unavailable(format!("cannot connect to MariaDB: {reason}")).with_source(error)
}

fn of_server(refused: &ServerError, columns: Vec<String>) -> DbError {
    if DUPLICATE.contains(&refused.code) {
        let constraint = violated_key(&refused.message);
        let message = format!("a row with the same key exists: {}", constraint.unwrap_or_default());
        let constraint = constraint.map(str::to_owned);
        return DbError::new(DbErrorKind::UniqueViolation { columns, constraint }, message);
    }
    let kind = match refused.code {
        1216 | 1217 | 1451 | 1452 => DbErrorKind::ForeignKeyViolation,
        1048 | 1364 => DbErrorKind::NotNullViolation,
        3819 | 4025 => DbErrorKind::CheckViolation,
        // An unsigned column has Django's `CHECK (stock >= 0)` in its type: `stock - 6` fails before the CHECK is asked.
        1690 if refused.message.contains("UNSIGNED") => DbErrorKind::CheckViolation,
        // Lock wait timeout, deadlock, the record has changed since the last read.
        1205 | 1213 | 1020 => DbErrorKind::Busy,
        1317 | 1969 | 3024 => DbErrorKind::Timeout,
        1040 | 1053 | 1203 | 1927 | 4031 => DbErrorKind::Unavailable,
        _ if refused.state.starts_with("22") || matches!(refused.code, 1265 | 1366 | 1411) => {
            DbErrorKind::Conversion
        }
        _ => DbErrorKind::Other,
    };
    // `Incorrect string value: '\xF0…' for column …` shows what was stored.
    let message = match kind {
        DbErrorKind::Conversion => super::super::log::Shown(&refused.message).to_string(),
        _ => refused.message.clone(),
    };
    DbError::new(kind, message)
}

/// `Duplicate entry 'x' for key 'username'` → `username`.
fn violated_key(message: &str) -> Option<&str> {
    let (_, key) = message.rsplit_once(" for key '")?;
    Some(key.trim_end_matches('\'')).map(|key| key.rsplit('.').next().unwrap_or(key))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn values_stay_out() {
        let refused =
            |code, message: &str| ServerError { code, message: message.to_owned(), state: String::new() };
        let unique = refused(1062, "Duplicate entry 'it's for key 'x' for key 'shop.username'");
        let error = of_server(&unique, vec!["username".to_owned()]);
        assert!(error.is_unique_violation(&["username"]));
        assert_eq!(error.to_string(), "a row with the same key exists: username");
        let error = of_server(&refused(1366, "Incorrect string value: 'hunter2' for column `a`.`b`"), vec![]);
        assert_eq!(*error.kind(), DbErrorKind::Conversion);
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
