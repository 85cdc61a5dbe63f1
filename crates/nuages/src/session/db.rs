//! Sessions in Django's table (`django.contrib.sessions.backends.db`).
//!
//! `session_key` `i3vr09339ru910s5rx8frs5h483bpri1`, `session_data` `eyJhIjoxfQ:1vgM1A:F192Nh8Fi-…`, `expire_date`
//! `2026-01-29 12:00:00`: a row Django would have written, compared as text before it is replaced.

use bytes::Bytes;
use jiff::Timestamp;
use nuages_wire::session::SessionKey;

use super::store::{Record, SessionStore, Swap};
use crate::db::{Db, Executor, FromValue, Value, Vendor};
use crate::error::{Error, Result};

/// Sessions in the table `django_session`.
#[derive(Clone, Debug)]
pub struct DbStore {
    db: Db,
}

/// A session as the table has it.
pub(super) struct Row {
    pub(super) data: Bytes,
    pub(super) expire_date: Timestamp,
}

impl DbStore {
    /// A store in this database, which must have been migrated.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// The comparison of the stored text with a bound one, byte by byte: MariaDB's collations fold case.
    fn as_loaded(&self) -> &'static str {
        match self.db.vendor() {
            Vendor::Mysql => "BINARY session_data = ?",
            Vendor::Sqlite | Vendor::Postgres => "session_data = ?",
        }
    }

    /// What is stored under `key`, expired or not.
    pub(super) async fn row(&self, key: &SessionKey) -> Result<Option<Row>> {
        let sql = "SELECT session_data, expire_date FROM django_session WHERE session_key = ?";
        let Some([data, expire_date]) = self.find(sql, vec![key.as_str().into()]).await? else {
            return Ok(None);
        };
        let data = String::from_value(data)?.into();
        Ok(Some(Row { data, expire_date: Timestamp::from_value(expire_date)? }))
    }

    /// The columns of the row that a statement finds.
    async fn find<const COLUMNS: usize>(
        &self,
        sql: &str,
        params: Vec<Value>,
    ) -> Result<Option<[Value; COLUMNS]>> {
        let rows = self.db.connection().rows(sql, params).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let columns = row.into_values().try_into();
        columns.map(Some).map_err(|_| Error::internal("a row with other columns than its statement names"))
    }

    /// Replaces the row that is as loaded; how many that were.
    pub(super) async fn replace(
        &self,
        executor: &impl Executor,
        key: &SessionKey,
        loaded: &Bytes,
        record: &Record,
    ) -> Result<u64> {
        let sql = format!(
            "UPDATE django_session SET session_data = ?, expire_date = ? WHERE session_key = ? AND {}",
            self.as_loaded()
        );
        let row = vec![
            text(&record.data)?.into(),
            record.expire_date.into(),
            key.as_str().into(),
            text(loaded)?.into(),
        ];
        Ok(executor.execute(&sql, row).await?)
    }

    /// Deletes the row, with `loaded` if it is that; how many that were.
    pub(super) async fn remove(
        &self,
        executor: &impl Executor,
        key: &SessionKey,
        loaded: Option<&Bytes>,
    ) -> Result<u64> {
        let mut sql = "DELETE FROM django_session WHERE session_key = ?".to_owned();
        let mut row = vec![key.as_str().into()];
        if let Some(loaded) = loaded {
            sql.push_str(" AND ");
            sql.push_str(self.as_loaded());
            row.push(text(loaded)?.into());
        }
        Ok(executor.execute(&sql, row).await?)
    }

    /// Tells why a write that compares found nothing: the row is gone, or it has other bytes.
    async fn refused(&self, key: &SessionKey) -> Result<Swap> {
        Ok(self.row(key).await?.map_or(Swap::Gone, |row| Swap::Changed(row.data)))
    }
}

impl SessionStore for DbStore {
    async fn load(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Bytes>> {
        let sql = "SELECT session_data FROM django_session WHERE session_key = ? AND expire_date > ?";
        let Some([data]) = self.find(sql, vec![key.as_str().into(), now.into()]).await? else {
            return Ok(None);
        };
        Ok(Some(String::from_value(data)?.into()))
    }

    async fn exists(&self, key: &SessionKey) -> Result<bool> {
        let sql = "SELECT 1 FROM django_session WHERE session_key = ?";
        Ok(self.db.query_optional(sql, vec![key.as_str().into()]).await?.is_some())
    }

    async fn create(&self, key: &SessionKey, record: &Record) -> Result<Option<SessionKey>> {
        let sql = "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)";
        let row = vec![key.as_str().into(), text(&record.data)?.into(), record.expire_date.into()];
        match self.db.execute(sql, row).await {
            Ok(_) => Ok(Some(key.clone())),
            Err(error) if error.is_unique_violation(&["session_key"]) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn save(&self, key: &SessionKey, loaded: &Bytes, record: &Record) -> Result<Swap> {
        match self.replace(&self.db, key, loaded, record).await? {
            0 => self.refused(key).await,
            _ => Ok(Swap::Done),
        }
    }

    async fn delete(&self, key: &SessionKey, loaded: Option<&Bytes>) -> Result<Swap> {
        match self.remove(&self.db, key, loaded).await? {
            0 if loaded.is_some() => self.refused(key).await,
            0 => Ok(Swap::Gone),
            _ => Ok(Swap::Done),
        }
    }

    async fn clear_expired(&self, now: Timestamp, batch: u32) -> Result<u64> {
        let sql = match self.db.vendor() {
            // It deletes by an index only what it does not have to look up in a subquery.
            Vendor::Mysql => "DELETE FROM django_session WHERE expire_date < ? ORDER BY expire_date LIMIT ?",
            Vendor::Sqlite | Vendor::Postgres => {
                "DELETE FROM django_session WHERE session_key IN \
                 (SELECT session_key FROM django_session WHERE expire_date < ? ORDER BY expire_date LIMIT ?)"
            }
        };
        Ok(self.db.execute(sql, vec![now.into(), i64::from(batch).into()]).await?)
    }
}

/// What is stored is ASCII; bytes that are not text were never stored by this engine.
pub(super) fn text(data: &Bytes) -> Result<&str> {
    std::str::from_utf8(data).map_err(Error::internal)
}
