//! Reading settings: environment, then `nuages.toml`, then the application's defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::value::Value;
use super::{Settings, demo};
use crate::error::{Error, Result};

const PREFIX: &str = "NUAGES_";

/// What a subcommand reads there for itself: Django keeps it out of its settings too, as `DJANGO_SUPERUSER_PASSWORD`.
pub(crate) const SUPERUSER_PASSWORD: &str = "NUAGES_SUPERUSER_PASSWORD";

/// Where settings come from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The environment; names without `NUAGES_` are passed over.
    pub environment: BTreeMap<String, String>,
    /// The file; one that does not exist counts as empty.
    pub file: PathBuf,
    /// What the application itself presets.
    pub defaults: Settings,
    /// The folder of a demo's database, secret key and media.
    pub demo_directory: PathBuf,
}

impl Sources {
    /// This process's environment and `nuages.toml` in its folder, over the application's `defaults`.
    pub fn process(defaults: Settings) -> Self {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        Self {
            environment: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
            file: "nuages.toml".into(),
            defaults,
            demo_directory: "data".into(),
        }
    }
}

impl Settings {
    /// Reads the settings of a site. With DEBUG and no secret key one is made and kept beside the database.
    ///
    /// # Errors
    /// A configuration error that names the setting and its source, for an unknown name or a value that does not
    /// fit; and those of [`Settings::validate`].
    pub fn load(sources: Sources) -> Result<Self> {
        let Sources { environment, file, defaults, demo_directory } = sources;
        let text = read_if_there(&file)?;
        let ours = || {
            let settings = environment.iter().filter(|(name, _)| *name != SUPERUSER_PASSWORD);
            settings.filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?, value)))
        };
        let settings = if text.is_none() && ours().next().is_none() {
            demo::settings(defaults, &demo_directory)?
        } else {
            let mut settings = defaults;
            if let Some(text) = text {
                settings.read_toml(&text, &file)?;
            }
            for (name, value) in ours() {
                let source = format!("{PREFIX}{name} in the environment");
                settings.put(name, &Value::Text(value.clone()), &source)?;
            }
            settings
        };
        settings.with_secret_key()
    }

    fn read_toml(&mut self, text: &str, file: &Path) -> Result<()> {
        let file = file.display();
        let table = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            Error::configuration(format!("{file}, line {line}: {}", error.message()))
        })?;
        for (key, value) in table.get_ref() {
            let name = key.get_ref();
            let source = format!("{name} in {file}, line {}", line_of(text, key.span().start));
            self.put_toml(name, value.get_ref(), &source)?;
        }
        Ok(())
    }

    /// A table's entries are settings of their own: `CACHES__default__TIMEOUT`.
    fn put_toml(&mut self, name: &str, value: &DeValue<'_>, source: &str) -> Result<()> {
        if let DeValue::Table(entries) = value
            && name.split("__").next() == Some("CACHES")
        {
            return entries.iter().try_for_each(|(key, value)| {
                let path = format!("{name}__{}", key.get_ref());
                let place = source.rsplit_once(" in ").map_or("", |(_, place)| place);
                self.put_toml(&path, value.get_ref(), &format!("{} in {place}", path.replace("__", ".")))
            });
        }
        let value = Value::from_toml(value)
            .map_err(|problem| Error::configuration(format!("{source}: {problem}")))?;
        self.put(name, &value, source)
    }

    fn put(&mut self, name: &str, value: &Value, source: &str) -> Result<()> {
        let assigned = match name.strip_prefix("CACHES__") {
            Some(path) => self.assign_cache(path, value),
            None => self.assign(name, value),
        };
        match assigned {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::configuration(format!("{source}: there is no such setting"))),
            Err(problem) => Err(Error::configuration(format!("{source}: {problem}"))),
        }
    }

    fn with_secret_key(mut self) -> Result<Self> {
        if self.secret_key.is_empty() {
            if !self.debug {
                return Err(Error::configuration(
                    "SECRET_KEY: outside DEBUG a site does not start without one; set NUAGES_SECRET_KEY",
                ));
            }
            self.secret_key = demo::kept_secret_key(&self.database_url)?;
        }
        self.validate()?;
        Ok(self)
    }
}

