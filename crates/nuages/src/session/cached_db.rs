//! Sessions in the table, and in the cache before it (`django.contrib.sessions.backends.cached_db`).
//!
//! The row is the engine `db`'s, `eyJhIjoxfQ:1vgM1A:F192Nh8Fi-…`. Under
//! `:1:django.contrib.sessions.cached_dbi3vr09339ru910s5rx8frs5h483bpri1` is the same session as the cache writes its
//! values, `80 05 7d 8c 01 61 4b 01 73 2e`; a read that finds it asks nothing else.
//!
//! The row is the truth. A save compares what was loaded with the row, then compares and swaps the row, and replaces the
//! entry only if that is still what was loaded; else it deletes it. A read that found no entry adds one and looks at the
//! row again, so that none stays that is older than its row. Before a row is deleted its entry is replaced by a `None` that
//! lives for two minutes: a process that is killed in between leaves nothing behind. While the cache is away the rows
//! serve, and what must be deleted there is noted in the transaction of the change ([`Owed`]); it is deleted before the
//! cache is read again ([`Entries`]).

mod entries;
mod owed;

use bytes::Bytes;
use jiff::Timestamp;
use nuages_wire::session::{Data, Format, FormatError, SessionKey};

use self::entries::Entries;
use self::owed::Owed;
use super::db::{Row, text};
use super::encoding::{Read, decode, encode, foreign};
use super::handle::finish;
use super::store::{Record, SessionStore, Swap};
use super::{DbStore, Encoding, SessionConfig};
use crate::cache::Cache;
use crate::db::{Db, Executor, Tx};
use crate::error::{Error, Result};
use crate::time::Clock;

pub use self::owed::cached_db_schema;

/// Sessions in the table `django_session`, read from a cache.
#[derive(Clone, Debug)]
pub struct CachedDbStore {
    rows: DbStore,
    entries: Entries,
    row: Format,
    entry: Format,
    encoding: Encoding,
    clock: Clock,
}

/// A change of the row, which may be made again.
#[derive(Clone)]
enum Change {
    Replace { loaded: Bytes, by: Record },
    Remove { loaded: Option<Bytes> },
}

impl CachedDbStore {
    /// A store in this database, to which [`schema`](super::schema) and [`cached_db_schema`] have been migrated, with
    /// entries in this cache (`SESSION_CACHE_ALIAS`).
    pub fn new(db: Db, cache: Cache, config: &SessionConfig) -> Self {
        let encoding = Encoding::Cache(cache.codec());
        Self {
            rows: DbStore::new(db.clone()),
            entries: Entries::new(cache, Owed::new(db, config.random.clone())),
            row: Encoding::DJANGO.format(config),
            entry: encoding.format(config),
            encoding,
            clock: config.clock.clone(),
        }
    }

    /// The entry's bytes for a row's; a row that cannot be kept is passed on, for the reader to find out the same.
    fn entry_of(&self, row: &Bytes) -> Result<Bytes> {
        match decode(&self.row, row)? {
            Read::Session(data) => encode(&self.entry, &data, 0),
            Read::Foreign(error) => Err(foreign(&error)),
        }
    }

    /// The row's bytes for an entry's.
    fn row_of(&self, entry: &[u8]) -> Result<Bytes> {
        encode(&self.row, &self.read(entry)?, self.clock.unix())
    }

    fn read(&self, entry: &[u8]) -> Result<Data> {
        match decode(&self.entry, entry)? {
            Read::Session(data) => Ok(data),
            Read::Foreign(error) => Err(foreign(&error)),
        }
    }

    /// Whether an entry says what the row says.
    fn agree(&self, entry: &[u8], row: &[u8]) -> Result<bool> {
        let Read::Session(row) = decode(&self.row, row)? else { return Ok(false) };
        let entry = self.read(entry)?;
        if matches!(self.row, Format::SignedPickle(_)) {
            return Ok(row == entry);
        }
        let (Ok(entry), Ok(row)) = (entry.to_json(), row.to_json()) else { return Ok(false) };
        Ok(entry == row
            || self.row_text(&entry.into_owned().into()) == self.row_text(&row.into_owned().into()))
    }

    /// NaN is not equal to itself, and yet the same text.
    fn row_text(&self, data: &Data) -> Result<Vec<u8>, FormatError> {
        self.row.encode(data, 0)
    }

    /// Puts a row that was just read into the cache, unless it has changed by then.
    async fn fill(&self, key: &SessionKey, row: &Row, entry: &Bytes, now: Timestamp) -> Result<()> {
        let left = row.expire_date.duration_since(now).as_secs();
        let Some(added) = self.entries.offer(key, entry, left).await else { return Ok(()) };
        let again = self.rows.row(key).await?;
        match again.is_some_and(|again| again.data == row.data) {
            true => self.entries.keep(key, added, left).await,
            false => self.entries.drop_stale(key, entry).await,
        }
        Ok(())
    }

