//! Settings with a fixed set of values. An engine is written by its short name or by Django's dotted one:
//! `cached_db` is `django.contrib.sessions.backends.cached_db`.

use std::fmt;

use crate::error::{Error, Result};

/// `SESSION_ENGINE`: where sessions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEngine {
    /// Rows of `django_session`.
    Db,
    /// The cache before the rows.
    CachedDb,
    /// The cache alone.
    Cache,
    /// The cache engine's bytes and keys on a Redis connection of its own.
    Redis,
    /// One file a session.
    File,
    /// The signed cookie itself.
    SignedCookies,
}

impl SessionEngine {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Db, Self::CachedDb, Self::Cache, Self::Redis, Self::File, Self::SignedCookies];

    /// The short name, which is Django's module name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Db => "db",
            Self::CachedDb => "cached_db",
            Self::Cache => "cache",
            Self::Redis => "redis",
            Self::File => "file",
            Self::SignedCookies => "signed_cookies",
        }
    }

    pub(super) fn from_name(text: &str) -> Option<Self> {
        let name = text.strip_prefix("django.contrib.sessions.backends.").unwrap_or(text);
        Self::ALL.into_iter().find(|engine| engine.name() == name)
    }
}

/// `SESSION_SERIALIZER`: what the engines that sign store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionSerializer {
    /// `django.contrib.sessions.serializers.JSONSerializer`.
    Json,
    /// A serializer that pickles, as `django.contrib.sessions.serializers.PickleSerializer` did before Django 5.
    Pickle,
}

impl SessionSerializer {
    pub(super) fn from_name(text: &str) -> Option<Self> {
        match text.rsplit('.').next() {
            Some("json" | "JSONSerializer") => Some(Self::Json),
            Some("pickle" | "PickleSerializer") => Some(Self::Pickle),
            _ => None,
        }
    }
}

/// `EMAIL_BACKEND`: what becomes of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailBackend {
    /// Kept in the database; shown at `/dev/mail` while DEBUG. Ours.
    Database,
    /// Sent by SMTP.
    Smtp,
    /// Written to standard output.
    Console,
    /// One file a mail.
    Filebased,
    /// Kept in memory, for tests.
    Locmem,
    /// Dropped.
    Dummy,
}

impl EmailBackend {
    const ALL: [Self; 6] =
        [Self::Database, Self::Smtp, Self::Console, Self::Filebased, Self::Locmem, Self::Dummy];

    /// The short name, which is Django's module name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Smtp => "smtp",
            Self::Console => "console",
            Self::Filebased => "filebased",
            Self::Locmem => "locmem",
            Self::Dummy => "dummy",
        }
    }

    pub(super) fn from_name(text: &str) -> Option<Self> {
        let dotted = text.strip_prefix("django.core.mail.backends.");
        let name = dotted.map_or(text, |name| name.strip_suffix(".EmailBackend").unwrap_or(name));
        Self::ALL.into_iter().find(|backend| backend.name() == name)
    }

    pub(crate) fn require_supported(self) -> Result<()> {
        match self {
            Self::Database => Ok(()),
            other => Err(unsupported("EMAIL_BACKEND", other.name(), "`database` is")),
        }
    }
}

fn unsupported(setting: &str, engine: &str, supported: &str) -> Error {
    Error::unsupported(format!("{setting}: the engine `{engine}` is not supported yet, only {supported}"))
}

/// A cookie's `SameSite`. No attribute at all is `Option::None` around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Never with requests from another site.
    Strict,
    /// Only with navigation from another site.
    Lax,
    /// With every request; browsers then ask for `Secure`.
    None,
}

impl SameSite {
    /// The attribute's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }

    pub(super) fn from_name(text: &str) -> Option<Self> {
        [Self::Strict, Self::Lax, Self::None]
            .into_iter()
            .find(|same| same.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for SameSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `LOG_FORMAT`: how a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

impl LogFormat {
    pub(super) fn from_name(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_have_a_short_and_a_dotted_name() {
        for engine in SessionEngine::ALL {
            let dotted = format!("django.contrib.sessions.backends.{}", engine.name());
            assert_eq!(SessionEngine::from_name(&dotted), Some(engine));
            assert_eq!(SessionEngine::from_name(engine.name()), Some(engine));
        }
        assert_eq!(SessionEngine::from_name("memcached"), None);
        let smtp = "django.core.mail.backends.smtp.EmailBackend";
        assert_eq!(EmailBackend::from_name(smtp), Some(EmailBackend::Smtp));
        assert_eq!(EmailBackend::from_name("smtp"), Some(EmailBackend::Smtp));
    }
}
