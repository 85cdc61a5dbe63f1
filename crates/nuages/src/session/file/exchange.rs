//! Puts a file in the place of another, and finds out which one it replaced.
//!
//! Django stores a session by moving a file over it, and asks for no lock: between a look at the place and a move to it
//! Django can be faster, and what it wrote would be gone. When the two files change places, what was there is still to be
//! had; if it is not what was expected, it goes back.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::session::store::Swap;

/// So often may somebody else write while a file goes back to its place.
const MAX_RETURNS: usize = 100;

/// Puts `temporary`, which holds `data`, in the place of the file at `path`, if that holds `loaded`.
pub(super) fn replace(temporary: NamedTempFile, path: &Path, loaded: &[u8], data: &[u8]) -> io::Result<Swap> {
    match exchange(temporary.path(), path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Swap::Gone),
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
            return temporary.persist(path).map(|_| Swap::Done).map_err(|error| error.error);
        }
        Err(error) => return Err(error),
    }
    let beside = temporary.into_temp_path();
    let mut newest = fs::read(&beside)?;
    if newest == loaded {
        return Ok(Swap::Done);
    }
    let mut placed = data.to_owned();
    for _ in 0..MAX_RETURNS {
        match exchange(&beside, path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Swap::Gone),
            exchanged => exchanged?,
        }
        let taken = fs::read(&beside)?;
        if taken == placed {
            return Ok(Swap::Changed(newest.into()));
        }
        placed = std::mem::replace(&mut newest, taken);
    }
    Err(io::Error::new(ErrorKind::ResourceBusy, "a session's file changes all the time"))
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};

    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;

    use super::*;

    fn replaced(there: Option<&str>) -> (Swap, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session");
        if let Some(there) = there {
            fs::write(&path, there).unwrap();
        }
        let mut temporary = NamedTempFile::new_in(&folder).unwrap();
        temporary.write_all(b"ours").unwrap();
        let swap = replace(temporary, &path, b"loaded", b"ours").unwrap();
        let files = fs::read_dir(&folder).unwrap().count();
        assert_eq!(files, usize::from(there.is_some()), "nothing stays beside it");
        (swap, fs::read_to_string(path).ok())
    }

    #[test]
    fn what_was_expected_is_replaced_and_what_was_not_goes_back() {
        assert_eq!(replaced(Some("loaded")), (Swap::Done, Some("ours".into())));
        assert_eq!(replaced(Some("Django's")), (Swap::Changed("Django's".into()), Some("Django's".into())));
        assert_eq!(replaced(None), (Swap::Gone, None));
    }
}
