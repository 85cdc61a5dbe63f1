//! Python's `posixpath` and `PurePosixPath`, on text.

use super::SuspiciousFileName;

/// Joins `paths` to `base`, an absolute path, and refuses a result outside it
/// (`django.utils._os.safe_join`). Symbolic links are not looked at.
///
/// # Errors
/// [`SuspiciousFileName::Traversal`].
pub fn safe_join(base: &str, paths: &[&str]) -> Result<String, SuspiciousFileName> {
    let joined = paths.iter().fold(base.to_owned(), |path, next| join(&path, next));
    let (path, base) = (normalize(&joined), normalize(base));
    let within =
        path == base || base == "/" || path.strip_prefix(&base).is_some_and(|rest| rest.starts_with('/'));
    if within { Ok(path) } else { Err(SuspiciousFileName::Traversal) }
}

/// `os.path.join` of two.
pub(super) fn join(folder: &str, file: &str) -> String {
    match folder {
        _ if file.starts_with('/') => file.to_owned(),
        _ if folder.is_empty() || folder.ends_with('/') => format!("{folder}{file}"),
        _ => format!("{folder}/{file}"),
    }
}

/// `os.path.split`.
pub(super) fn split(path: &str) -> (&str, &str) {
    let (folder, file) = path.split_at(path.rfind('/').map_or(0, |place| place + 1));
    let trimmed = folder.trim_end_matches('/');
    (if trimmed.is_empty() { folder } else { trimmed }, file)
}

/// `os.path.basename`.
pub(super) fn basename(path: &str) -> &str {
    split(path).1
}

/// Whether `..` is among the parts of a `PurePosixPath`.
pub(super) fn has_parent(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}

/// `os.path.normpath`.
pub(super) fn normalize(path: &str) -> String {
    // POSIX leaves the meaning of two slashes open, so Python keeps exactly two.
    let root = match path {
        _ if path.starts_with("//") && !path.starts_with("///") => "//",
        _ if path.starts_with('/') => "/",
        _ => "",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_none_or(|last| *last == "..") => {
                if root.is_empty() {
                    parts.push(part);
                }
            }
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let path = format!("{root}{}", parts.join("/"));
    if path.is_empty() { ".".to_owned() } else { path }
}

/// All suffixes of a file's own name, `.tar.gz` (`PurePosixPath.suffixes`).
pub(super) fn suffixes(file: &str) -> &str {
    if file.ends_with('.') {
        return "";
    }
    let start = file.len() - file.trim_start_matches('.').len();
    file[start..].find('.').map_or("", |place| &file[start + place..])
}

/// The stem and the last suffix of a path, `.gz` (`os.path.splitext`).
pub(super) fn split_suffix(file: &str) -> (&str, &str) {
    let start = file.len() - file.trim_start_matches('.').len();
    match file[start..].rfind('.') {
        Some(place) => file.split_at(start + place),
        None => (file, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_as_python_does() {
        for (path, normal) in
            [("", "."), ("//a/../..", "//"), ("///a", "/a"), ("a/../..", ".."), ("../a/./b//", "../a/b")]
        {
            assert_eq!(normalize(path), normal, "{path}");
        }
    }

    #[test]
    fn a_dotted_name_has_no_suffix() {
        assert_eq!((suffixes("..a.b.c"), suffixes(".a"), suffixes("a.b.")), (".b.c", "", ""));
        assert_eq!(split_suffix("..a.b"), ("..a", ".b"));
    }
}
