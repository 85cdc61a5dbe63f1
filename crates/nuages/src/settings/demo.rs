//! The site of someone who configured nothing: DEBUG on, and a secret key made once and kept beside the database,
//! so that a second start keeps every login.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{ResourceUrl, SecretKey, Settings};
use crate::error::{Error, Result};
use crate::time::{ALPHANUMERIC, Random};

const SECRET_KEY_FILE: &str = "secret_key";
const SECRET_KEY_LENGTH: usize = 64;

impl Settings {
    /// A demo that keeps its database, secret key and media in `directory`, which is made when it is not there.
    ///
    /// # Errors
    /// When the folder or the key cannot be written.
    pub fn demo(directory: impl AsRef<Path>) -> Result<Self> {
        settings(Self::default(), directory.as_ref())
    }
}

/// The application's defaults as a demo in `directory`.
pub(super) fn settings(defaults: Settings, directory: &Path) -> Result<Settings> {
    let database = directory.join("db.sqlite3");
    let database_url = ResourceUrl::trusted(format!("sqlite:///{}", database.display()));
    Ok(Settings {
        debug: true,
        demo: true,
        secret_key: kept_secret_key(&database_url)?,
        database_url,
        media_root: directory.join("media"),
        ..defaults
    })
}

/// The key kept beside the database, made on the first call.
pub(super) fn kept_secret_key(database_url: &ResourceUrl) -> Result<SecretKey> {
    let file = folder_of(database_url).join(SECRET_KEY_FILE);
    read_or_make(&file).map_err(|error| {
        let name = file.display();
        Error::configuration(format!("SECRET_KEY: {name} cannot be read or made; set NUAGES_SECRET_KEY"))
            .with_source(error)
    })
}

/// The folder of an SQLite file; another database keeps its key in `data`.
fn folder_of(database_url: &ResourceUrl) -> PathBuf {
    let file = database_url.as_str().strip_prefix("sqlite:///").filter(|file| !file.starts_with(':'));
    match file.map(|file| Path::new(file.split_once('?').map_or(file, |(file, _)| file))) {
        Some(file) => file.parent().map(Path::to_owned).unwrap_or_default(),
        None => "data".into(),
    }
}

fn read_or_make(file: &Path) -> Result<SecretKey, crate::error::BoxError> {
    if let Some(key) = read(file)? {
        return Ok(key);
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let key = Random::os().string(SECRET_KEY_LENGTH, ALPHANUMERIC)?;
    // Written whole under another name first: of two first starts at once, both end with the same key.
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut written = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(written, "{key}")?;
    match written.persist_noclobber(file) {
        Ok(_) => Ok(SecretKey::new(key)),
        Err(lost) => read(file)?.ok_or_else(|| lost.error.into()),
    }
}

fn read(file: &Path) -> std::io::Result<Option<SecretKey>> {
    match std::fs::read_to_string(file) {
        Ok(text) if text.trim().len() >= SECRET_KEY_LENGTH => Ok(Some(SecretKey::new(text.trim()))),
        Ok(_) => Err(std::io::Error::other("the file holds no key; delete it to have one made")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_key_is_made_once_and_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        let first = Settings::demo(&site).unwrap();
        assert_eq!(first.secret_key, Settings::demo(&site).unwrap().secret_key);
        assert!(first.debug && first.demo && first.validate().is_ok());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(site.join("secret_key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(site.join("secret_key"), "").unwrap();
        assert!(Settings::demo(&site).is_err());
    }

    #[test]
    fn an_absolute_folder_gives_four_slashes() {
        let settings = settings(Settings { secret_key: SecretKey::new("k"), ..Settings::default() }, &{
            let folder = tempfile::tempdir().unwrap();
            folder.keep()
        });
        let url = settings.unwrap().database_url;
        assert!(url.as_str().starts_with("sqlite:////"));
        std::fs::remove_dir_all(folder_of(&url)).unwrap();
    }

    #[test]
    fn the_key_lies_beside_an_sqlite_file() {
        for (url, folder) in [
            ("sqlite:///data/db.sqlite3", "data"),
            ("sqlite:////srv/shop/db.sqlite3?timeout=5", "/srv/shop"),
            ("sqlite:///db.sqlite3", ""),
            ("postgres://localhost/shop", "data"),
            ("sqlite:///:memory:", "data"),
        ] {
            assert_eq!(folder_of(&url.parse().unwrap()), Path::new(folder), "{url}");
        }
    }
}
