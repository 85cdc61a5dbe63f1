//! The names that browsers send.

use super::paths::{basename, split_suffix};
use super::{SuspiciousFileName, validate_file_name};
use crate::html::unescape;
use crate::python::is_printable;

/// The longest name of an uploaded file, in characters.
const MAX_LENGTH: usize = 255;

/// The name of an uploaded file (`UploadedFile.name`): what follows the last `/`, its stem cut so that
/// 255 characters remain.
///
/// # Errors
/// [`SuspiciousFileName::Empty`].
pub fn uploaded_name(name: &str) -> Result<String, SuspiciousFileName> {
    let mut name = basename(name).to_owned();
    if name.chars().count() > MAX_LENGTH {
        let (stem, suffix) = split_suffix(&name);
        let suffix: String = suffix.chars().take(MAX_LENGTH).collect();
        let kept = MAX_LENGTH - suffix.chars().count();
        name = stem.chars().take(kept).collect::<String>() + &suffix;
    }
    validate_file_name(&name, false)?;
    Ok(name)
}

/// The `filename` parameter of a part without folders and unprintable characters, or nothing
/// (`MultiPartParser.sanitize_file_name`).
pub(crate) fn sanitize_file_name(name: &str) -> Option<String> {
    let name = unescape(name);
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| is_printable(*c)).collect();
    (!matches!(name.as_str(), "" | "." | "..")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_unprintable_characters_go() {
        assert_eq!(sanitize_file_name("C:\\a/b\\c\u{202e}.txt").as_deref(), Some("c.txt"));
        assert_eq!(sanitize_file_name("a&sol;b").as_deref(), Some("b"));
        assert_eq!(sanitize_file_name("a/.."), None);
    }
}
