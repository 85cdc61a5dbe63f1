//! The engine: where templates come from and how they are rendered.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{Timestamp, tz::TimeZone};

use super::context::Context;
use super::env::Env;
use super::error::{ErrorKind, TemplateError};
use super::loader::{Loader, Source};
use super::machine::Machine;
use super::parser;
use super::program::Program;
use crate::i18n::{Catalogs, Formats};

/// Answers the URL of a route by its name, arguments and keyword arguments, for `{% url %}`.
pub type UrlResolver = Arc<dyn Fn(&str, &[String], &[(String, String)]) -> Option<String> + Send + Sync>;

/// Answers the URL of a static file by its path, for `{% static %}`.
pub type StaticResolver = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// What an [`Engine`] is made of. Start from [`EngineOptions::default`].
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
    /// Django's `LANGUAGES`: codes and names.
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
            languages: Vec::new(),
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

/// Finds, compiles, keeps and renders templates. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Arc<Settings>,
    names: Names,
    programs: Mutex<Vec<Cached>>,
}

struct Cached {
    loader: usize,
    name: Arc<str>,
    source: Source,
    program: Arc<Program>,
}

/// Names of variables that the machine itself sets.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) forloop: Arc<str>,
    pub(crate) block: Arc<str>,
}

impl Engine {
    /// An engine with these options.
    pub fn new(options: EngineOptions) -> Self {
        let names = Names { forloop: "forloop".into(), block: "block".into() };
        Self { inner: Arc::new(Inner { settings: Arc::new(options), names, programs: Mutex::default() }) }
    }

    /// Renders the template `name`. A page without unresolved lazy values is rendered without awaiting.
    ///
    /// # Errors
    /// [`TemplateError`] with the template, line and tag that failed.
    pub async fn render(
        &self,
        name: &str,
        context: &Context,
        options: &RenderOptions,
    ) -> Result<String, TemplateError> {
        let program = self.find(name, &[])?;
        self.run(program, context, options).await
    }

    /// Renders a template that is given as text.
    ///
    /// # Errors
    /// As [`Engine::render`].
    pub async fn render_str(
        &self,
        source: &str,
        context: &Context,
        options: &RenderOptions,
    ) -> Result<String, TemplateError> {
        let program = self.compile(&Arc::from("<unknown source>"), source, usize::MAX)?;
        self.run(Arc::new(program), context, options).await
    }

    /// Compiles every embedded template, so that a mistake shows at the start.
    ///
    /// # Errors
    /// The first template that does not compile.
    pub fn check(&self) -> Result<(), TemplateError> {
        for name in self.inner.settings.loaders.iter().flat_map(Loader::names) {
            self.find(&name, &[])?;
        }
        Ok(())
    }

    async fn run(
        &self,
        program: Arc<Program>,
        context: &Context,
        options: &RenderOptions,
    ) -> Result<String, TemplateError> {
        let mut machine = Machine::new(self, self.env(options), context, program);
        while let Some(lazy) = machine.run()? {
            lazy.resolve().await?;
        }
        Ok(machine.out)
    }

    fn env(&self, options: &RenderOptions) -> Env {
        let settings = &self.inner.settings;
        let language = if options.no_translation {
            None
        } else {
            options.language.as_ref().or(settings.language.as_ref())
        };
        Env {
            settings: Arc::clone(settings),
            language: language.map(|language| language.as_str().into()),
            time_zone: options.time_zone.clone().unwrap_or_else(|| settings.time_zone.clone()),
            now: options.now.unwrap_or_else(Timestamp::now),
            autoescape: settings.autoescape,
            use_l10n: true,
            use_tz: settings.use_tz,
        }
    }

    pub(crate) fn names(&self) -> &Names {
        &self.inner.names
    }

    pub(crate) fn debug(&self) -> bool {
        self.inner.settings.debug
    }

    /// The compiled template `name` of the first loader that has it and is not in `skip`.
    pub(crate) fn find(&self, name: &str, skip: &[(usize, Arc<str>)]) -> Result<Arc<Program>, TemplateError> {
        for (loader, found) in self.inner.settings.loaders.iter().enumerate() {
            if skip.iter().any(|(skipped, origin)| *skipped == loader && **origin == *name) {
                continue;
            }
            if let Some(program) = self.cached(loader, found, name) {
                return Ok(program);
            }
            let Some((text, source)) = found.load(name)? else { continue };
            let name: Arc<str> = name.into();
            let program = Arc::new(self.compile(&name, &text, loader)?);
            let mut programs = self.inner.programs.lock().unwrap_or_else(PoisonError::into_inner);
            programs.retain(|cached| cached.loader != loader || cached.name != name);
            programs.push(Cached { loader, name, source, program: Arc::clone(&program) });
            return Ok(program);
        }
        Err(ErrorKind::DoesNotExist(name.to_owned()).into())
    }

    fn cached(&self, index: usize, loader: &Loader, name: &str) -> Option<Arc<Program>> {
        let programs = self.inner.programs.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = programs.iter().find(|cached| cached.loader == index && *cached.name == *name)?;
        let fresh = !self.debug() || loader.is_current(name, &cached.source);
        fresh.then(|| Arc::clone(&cached.program))
    }

    fn compile(&self, name: &Arc<str>, text: &str, loader: usize) -> Result<Program, TemplateError> {
        parser::compile(name, text, loader)
            .map_err(|error| if self.debug() { error.with_source(text) } else { error })
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("options", &self.inner.settings).finish_non_exhaustive()
    }
}

/// A template's name and context: what a handler answers with.
#[derive(Clone, Debug)]
pub struct Template {
    /// The template's name, such as `user/address.html`.
    pub name: Cow<'static, str>,
    /// Its variables.
    pub context: Context,
}

impl Template {
    /// Names a template to be rendered with `context`.
    pub fn new(name: impl Into<Cow<'static, str>>, context: Context) -> Self {
        Self { name: name.into(), context }
    }
}
