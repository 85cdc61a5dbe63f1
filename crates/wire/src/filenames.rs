//! Names of files: what a browser sends, what a storage keeps.
//!
//! Equals `django.utils.text.get_valid_filename`, `django.core.files.utils.validate_file_name`,
//! `Storage.generate_filename` and `get_available_name`, `django.utils._os.safe_join`,
//! `UploadedFile.name` and `django.utils.http.content_disposition_header`. A name that is taken gets
//! seven random characters before all its suffixes: `a.tar.gz` becomes `a_YAgBUa9.tar.gz`. Lengths
//! count characters. Nothing here touches a disk.
//!
//! ```
//! use nuages_wire::filenames::{AvailableName, get_valid_filename};
//!
//! assert_eq!(get_valid_filename("john's portrait in 2004.jpg")?, "johns_portrait_in_2004.jpg");
//!
//! let mut name = AvailableName::new("photos/a.tar.gz", None)?;
//! if name.is_too_long() || name.name() == "photos/a.tar.gz" {
//!     name.alternative("YAgBUa9")?; // the storage has that file already
//! }
//! assert_eq!(name.name(), "photos/a_YAgBUa9.tar.gz");
//! # Ok::<(), nuages_wire::filenames::SuspiciousFileName>(())
//! ```

use std::fmt;

use crate::percent::quote;
use crate::python::{is_word, strip};

mod paths;
mod upload;

pub use paths::safe_join;
pub(crate) use upload::sanitize_file_name;
pub use upload::uploaded_name;

use paths::{basename, has_parent, join, normalize, split, suffixes};

/// How many random characters [`AvailableName::alternative`] takes.
pub const RANDOM_LENGTH: usize = 7;

/// Why a name is refused; Django raises `SuspiciousFileOperation`, a 400, for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SuspiciousFileName {
    /// Nothing is left of the name, or `.` or `..`.
    Empty,
    /// The name leads out of its folder.
    Traversal,
    /// The name has a folder where none is allowed.
    HasFolder,
    /// No name of the allowed length is left.
    TooLong,
}

/// A name as users may see it: spaces become underscores, and only letters, numbers, `_`, `-` and `.`
/// stay (`django.utils.text.get_valid_filename`).
///
/// # Errors
/// [`SuspiciousFileName::Empty`].
pub fn get_valid_filename(name: &str) -> Result<String, SuspiciousFileName> {
    let name: String = strip(name)
        .chars()
        .map(|c| if c == ' ' { '_' } else { c })
        .filter(|c| is_word(*c) || matches!(c, '-' | '.'))
        .collect();
    if matches!(name.as_str(), "" | "." | "..") { Err(SuspiciousFileName::Empty) } else { Ok(name) }
}

/// The name under which a storage keeps `name`, which may have folders (`Storage.generate_filename`).
///
/// # Errors
/// [`SuspiciousFileName`], when a folder is `..` or nothing is left of the file's own name.
pub fn generate_filename(name: &str) -> Result<String, SuspiciousFileName> {
    let name = name.replace('\\', "/");
    let (folder, file) = split(&name);
    if has_parent(folder) {
        return Err(SuspiciousFileName::Traversal);
    }
    Ok(normalize(&join(folder, &get_valid_filename(file)?)))
}

/// Refuses a name that a storage should not write (`django.core.files.utils.validate_file_name`).
///
/// # Errors
/// [`SuspiciousFileName`] names what is wrong.
pub fn validate_file_name(name: &str, allow_relative_path: bool) -> Result<(), SuspiciousFileName> {
    if matches!(basename(name), "" | "." | "..") {
        return Err(SuspiciousFileName::Empty);
    }
    if !allow_relative_path {
        return if name.contains('/') { Err(SuspiciousFileName::HasFolder) } else { Ok(()) };
    }
    let name = name.replace('\\', "/");
    if name.starts_with('/') || has_parent(&name) { Err(SuspiciousFileName::Traversal) } else { Ok(()) }
}

/// The names to try, one after the other, until a storage has a free one
/// (`Storage.get_available_name`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvailableName {
    folder: String,
    root: String,
    suffixes: String,
    name: String,
    max_length: Option<usize>,
}

impl AvailableName {
    /// Begins with the name itself; `max_length` counts the folder too.
    ///
    /// # Errors
    /// [`SuspiciousFileName`] when a folder is `..` or the file has no name.
    pub fn new(name: &str, max_length: Option<usize>) -> Result<Self, SuspiciousFileName> {
        let name = name.replace('\\', "/");
        let (folder, file) = split(&name);
        if has_parent(folder) {
            return Err(SuspiciousFileName::Traversal);
        }
        validate_file_name(file, false)?;
        let suffixes = suffixes(file);
        let root = file.strip_suffix(suffixes).unwrap_or(file);
        Ok(AvailableName {
            folder: folder.to_owned(),
            root: root.to_owned(),
            suffixes: suffixes.to_owned(),
            max_length,
            name,
        })
    }

