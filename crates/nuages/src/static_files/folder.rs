//! A file in a folder, read piece by piece.

use std::io::{ErrorKind, Result};
use std::path::Path;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream::try_unfold;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use super::{Found, seconds};

const PIECE: usize = 64 << 10;

/// The regular file at `path`, which is known not to lead out of the folder.
pub(super) async fn find(folder: &Path, path: &str) -> Result<Option<Found>> {
    let file = match File::open(folder.join(path)).await {
        Ok(file) => file,
        Err(error) if is_absence(error.kind()) => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata().await?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let length = metadata.len();
    let modified = metadata.modified().ok();
    let age = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    Ok(Some(Found {
        body: stream(file, length),
        length,
        // A file that changes twice within its clock's tick and keeps its length has to be written elsewhere and
        // renamed, as the storage does.
        etag: format!("\"{:x}-{length:x}\"", age.as_nanos()),
        modified: modified.and_then(seconds),
    }))
}

/// The first `length` bytes: a file that grows meanwhile must not outgrow its Content-Length.
fn stream(file: File, length: u64) -> Body {
    Body::from_stream(try_unfold(file.take(length), |mut file| async move {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        std::io::Result::Ok((read > 0).then(|| (Bytes::from(piece), file)))
    }))
}

fn is_absence(kind: ErrorKind) -> bool {
    use ErrorKind::{InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied};
    matches!(
        kind,
        NotFound | NotADirectory | IsADirectory | InvalidInput | InvalidFilename | PermissionDenied
    )
}
