//! Uploaded files: Django's `FileSystemStorage`, without a blocked reactor.
//!
//! A file is kept under a folder by a name with forward slashes, `avatars/7/face.png`, which is what a model's column
//! holds. A name that is taken gets seven random characters before its suffixes (`face_YAgBUa9.png`); a file is created
//! with `O_EXCL`, so of two that ask for one name at once neither overwrites the other. Files have mode 0644 and the
//! group of the folder, missing folders are made, and no name leads out of the folder.
//!
//! A name from outside goes through [`generate_filename`](nuages_wire::filenames::generate_filename) first, as Django's
//! `FileField` does; [`Storage::save`] itself changes nothing but what it must.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> nuages::Result<()> {
//! # let folder = tempfile::tempdir().map_err(nuages::Error::internal)?;
//! use nuages::storage::Storage;
//!
//! let storage = Storage::local(folder.path(), "/media/");
//! let name = storage.save("avatars/张 1.png", "…").await?;
//! assert_eq!(name, "avatars/张 1.png");
//! assert_eq!(storage.url(&name), "/media/avatars/%E5%BC%A0%201.png");
//! assert_ne!(storage.save("avatars/张 1.png", "…").await?, name);
//! # Ok(())
//! # }
//! ```

mod local;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use nuages_wire::filenames::{
    AvailableName, RANDOM_LENGTH, SuspiciousFileName, safe_join, validate_file_name,
};
use nuages_wire::percent::filepath_to_uri;
use tokio::io::{AsyncRead, AsyncWriteExt};

use crate::error::{Error, Result};
use crate::time::{ALPHANUMERIC, Random};

/// How many taken names are tried before [`Storage::save`] gives up; with seven random characters each it never does.
const MAX_NAMES: usize = 100;

/// A place for files. Cloning is cheap.
#[derive(Clone)]
pub struct Storage {
    place: Arc<Place>,
}

struct Place {
    root: PathBuf,
    base_url: String,
    random: Random,
}

/// What is to be stored.
#[derive(Debug, Clone)]
pub enum Content {
    /// These bytes.
    Bytes(Bytes),
    /// The file at this path, which is moved away from there. Within one file system nothing is copied.
    File(PathBuf),
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<&'static [u8]> for Content {
    fn from(bytes: &'static [u8]) -> Self {
        Self::Bytes(Bytes::from_static(bytes))
    }
}

impl From<&'static str> for Content {
    fn from(text: &'static str) -> Self {
        Self::Bytes(Bytes::from_static(text.as_bytes()))
    }
}

impl From<PathBuf> for Content {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

/// What is in a folder, each sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Names of the folders in it.
    pub directories: Vec<String>,
    /// Names of the files in it.
    pub files: Vec<String>,
}

impl Storage {
    /// Files under the folder `root` (`MEDIA_ROOT`), which is made when the first one is saved; they are served under
    /// `base_url` (`MEDIA_URL`).
    pub fn local(root: impl Into<PathBuf>, base_url: impl Into<String>) -> Self {
        let mut base_url = base_url.into();
        if !base_url.ends_with('/') {
            base_url.push('/');
        }
        let root = root.into();
        let root = std::path::absolute(&root).unwrap_or(root);
        Self { place: Arc::new(Place { root, base_url, random: Random::os() }) }
    }

    /// Stores `content` under `name` or, if that is taken, one like it; answers the name it has.
    ///
    /// # Errors
    /// A bad request for a name that leads out of the folder or that the file system refuses.
    pub async fn save(&self, name: &str, content: impl Into<Content>) -> Result<String> {
        self.save_within(name, content, None).await
    }

    /// As [`Storage::save`] with a name of at most `max_length` characters, the folders included: a longer one is cut
    /// before its suffixes.
    ///
    /// # Errors
    /// As [`Storage::save`], and a bad request when nothing would be left of the name.
    pub async fn save_within(
        &self,
        name: &str,
        content: impl Into<Content>,
        max_length: Option<usize>,
    ) -> Result<String> {
        validate_file_name(name, true).map_err(suspicious)?;
        let mut available = AvailableName::new(name, max_length).map_err(suspicious)?;
        let (place, content) = (Arc::clone(&self.place), content.into());
        blocking(move || {
            for _ in 0..MAX_NAMES {
                if !available.is_too_long() {
                    let name = relative(available.name())?;
                    match local::create(&place.root, &place.root.join(&name), &content) {
                        Ok(()) => return Ok(name),
                        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                        Err(error) => return Err(failed(error)),
                    }
                }
                available
                    .alternative(&place.random.string(RANDOM_LENGTH, ALPHANUMERIC)?)
                    .map_err(suspicious)?;
            }
            Err(Error::unavailable("no free name for a file was found"))
        })
        .await
    }