    /// The name to try now.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the name is longer than allowed, so that [`alternative`](Self::alternative) comes next
    /// even when the storage has no such file.
    pub fn is_too_long(&self) -> bool {
        self.max_length.is_some_and(|limit| self.name.chars().count() > limit)
    }

    /// Goes on to the next name, with `random`: [`RANDOM_LENGTH`] letters and digits.
    ///
    /// # Errors
    /// [`SuspiciousFileName::TooLong`] when nothing is left of the file's own name.
    pub fn alternative(&mut self, random: &str) -> Result<(), SuspiciousFileName> {
        self.name = self.with(random);
        let Some(limit) = self.max_length else { return Ok(()) };
        let excess = self.name.chars().count().saturating_sub(limit);
        if excess > 0 {
            let kept = self.root.chars().count().saturating_sub(excess);
            self.root = self.root.chars().take(kept).collect();
            if self.root.is_empty() {
                return Err(SuspiciousFileName::TooLong);
            }
            self.name = self.with(random);
        }
        Ok(())
    }

    fn with(&self, random: &str) -> String {
        join(&self.folder, &format!("{}_{random}{}", self.root, self.suffixes))
    }
}

/// A `Content-Disposition` header (`django.utils.http.content_disposition_header`); nothing for an
/// inline answer without a name. A line break never stands in it raw, as it does in Django when it ends the
/// name.
pub fn content_disposition(as_attachment: bool, filename: Option<&str>) -> Option<String> {
    let disposition = if as_attachment { "attachment" } else { "inline" };
    let Some(filename) = filename.filter(|name| !name.is_empty()) else {
        return as_attachment.then(|| disposition.to_owned());
    };
    if filename.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
        let escaped = filename.replace('\\', "\\\\").replace('"', "\\\"");
        return Some(format!("{disposition}; filename=\"{escaped}\""));
    }
    Some(format!("{disposition}; filename*=utf-8''{}", quote(filename, "/")))
}

impl fmt::Display for SuspiciousFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SuspiciousFileName::Empty => "no file name is left",
            SuspiciousFileName::Traversal => "the file name leads out of its folder",
            SuspiciousFileName::HasFolder => "the file name has a folder",
            SuspiciousFileName::TooLong => "no file name of the allowed length is left",
        })
    }
}

impl std::error::Error for SuspiciousFileName {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn combining_marks_are_no_word_characters_to_python() {
        assert_eq!(get_valid_filename("हिन्दी (1).txt").as_deref(), Ok("हनद_1.txt"));
        assert_eq!(get_valid_filename("..").err(), Some(SuspiciousFileName::Empty));
    }

    #[test]
    fn random_characters_stand_before_all_suffixes() {
        let alternative = |name| {
            let mut name = AvailableName::new(name, None).ok()?;
            name.alternative("XXXXXXX").ok()?;
            Some(name.name)
        };
        assert_eq!(alternative("v1.2 final.txt").as_deref(), Some("v1_XXXXXXX.2 final.txt"));
        assert_eq!(alternative(".hid").as_deref(), Some(".hid_XXXXXXX"));
        assert_eq!(alternative("a/b.").as_deref(), Some("a/b._XXXXXXX"));
    }

    #[test]
    fn a_backslash_is_a_folder_to_a_storage() {
        assert_eq!(generate_filename("..\\x").err(), Some(SuspiciousFileName::Traversal));
        assert_eq!(generate_filename("a\\b c.txt").as_deref(), Ok("a/b_c.txt"));
    }

    proptest! {
        #[test]
        fn no_generated_name_leaves_its_folder(name in "([./\\\\a é]|.)*") {
            if let Ok(name) = generate_filename(&name) {
                prop_assert!(!has_parent(&name));
            }
            if let Ok(path) = safe_join("/srv", &[&name]) {
                prop_assert!(path == "/srv" || path.starts_with("/srv/"));
            }
            let _ = uploaded_name(&name);
        }

        #[test]
        fn an_alternative_is_never_too_long(name in "[a.é]{1,40}", limit in 0usize..40) {
            if let Ok(mut name) = AvailableName::new(&name, Some(limit))
                && name.alternative("1234567").is_ok()
            {
                prop_assert!(!name.is_too_long());
            }
        }
    }
}
