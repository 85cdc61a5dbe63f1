//! Sessions in files (`django.contrib.sessions.backends.file`).
//!
//! The file `sessionidi3vr09339ru910s5rx8frs5h483bpri1`, mode 0600, in the folder `SESSION_FILE_PATH` holds
//! `eyJhIjoxfQ:1vgM1A:F192Nh8Fi-…` and nothing else, no newline either. It is written beside its place and moved there,
//! so a reader sees the old session or the new one and never half of one.
//!
//! A session ends `SESSION_COOKIE_AGE` after its file's modification time, or at the moment that `set_expiry` was given.
//! As in Django, a *number* of seconds ends the cookie alone: the file stays until the session is flushed.
//!
//! Writes that compare hold the lock on `@sessionid.lock`, a name that no session's file has, so processes on one folder
//! lose nothing of each other's. Django does not ask for that lock: what it stored in the moment of our own write is
//! found in exchange, and put back. The folder must be on a file system where locks hold for all of its users, and the
//! site needs one user: only that user may read the files.

mod exchange;
mod folder;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use nuages_wire::session::SessionKey;
use tokio::sync::Mutex;

use self::folder::Folder;
use super::SessionConfig;
use super::store::{Record, SessionStore, Swap};
use crate::error::{Error, Result};

/// Sessions in the files of a folder.
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: Arc<Folder>,
    /// Writers of this process wait here, not each on a thread for the lock.
    turn: Arc<Mutex<()>>,
}

impl FileStore {
    /// A store in the folder `path` (`SESSION_FILE_PATH`), which must be there. Its names begin with the cookie's.
    ///
    /// # Errors
    /// A configuration error when there is no such folder.
    pub fn new(path: impl Into<PathBuf>, config: &SessionConfig) -> Result<Self> {
        let path = path.into();
        if !path.is_dir() {
            let path = path.display();
            return Err(Error::configuration(format!("SESSION_FILE_PATH: there is no folder `{path}`")));
        }
        Ok(Self { folder: Arc::new(Folder::new(path, config)), turn: Arc::default() })
    }

    /// Runs `work` on a thread that may wait for the disk.
    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Folder) -> Result<T> + Send + 'static,
    {
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || work(&folder)).await.map_err(Error::internal)?
    }

    /// As [`FileStore::read`], one at a time.
    async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Folder) -> Result<T> + Send + 'static,
    {
        let turn = self.turn.clone().lock_owned().await;
        self.read(move |folder| {
            let _turn = turn;
            work(folder)
        })
        .await
    }
}

impl SessionStore for FileStore {
    async fn load(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Bytes>> {
        let key = key.clone();
        self.read(move |folder| folder.load(&key, now)).await
    }

    async fn exists(&self, key: &SessionKey) -> Result<bool> {
        let key = key.clone();
        self.read(move |folder| folder.exists(&key)).await
    }

    async fn create(&self, key: &SessionKey, record: &Record) -> Result<Option<SessionKey>> {
        let (key, record) = (key.clone(), record.clone());
        self.read(move |folder| Ok(folder.create(&key, &record)?.then_some(key))).await
    }

    async fn save(&self, key: &SessionKey, loaded: &Bytes, record: &Record) -> Result<Swap> {
        let (key, loaded, record) = (key.clone(), loaded.clone(), record.clone());
        self.write(move |folder| folder.save(&key, &loaded, &record)).await
    }

    async fn delete(&self, key: &SessionKey, loaded: Option<&Bytes>) -> Result<Swap> {
        let (key, loaded) = (key.clone(), loaded.cloned());
        self.write(move |folder| folder.delete(&key, loaded.as_ref())).await
    }

    async fn clear_expired(&self, now: Timestamp, batch: u32) -> Result<u64> {
        self.read(move |folder| folder.clear_expired(now, batch)).await
    }
}
