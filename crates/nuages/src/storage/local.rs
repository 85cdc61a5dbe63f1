//! The calls to the file system, each of which may block.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::{Content, Listing};

/// Makes the file `path`, which must not be there (`AlreadyExists` if it is), and the folders that it needs.
pub(super) fn create(root: &Path, path: &Path, content: &Content) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        make_folders(folder)?;
    }
    match content {
        Content::Bytes(bytes) => write_new(path, |file| file.write_all(bytes))?,
        Content::File(source) => move_new(source, path)?,
    }
    give_rights(root, path)
}

/// A file in `root` that is gone when it is dropped.
pub(super) fn temporary(root: &Path) -> io::Result<NamedTempFile> {
    make_folders(root)?;
    tempfile::Builder::new().prefix(".upload-").tempfile_in(root)
}

pub(super) fn delete(path: &Path) -> io::Result<()> {
    let deleted = match fs::symlink_metadata(path) {
        Ok(about) if about.is_dir() => fs::remove_dir(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match deleted {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        deleted => deleted,
    }
}

/// A link that leads nowhere is there (`os.path.lexists`).
pub(super) fn exists(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(super) fn list(path: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // As `os.DirEntry.is_dir`, which follows a link.
        let is_folder = fs::metadata(entry.path()).is_ok_and(|about| about.is_dir());
        if is_folder { listing.directories.push(name) } else { listing.files.push(name) }
    }
    listing.directories.sort();
    listing.files.sort();
    Ok(listing)
}

/// "There is a file where a folder is needed" must not be taken for "the name is taken".
fn make_folders(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => io::Error::from(ErrorKind::NotADirectory),
        _ => error,
    })
}

/// Half a file is removed again.
fn write_new(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    write(&mut file).inspect_err(|_| drop(fs::remove_file(path)))
}

/// A hard link never replaces what is there, as a rename would.
fn move_new(source: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(source, path) {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {
            return Err(error);
        }
        // Another file system, or one without links.
        Err(_) => write_new(path, |file| io::copy(&mut File::open(source)?, file).map(drop))?,
    }
    fs::remove_file(source)
}

/// `FILE_UPLOAD_PERMISSIONS` and the group of the storage's folder, where the process may give it.
#[cfg(unix)]
fn give_rights(root: &Path, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    fs::set_permissions(path, fs::Permissions::from_mode(0o644))?;
    let group = fs::metadata(root)?.gid();
    if fs::metadata(path)?.gid() == group {
        return Ok(());
    }
    match chown(path, None, Some(group)) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        changed => changed,
    }
}

#[cfg(not(unix))]
fn give_rights(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}