    /// As [`Storage::save`] with what `reader` gives, never all of it in memory. The file appears under its name once it
    /// is whole.
    ///
    /// # Errors
    /// As [`Storage::save`], and what `reader` fails with.
    pub async fn save_reader(&self, name: &str, mut reader: impl AsyncRead + Unpin) -> Result<String> {
        validate_file_name(name, true).map_err(suspicious)?;
        let place = Arc::clone(&self.place);
        let temporary = blocking(move || local::temporary(&place.root).map_err(failed)).await?;
        let (file, path) = temporary.into_parts();
        let mut file = tokio::fs::File::from_std(file);
        tokio::io::copy(&mut reader, &mut file).await.map_err(failed)?;
        file.flush().await.map_err(failed)?;
        self.save(name, path.to_path_buf()).await
    }

    /// The whole of the file.
    ///
    /// # Errors
    /// Not found when there is no such file; a bad request for a name that leads out of the folder.
    pub async fn open(&self, name: &str) -> Result<Bytes> {
        let path = self.path(name)?;
        blocking(move || std::fs::read(path).map(Bytes::from).map_err(failed)).await
    }

    /// Removes the file, or the folder if it is empty; nothing when there is none.
    ///
    /// # Errors
    /// When it cannot be removed; a bad request for no name and for one that leads out of the folder.
    pub async fn delete(&self, name: &str) -> Result<()> {
        if name.is_empty() {
            return Err(Error::bad_request("a file's name must be given to delete it"));
        }
        let path = self.path(name)?;
        if path == self.place.root {
            return Err(Error::bad_request("a storage cannot delete its own folder"));
        }
        blocking(move || local::delete(&path).map_err(failed)).await
    }

    /// Whether there is a file or folder of this name.
    ///
    /// # Errors
    /// When it cannot be found out; a bad request for a name that leads out of the folder.
    pub async fn exists(&self, name: &str) -> Result<bool> {
        let path = self.path(name)?;
        blocking(move || local::exists(&path).map_err(failed)).await
    }

    /// How many bytes the file has.
    ///
    /// # Errors
    /// As [`Storage::open`].
    pub async fn size(&self, name: &str) -> Result<u64> {
        let path = self.path(name)?;
        blocking(move || std::fs::metadata(path).map(|about| about.len()).map_err(failed)).await
    }

    /// What is in the folder `path`; `""` is the storage's own.
    ///
    /// # Errors
    /// As [`Storage::open`].
    pub async fn list(&self, path: &str) -> Result<Listing> {
        let path = self.path(path)?;
        blocking(move || local::list(&path).map_err(failed)).await
    }

    /// Where a browser finds the file: `MEDIA_URL` and the name, percent-encoded.
    pub fn url(&self, name: &str) -> String {
        format!("{}{}", self.place.base_url, filepath_to_uri(name).trim_start_matches('/'))
    }

    /// Where the file is on this machine.
    ///
    /// # Errors
    /// A bad request for a name that leads out of the folder.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        Ok(self.place.root.join(relative(name)?))
    }

    /// The folder that the files are in.
    pub fn root(&self) -> &Path {
        &self.place.root
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { root, base_url, .. } = &*self.place;
        f.debug_struct("Storage").field("root", root).field("base_url", base_url).finish_non_exhaustive()
    }
}

/// The name without `.` and `..` and double slashes, which never begins above the storage's folder.
fn relative(name: &str) -> Result<String> {
    const BASE: &str = "/storage";
    if name.starts_with('/') {
        return Err(suspicious(SuspiciousFileName::Traversal));
    }
    let path = safe_join(BASE, &[name]).map_err(suspicious)?;
    Ok(path[BASE.len()..].trim_start_matches('/').to_owned())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

fn suspicious(error: SuspiciousFileName) -> Error {
    Error::bad_request("this name of a file is not allowed").with_source(error)
}

/// A name that the file system cannot hold is the client's fault; the rest is ours.
fn failed(error: io::Error) -> Error {
    use io::ErrorKind::{InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound, StorageFull};
    let kind = error.kind();
    let known = match kind {
        NotFound => Error::not_found("there is no such file"),
        InvalidFilename | InvalidInput | IsADirectory | NotADirectory => {
            Error::bad_request("no file can have this name")
        }
        StorageFull => Error::unavailable("there is no room for the file"),
        _ => return Error::internal(error),
    };
    known.with_source(error)
}