    /// Changes the row while the cache is away: that the entry must go is noted in the same transaction.
    async fn owing(&self, key: &SessionKey, change: Change) -> Result<u64> {
        let (rows, owed, key) = (self.rows.clone(), self.entries.owed.clone(), key.clone());
        let both = move |tx: Tx| {
            let (rows, owed, key, change) = (rows.clone(), owed.clone(), key.clone(), change.clone());
            async move {
                let changed = change.make(&rows, &tx, &key).await?;
                owed.note(&tx, &key).await?;
                Ok::<_, Error>(changed)
            }
        };
        let changed = self.entries.owed.db.retrying_transaction(both).await?;
        self.entries.are_owed();
        Ok(changed)
    }

    /// What is to be answered for a row that is not what was expected; the entry may be as wrong.
    async fn refused(&self, key: &SessionKey, row: Option<Row>) -> Result<Swap> {
        self.entries.delete(key).await?;
        row.map_or(Ok(Swap::Gone), |row| Ok(Swap::Changed(self.entry_of(&row.data)?)))
    }
}

impl SessionStore for CachedDbStore {
    async fn load(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Bytes>> {
        if let Some(entry) = self.entries.get(key).await {
            return Ok(Some(entry));
        }
        let Some(row) = self.rows.row(key).await?.filter(|row| row.expire_date > now) else {
            return Ok(None);
        };
        let entry = match (decode(&self.row, &row.data)?, &self.row) {
            (Read::Session(data), _) => encode(&self.entry, &data, 0)?,
            // For the reader to find out the same: it is not cached.
            (Read::Foreign(_), Format::SignedPickle(codec)) => {
                return Ok(codec.decode_bytes(text(&row.data)?, None, 0).ok().map(Bytes::from));
            }
            (Read::Foreign(error), _) => return Err(foreign(&error)),
        };
        // A client that leaves must not leave an entry behind that nobody looked after.
        let (store, key, filled) = (self.clone(), key.clone(), entry.clone());
        finish(async move { store.fill(&key, &row, &filled, now).await }).await?;
        Ok(Some(entry))
    }

    async fn exists(&self, key: &SessionKey) -> Result<bool> {
        self.rows.exists(key).await
    }

    async fn create(&self, key: &SessionKey, record: &Record) -> Result<Option<SessionKey>> {
        let row = Record { data: self.row_of(&record.data)?, ..record.clone() };
        let created = self.rows.create(key, &row).await?;
        if created.is_some() {
            self.entries.set(key, record).await?;
        }
        Ok(created)
    }

    async fn save(&self, key: &SessionKey, loaded: &Bytes, record: &Record) -> Result<Swap> {
        let new = Record { data: self.row_of(&record.data)?, ..record.clone() };
        let Some(row) = self.rows.row(key).await? else { return self.refused(key, None).await };
        if !self.agree(loaded, &row.data)? {
            return self.refused(key, Some(row)).await;
        }
        let change = Change::Replace { loaded: row.data, by: new };
        let open = self.entries.are_open().await;
        let changed = match open {
            true => change.make(&self.rows, &self.entries.owed.db, key).await?,
            false => self.owing(key, change).await?,
        };
        if changed == 0 {
            return self.refused(key, self.rows.row(key).await?).await;
        }
        if open {
            self.entries.replace(key, loaded, record).await?;
        }
        Ok(Swap::Done)
    }

    async fn delete(&self, key: &SessionKey, loaded: Option<&Bytes>) -> Result<Swap> {
        let mut expected = None;
        if let Some(loaded) = loaded {
            let Some(row) = self.rows.row(key).await? else { return self.refused(key, None).await };
            if !self.agree(loaded, &row.data)? {
                return self.refused(key, Some(row)).await;
            }
            expected = Some(row.data);
        }
        let (change, compares) = (Change::Remove { loaded: expected }, loaded.is_some());
        let buried = self.entries.bury(key).await;
        let changed = match buried {
            true => change.make(&self.rows, &self.entries.owed.db, key).await?,
            false => self.owing(key, change).await?,
        };
        if changed == 0 && compares {
            return self.refused(key, self.rows.row(key).await?).await;
        }
        if buried {
            self.entries.clear_away(key);
        }
        Ok(if changed == 0 { Swap::Gone } else { Swap::Done })
    }

    /// Of the rows; entries go by themselves.
    async fn clear_expired(&self, now: Timestamp, batch: u32) -> Result<u64> {
        self.rows.clear_expired(now, batch).await
    }

    fn encoding(&self) -> Encoding {
        self.encoding.clone()
    }
}

impl Change {
    /// Makes it; how many rows that were.
    async fn make(&self, rows: &DbStore, executor: &impl Executor, key: &SessionKey) -> Result<u64> {
        match self {
            Self::Replace { loaded, by } => rows.replace(executor, key, loaded, by).await,
            Self::Remove { loaded } => rows.remove(executor, key, loaded.as_ref()).await,
        }
    }
}