fn read_if_there(file: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let name = file.display();
            Err(Error::configuration(format!("{name} cannot be read")).with_source(error))
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;
    use crate::settings::{SecretKey, SessionEngine};

    fn load(environment: &[(&str, &str)], toml: Option<&str>) -> Result<Settings> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("nuages.toml");
        if let Some(text) = toml {
            std::fs::write(&file, text).unwrap();
        }
        let environment = environment.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        let demo_directory = folder.path().join("data");
        Settings::load(Sources { environment, file, defaults: Settings::default(), demo_directory })
    }

    fn refusal(environment: &[(&str, &str)], toml: Option<&str>) -> String {
        let message = load(environment, toml).unwrap_err().message().to_owned();
        // The file's folder is a random one.
        match message.split_once(" in ") {
            Some((name, rest)) if rest.contains("nuages.toml") => {
                format!("{name} in {}", &rest[rest.find("nuages.toml").unwrap()..])
            }
            _ => message,
        }
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
        let toml = "SECRET_KEY = 'from the file'\nSESSION_COOKIE_AGE = 60\nALLOWED_HOSTS = ['a', 'b']\n";
        let settings = load(&[("NUAGES_SECRET_KEY", "from the environment")], Some(toml)).unwrap();
        assert_eq!(settings.secret_key, SecretKey::new("from the environment"));
        assert_eq!(settings.session_cookie_age, Duration::from_secs(60));
        assert_eq!(settings.allowed_hosts, ["a", "b"]);
        assert_eq!(settings.csrf_cookie_name, "csrftoken");
        assert!(!settings.debug && !settings.demo);
    }

    #[test]
    fn kinds_are_read_from_text() {
        let settings = load(
            &[
                ("PATH", "/bin"),
                ("NUAGES_SECRET_KEY", "k"),
                ("NUAGES_DEBUG", "true"),
                ("NUAGES_ALLOWED_HOSTS", "shop.example, .shop.example"),
                ("NUAGES_SESSION_ENGINE", "django.contrib.sessions.backends.db"),
                ("NUAGES_SESSION_COOKIE_SAMESITE", "False"),
                ("NUAGES_CSRF_COOKIE_AGE", ""),
                ("NUAGES_TIME_ZONE", "Asia/Shanghai"),
            ],
            None,
        )
        .unwrap();
        assert!(settings.debug && !settings.demo);
        assert_eq!(settings.allowed_hosts, ["shop.example", ".shop.example"]);
        assert_eq!(settings.session_engine, SessionEngine::Db);
        assert_eq!((settings.session_cookie_samesite, settings.csrf_cookie_age), (None, None));
        assert_eq!(settings.time_zone.iana_name(), Some("Asia/Shanghai"));
    }

    #[test]
    fn an_error_names_the_setting_and_its_source() {
        let key = ("NUAGES_SECRET_KEY", "k");
        for (environment, toml, message) in [
            (("NUAGES_DEBGU", "1"), None, "NUAGES_DEBGU in the environment: there is no such setting"),
            (("NUAGES_DEBUG", "on"), None, "NUAGES_DEBUG in the environment: expected 1, true, 0 or false"),
            (key, Some("\ndebug = true"), "debug in nuages.toml, line 2: there is no such setting"),
            (key, Some("\n\nUSE_TZ = 3"), "USE_TZ in nuages.toml, line 3: expected 1, true, 0 or false"),
            (
                key,
                Some("[CACHES.default]\nLOCATION = 'redis://'\nTIMEOUT = 'soon'"),
                "CACHES.default.TIMEOUT in nuages.toml, line 1: expected a whole number of seconds",
            ),
            (key, Some("USE_TZ = 1.5"), "USE_TZ in nuages.toml, line 1: a float is not a setting's value"),
        ] {
            assert_eq!(refusal(&[environment], toml), message);
        }
        assert!(load(&[key], Some("USE_TZ = [")).unwrap_err().message().contains("line 1"));
        let password = refusal(&[("NUAGES_DATABASE_URL", "hunter2")], None);
        assert!(password.contains("NUAGES_DATABASE_URL") && !password.contains("hunter2"), "{password}");
    }

    #[test]
    fn outside_debug_a_start_without_a_secret_key_is_refused() {
        assert!(refusal(&[("NUAGES_DEBUG", "0")], None).contains("SECRET_KEY"));
        assert!(refusal(&[], Some("")).contains("SECRET_KEY"));
        assert!(refusal(&[("NUAGES_SECRET_KEY", "")], None).contains("SECRET_KEY"));
    }

    #[test]
    fn with_no_source_at_all_it_is_a_demo() {
        let settings = load(&[("HOME", "/root")], None).unwrap();
        assert!(settings.debug && settings.demo);
        assert!(settings.secret_key.as_str().len() >= 50);
    }

    #[test]
    fn the_password_of_createsuperuser_is_no_setting() {
        let password = (SUPERUSER_PASSWORD, "pw");
        assert!(load(&[password], None).unwrap().demo);
        assert!(!load(&[password, ("NUAGES_SECRET_KEY", "k")], None).unwrap().demo);
    }
}
