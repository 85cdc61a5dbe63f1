//! Where templates come from: the binary itself, or a folder that overrides it.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind::NotFound, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::error::{ErrorKind, TemplateError};

/// The longest template file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// Answers the source of a template by its name.
pub type FindSource = Arc<dyn Fn(&str) -> Option<Cow<'static, str>> + Send + Sync>;

/// A place that templates are loaded from.
#[derive(Clone)]
#[non_exhaustive]
pub enum Loader {
    /// Names and sources in the binary.
    Embedded(&'static [(&'static str, &'static str)]),
    /// A function from a name to a source.
    Function(FindSource),
    /// A folder.
    Directory(PathBuf),
}

/// What a file looked like when it was compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Fixed,
    File { modified: Option<SystemTime>, length: u64 },
}

impl Loader {
    /// Reads a template; `None` if it is not here.
    pub(crate) fn load(&self, name: &str) -> Result<Option<(Cow<'static, str>, Source)>, TemplateError> {
        let fixed = |text| (text, Source::Fixed);
        match self {
            Self::Embedded(templates) => Ok(templates
                .iter()
                .find(|(have, _)| *have == name)
                .map(|(_, text)| fixed(Cow::Borrowed(*text)))),
            Self::Function(find) => Ok(find(name).map(fixed)),
            Self::Directory(folder) => {
                let Some(path) = confine(folder, name) else { return Ok(None) };
                read(&path).map_err(|error| ErrorKind::Io(format!("{}: {error}", path.display())).into())
            }
        }
    }

    /// Whether the template is still what was compiled.
    pub(crate) fn is_current(&self, name: &str, source: &Source) -> bool {
        match self {
            Self::Directory(folder) => confine(folder, name)
                .and_then(|path| fs::metadata(path).ok())
                .is_some_and(|data| Source::of(&data) == *source),
            _ => true,
        }
    }

    /// The names of the embedded templates.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Embedded(templates) => templates.iter().map(|(name, _)| (*name).to_owned()).collect(),
            _ => Vec::new(),
        }
    }
}

impl Source {
    fn of(data: &fs::Metadata) -> Self {
        Self::File { modified: data.modified().ok(), length: data.len() }
    }
}

/// The path of `name` in `folder`, if it does not lead out of it.
fn confine(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = name
        .split('/')
        .all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0', ':']));
    plain.then(|| folder.join(name))
}

fn read(path: &Path) -> io::Result<Option<(Cow<'static, str>, Source)>> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let data = file.metadata()?;
    if !data.is_file() {
        return Ok(None);
    }
    if data.len() > MAX_FILE {
        return Err(io::Error::other("larger than a template may be"));
    }
    let mut text = String::new();
    file.by_ref().take(MAX_FILE).read_to_string(&mut text)?;
    Ok(Some((Cow::Owned(text), Source::of(&data))))
}

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(templates) => write!(f, "Embedded({} templates)", templates.len()),
            Self::Function(_) => f.write_str("Function"),
            Self::Directory(folder) => f.debug_tuple("Directory").field(folder).finish(),
        }
    }
}
