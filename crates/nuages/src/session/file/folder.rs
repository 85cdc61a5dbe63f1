//! The calls to the file system, each of which may block.

use std::fs::{self, File, OpenOptions, ReadDir};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use nuages_wire::datetime::DateTime;
use nuages_wire::session::{Format, InvalidExpiry, Policy, SessionKey, file_is_expired, file_name};
use tempfile::NamedTempFile;

use super::exchange;
use crate::error::{self, Error, Result};
use crate::session::store::{Record, Swap};
use crate::session::{Encoding, SessionConfig};

/// The folder of the sessions.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    cookie_name: String,
    policy: Policy,
    format: Format,
    /// How far `clear_expired` has come, so that each batch goes on where the last one ended.
    scan: Mutex<Option<ReadDir>>,
}

/// A session's file as it was found.
struct Found {
    data: Bytes,
    modified: Timestamp,
}

impl Folder {
    pub(super) fn new(path: PathBuf, config: &SessionConfig) -> Self {
        Self {
            path,
            cookie_name: config.cookie_name.clone(),
            policy: Policy {
                cookie_age: config.cookie_age,
                expire_at_browser_close: config.expire_at_browser_close,
            },
            format: Encoding::DJANGO.format(config),
            scan: Mutex::default(),
        }
    }

    pub(super) fn load(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Bytes>> {
        let Some(path) = self.file(key) else { return Ok(None) };
        let Some(found) = self.failing(found(&path))? else { return Ok(None) };
        let expired = self.is_expired(&found, now).map_err(Error::internal)?;
        Ok((!expired).then_some(found.data))
    }

    pub(super) fn exists(&self, key: &SessionKey) -> Result<bool> {
        let Some(path) = self.file(key) else { return Ok(false) };
        self.failing(path.try_exists())
    }

    pub(super) fn create(&self, key: &SessionKey, record: &Record) -> Result<bool> {
        let path = self.file(key).ok_or_else(|| Error::internal("no file can have this session's key"))?;
        let temporary = self.failing(self.temporary(&path, record))?;
        match temporary.persist_noclobber(path).map_err(|error| error.error) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => self.failing(Err(error)),
        }
    }

    pub(super) fn save(&self, key: &SessionKey, loaded: &Bytes, record: &Record) -> Result<Swap> {
        let Some(path) = self.file(key) else { return Ok(Swap::Gone) };
        let temporary = self.failing(self.temporary(&path, record))?;
        let replace = || exchange::replace(temporary, &path, loaded, &record.data);
        self.failing(self.compare(&path, Some(loaded), replace))
    }

    pub(super) fn delete(&self, key: &SessionKey, loaded: Option<&Bytes>) -> Result<Swap> {
        let Some(path) = self.file(key) else { return Ok(Swap::Gone) };
        self.failing(self.compare(&path, loaded, || remove(&path)))
    }

    pub(super) fn clear_expired(&self, now: Timestamp, batch: u32) -> Result<u64> {
        let mut scan = self.scan.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries = match scan.take() {
            Some(entries) => entries,
            None => self.failing(fs::read_dir(&self.path))?,
        };
        let mut cleared = 0;
        while cleared < u64::from(batch) {
            let Some(entry) = entries.next() else { return Ok(cleared) };
            let name = self.failing(entry)?.file_name();
            cleared += u64::from(name.to_str().is_some_and(|name| self.clear(name, now)));
        }
        *scan = Some(entries);
        Ok(cleared)
    }

    /// Deletes the file `name` if it is an expired session. What cannot be read or deleted is left alone: a common
    /// folder may hold other users' sessions.
    fn clear(&self, name: &str, now: Timestamp) -> bool {
        let key = name.strip_prefix(&self.cookie_name).and_then(SessionKey::parse);
        let Some(path) = key.and_then(|key| self.file(&key)) else { return false };
        // A session ends in the second that it is said to end in; one that still runs is not cleared away.
        let before = now - SignedDuration::from_secs(1);
        let is_expired = |found: &Found| self.is_expired(found, before) == Ok(true);
        let Some(old) = found(&path).ok().flatten().filter(is_expired) else { return false };
        matches!(self.compare(&path, Some(&old.data), || remove(&path)), Ok(Swap::Done))
    }

    /// Does `write` under the lock, if the file is there and holds `loaded`.
    fn compare(
        &self,
        path: &Path,
        loaded: Option<&Bytes>,
        write: impl FnOnce() -> io::Result<Swap>,
    ) -> io::Result<Swap> {
        let lock = self.path.join(format!("@{}.lock", self.cookie_name));
        let lock = OpenOptions::new().create(true).append(true).open(lock)?;
        lock.lock()?;
        let Some(found) = found(path)? else { return Ok(Swap::Gone) };
        if loaded.is_some_and(|loaded| found.data != *loaded) {
            return Ok(Swap::Changed(found.data));
        }
        write()
    }

    /// The record in a file beside its place, which is removed again unless it is moved there. Its modification time
    /// is the one that, by Django's reckoning, makes it end at its date.
    fn temporary(&self, path: &Path, record: &Record) -> io::Result<NamedTempFile> {
        let mut prefix = path.file_name().unwrap_or_default().to_owned();
        prefix.push("_out_");
        let mut file = tempfile::Builder::new().prefix(&prefix).rand_bytes(8).tempfile_in(&self.path)?;
        file.write_all(&record.data)?;
        let age = SignedDuration::from_secs(self.policy.cookie_age);
        let modified = record.expire_date.checked_sub(age).map_err(io::Error::other)?;
        file.as_file().set_modified(modified.into())?;
        Ok(file)
    }

    fn is_expired(&self, found: &Found, now: Timestamp) -> Result<bool, InvalidExpiry> {
        let data = self.format.decode(&found.data).unwrap_or_default();
        file_is_expired(data.as_object(), &DateTime::utc(found.modified), &DateTime::utc(now), self.policy)
    }

    /// Where the session is kept; `None` for a key that must not become part of a name.
    fn file(&self, key: &SessionKey) -> Option<PathBuf> {
        Some(self.path.join(file_name(&self.cookie_name, key.as_str()).ok()?))
    }

    fn failing<T>(&self, outcome: io::Result<T>) -> Result<T> {
        outcome.map_err(|error| {
            let message = format!("the sessions in `{}` cannot be read or written", self.path.display());
            Error::new(error::ErrorKind::Internal, message).with_source(error)
        })
    }
}

fn remove(path: &Path) -> io::Result<Swap> {
    fs::remove_file(path).map(|()| Swap::Done)
}

fn found(path: &Path) -> io::Result<Option<Found>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut data = Vec::new();
    file.read_to_end(&mut data)?;
    let modified = file.metadata()?.modified()?;
    Ok(Some(Found { data: data.into(), modified: modified.try_into().map_err(io::Error::other)? }))
}
