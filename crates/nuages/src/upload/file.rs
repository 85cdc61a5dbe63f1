//! One uploaded file (`UploadedFile`): small requests keep theirs in memory, large ones in temporary files.

use std::fmt;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tempfile::{NamedTempFile, TempPath};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use crate::error::{Error, Result};
use crate::storage;

/// A file that came with a form. Clones share it; the temporary file goes with the last of them.
#[derive(Debug, Clone)]
pub struct UploadedFile {
    /// The client's name for it, without folders and at most 255 characters. Store it under one of your own.
    pub name: String,
    /// The type that the client states, in lower case; empty when it states none. It proves nothing.
    pub content_type: String,
    /// The `charset` that the client states.
    pub charset: Option<String>,
    /// Bytes.
    pub size: u64,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Memory(Bytes),
    Disk(Arc<TempPath>),
}

impl UploadedFile {
    /// A file in memory, such as a test sends.
    pub fn in_memory(
        name: impl Into<String>,
        content_type: impl Into<String>,
        bytes: impl Into<Bytes>,
    ) -> Self {
        let bytes = bytes.into();
        Self {
            name: name.into(),
            content_type: content_type.into(),
            charset: None,
            size: bytes.len() as u64,
            content: Content::Memory(bytes),
        }
    }

    /// The whole content, for a file that may weigh `limit` bytes at most.
    ///
    /// # Errors
    /// 413 for a heavier one; a failure of the disk.
    pub async fn bytes(&self, limit: u64) -> Result<Bytes> {
        if self.size > limit {
            return Err(Error::too_large(format!("The file is over {limit} bytes.")));
        }
        match &self.content {
            Content::Memory(bytes) => Ok(bytes.clone()),
            Content::Disk(path) => tokio::fs::read(&**path).await.map(Bytes::from).map_err(Error::internal),
        }
    }

    /// The content as a stream, from its beginning.
    ///
    /// # Errors
    /// A failure of the disk.
    pub async fn open(&self) -> Result<Box<dyn AsyncRead + Send + Unpin>> {
        match &self.content {
            Content::Memory(bytes) => Ok(Box::new(Cursor::new(bytes.clone()))),
            Content::Disk(path) => Ok(Box::new(File::open(&**path).await.map_err(Error::internal)?)),
        }
    }

    /// The first bytes, at most `length` of them: enough to tell what kind of file it is.
    ///
    /// # Errors
    /// A failure of the disk.
    pub async fn head(&self, length: usize) -> Result<Bytes> {
        let mut head = Vec::new();
        self.open().await?.take(length as u64).read_to_end(&mut head).await.map_err(Error::internal)?;
        Ok(head.into())
    }

    /// The content for [`Storage::save`](crate::storage::Storage::save), which moves a temporary file away instead
    /// of copying it: the last thing to do with a file, while the form is still there.
    pub fn content(&self) -> storage::Content {
        match &self.content {
            Content::Memory(bytes) => bytes.clone().into(),
            Content::Disk(path) => path.to_path_buf().into(),
        }
    }

    /// Where a file on disk lies (`temporary_file_path`).
    pub fn temporary_path(&self) -> Option<&Path> {
        match &self.content {
            Content::Memory(_) => None,
            Content::Disk(path) => Some(path),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(bytes) => write!(f, "Memory({})", bytes.len()),
            Self::Disk(path) => write!(f, "Disk({})", path.display()),
        }
    }
}

/// A file that is being received.
pub(super) struct Receiving {
    head: nuages_wire::multipart::FileHead,
    size: u64,
    target: Target,
}

enum Target {
    Memory(BytesMut),
    Disk(File, TempPath),
}

impl Receiving {
    pub(super) fn new(head: nuages_wire::multipart::FileHead) -> Self {
        Self { head, size: 0, target: Target::Memory(BytesMut::new()) }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.size += bytes.len() as u64;
        match &mut self.target {
            Target::Memory(memory) => {
                memory.extend_from_slice(bytes);
                Ok(())
            }
            Target::Disk(file, _) => file.write_all(bytes).await,
        }
    }

    /// Moves what has come, and what will, to a temporary file in `folder`.
    pub(super) async fn spill(&mut self, folder: Option<&Path>) -> std::io::Result<()> {
        let Target::Memory(memory) = &self.target else { return Ok(()) };
        let folder = folder.map(Path::to_owned);
        let made = tokio::task::spawn_blocking(move || {
            let mut builder = tempfile::Builder::new();
            builder.suffix(".upload");
            folder.map_or_else(|| builder.tempfile(), |folder| builder.tempfile_in(folder))
        });
        let (file, path) = NamedTempFile::into_parts(made.await??);
        let mut file = File::from_std(file);
        file.write_all(memory).await?;
        self.target = Target::Disk(file, path);
        Ok(())
    }

    pub(super) fn is_in_memory(&self) -> bool {
        matches!(self.target, Target::Memory(_))
    }

    pub(super) async fn finish(self) -> std::io::Result<(String, UploadedFile)> {
        let content = match self.target {
            Target::Memory(memory) => Content::Memory(memory.freeze()),
            Target::Disk(mut file, path) => {
                file.flush().await?;
                Content::Disk(Arc::new(path))
            }
        };
        let head = self.head;
        let file = UploadedFile {
            name: head.name,
            content_type: head.content_type,
            charset: head.charset,
            size: self.size,
            content,
        };
        Ok((head.field, file))
    }
}
