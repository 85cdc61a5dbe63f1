//! What an engine is made of, and what holds for one rendering.

use std::fmt;
use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};

use super::loader::Loader;
use crate::i18n::{Catalogs, Formats, all_languages};

/// Answers the URL of a route by its name, arguments and keyword arguments, for `{% url %}`.
pub type UrlResolver = Arc<dyn Fn(&str, &[String], &[(String, String)]) -> Option<String> + Send + Sync>;

/// Answers the URL of a static file by its path, for `{% static %}`.
pub type StaticResolver = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// What an [`Engine`](super::Engine) is made of. Start from [`EngineOptions::default`].
#[derive(Clone)]
pub struct EngineOptions {
    /// Where templates are looked for, in this order.
    pub loaders: Vec<Loader>,
    /// Reads changed files again and puts source lines into errors.
    pub debug: bool,
    /// Escapes what `{{ }}` prints.
    pub autoescape: bool,
    /// What a variable prints that does not exist; `%s` is its name.
    pub string_if_invalid: String,
    /// Answers `{% url %}`.
    pub urls: UrlResolver,
    /// Answers `{% static %}`; without it the path is joined to `static_url`.
    pub static_files: Option<StaticResolver>,
    /// Django's `STATIC_URL`.
    pub static_url: String,
    /// Django's `MEDIA_URL`.
    pub media_url: String,
    /// The translations.
    pub catalogs: Arc<Catalogs>,
    /// Django's `LANGUAGES`: codes and names; all that Django knows by default.
    pub languages: Vec<(String, String)>,
    /// Django's `USE_TZ`: aware datetimes are shown in the active time zone.
    pub use_tz: bool,
    /// Django's `TIME_ZONE`: the zone of a rendering that names none, and of naive datetimes.
    pub time_zone: TimeZone,
    /// Django's `LANGUAGE_CODE`: the language of a rendering that names none.
    pub language: Option<String>,
    /// Django's `USE_THOUSAND_SEPARATOR`.
    pub use_thousand_separator: bool,
    /// Django's `DATE_FORMAT` and its like, for languages without formats of their own.
    pub formats: Formats,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            loaders: Vec::new(),
            debug: false,
            autoescape: true,
            string_if_invalid: String::new(),
            urls: Arc::new(|_, _, _| None),
            static_files: None,
            static_url: "/static/".into(),
            media_url: "/media/".into(),
            catalogs: Arc::default(),
            languages: all_languages().map(|language| (language.code.into(), language.name.into())).collect(),
            use_tz: true,
            time_zone: TimeZone::UTC,
            language: Some("en-us".into()),
            use_thousand_separator: false,
            formats: Formats::default(),
        }
    }
}

/// The engine's settings as tags and filters see them.
pub(crate) type Settings = EngineOptions;

impl fmt::Debug for EngineOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineOptions")
            .field("loaders", &self.loaders)
            .field("debug", &self.debug)
            .finish_non_exhaustive()
    }
}

/// What holds for one rendering. `None` takes the engine's setting.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    /// The active language, such as `zh-hans`.
    pub language: Option<String>,
    /// Switches translation off: messages and formats as they are.
    pub no_translation: bool,
    /// The active time zone.
    pub time_zone: Option<TimeZone>,
    /// What `{% now %}` and `|timesince` take for now; the system's clock by default.
    pub now: Option<Timestamp>,
}
