//! A site: settings, routes, models, tasks, templates and files, tied together with the default layers.
//!
//! ```
//! use axum::routing::get;
//! use nuages::site::Site;
//! use nuages::{Settings, Urls};
//!
//! fn site(settings: Settings) -> Site {
//!     Site::new(settings).urls(Urls::new().path("", get(|| async { "hello" }), "index"))
//! }
//! ```
//!
//! A request passes the layers from outside in: the log, security headers, the language, the pages of refusals, the
//! time-outs, the host, static files, the route and its policy, the session, CSRF, the login, messages, and the layer that draws
//! templates and error pages; then the handler. A request for a static file meets neither session nor database.

mod app;
mod base;
mod command;
mod errors;
pub(crate) mod layers;
mod pages;
pub(crate) mod sessions;
mod views;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;

pub use app::{App, Parts};
pub use base::Visitor;
pub use command::Command;
pub use views::{health, set_language};

use crate::error::Result;
use crate::i18n::Catalogs;
use crate::migrate;
use crate::settings::Settings;
use crate::static_files::StaticFiles;
use crate::task::TaskSet;
use crate::template::Context;
use crate::time::{Clock, Random};
use crate::urls::Urls;
use crate::{auth, mail, session, task};

/// Templates in the binary: names and sources.
pub type Templates = &'static [(&'static str, &'static str)];

/// Static files in the binary: paths without leading slash, and bytes.
pub type StaticTable = &'static [(&'static str, &'static [u8])];

/// The task that removes expired sessions, and how often it runs.
const CLEAR_SESSIONS: &str = "nuages.session.clear_expired";
const HOURLY: Duration = Duration::from_secs(3600);

type ContextProcessor = Arc<dyn Fn(&Visitor) -> Context + Send + Sync>;

/// A site in the making.
#[must_use]
pub struct Site {
    settings: Settings,
    clock: Clock,
    random: Random,
    urls: Urls<App>,
    models: Vec<migrate::App>,
    tasks: TaskSet<App>,
    templates: Templates,
    static_files: StaticTable,
    locale: &'static [(&'static str, &'static str)],
    context: Option<ContextProcessor>,
}

/// A site that is ready: its parts, its router, and what its workers do.
#[derive(Debug)]
pub struct Built {
    /// The parts that handlers and tasks share.
    pub app: App,
    /// Everything from the log to the handlers.
    pub router: Router,
    /// What workers do.
    pub tasks: TaskSet<App>,
    /// What `migrate` makes.
    pub models: Vec<migrate::App>,
}

impl Site {
    /// A site with these settings and nothing on it.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            clock: Clock::system(),
            random: Random::os(),
            urls: Urls::new(),
            models: Vec::new(),
            tasks: TaskSet::new(),
            templates: &[],
            static_files: &[],
            locale: &[],
            context: None,
        }
    }

    /// The routes.
    pub fn urls(mut self, urls: Urls<App>) -> Self {
        self.urls = urls;
        self
    }

    /// The tables of the application; those of the batteries are there already.
    pub fn models(mut self, models: impl IntoIterator<Item = migrate::App>) -> Self {
        self.models.extend(models);
        self
    }

    /// What workers do for the application.
    pub fn tasks(mut self, tasks: TaskSet<App>) -> Self {
        self.tasks = self.tasks.include(tasks);
        self
    }

    /// The templates in the binary; `TEMPLATES_DIR` replaces them file by file.
    pub fn templates(mut self, templates: Templates) -> Self {
        self.templates = templates;
        self
    }

    /// The static files in the binary; `STATIC_DIR` replaces them file by file.
    pub fn static_files(mut self, files: StaticTable) -> Self {
        self.static_files = files;
        self
    }

    /// Translations: a language's code and its gettext `.po` text.
    pub fn locale(mut self, locale: &'static [(&'static str, &'static str)]) -> Self {
        self.locale = locale;
        self
    }

    /// What every page's context has beside the base's own (a context processor). Values that cost something belong into a
    /// [`Lazy`](crate::template::Lazy).
    pub fn context(mut self, processor: impl Fn(&Visitor) -> Context + Send + Sync + 'static) -> Self {
        self.context = Some(Arc::new(processor));
        self
    }

    /// The clock that everything reads; a test holds it still.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The source of keys and salts; a test seeds it.
    pub fn random(mut self, random: Random) -> Self {
        self.random = random;
        self
    }

    /// Opens the database and ties everything together.
    ///
    /// # Errors
    /// Settings that do not fit together, routes that clash, a template that does not compile, a translation that cannot be
    /// read, a database that does not answer.
    pub async fn build(self) -> Result<Built> {
        self.settings.validate()?;
        let settings = Arc::new(self.settings);
        let (routes, reverse) = self.urls.build(&settings)?;
        let mut catalogs = Catalogs::new();
        for (language, text) in self.locale {
            catalogs.add_po(language, text).map_err(crate::Error::internal)?;
        }
        let static_files = StaticFiles::new(self.static_files, &settings);
        let models: Vec<_> = own_models().into_iter().chain(self.models).collect();
        let parts = app::Given {
            settings,
            clock: self.clock,
            random: self.random,
            urls: reverse,
            catalogs: Arc::new(catalogs),
            templates: self.templates,
            static_files: static_files.clone(),
            tables: models.iter().flat_map(migrate::App::tables).collect(),
        };
        let app = App::assemble(parts).await?;
        let router = layers::around(routes, &app, static_files, self.context)?;
        let tasks = own_tasks(&app).include(self.tasks);
        Ok(Built { app, router, tasks, models })
    }
}

impl Built {
    /// The migrations that are not applied yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn pending(&self) -> Result<Vec<migrate::Applied>> {
        Ok(migrate::pending(&self.app.db, &self.models).await?)
    }

    /// Applies what is pending.
    ///
    /// # Errors
    /// When a migration fails; those before it stay applied.
    pub async fn migrate(&self) -> Result<Vec<migrate::Applied>> {
        Ok(migrate::migrate(&self.app.db, &self.models).await?)
    }
}

/// The tables of the batteries, under the names that Django gives its own.
fn own_models() -> Vec<migrate::App> {
    let sessions = [session::schema(), session::cached_db_schema()];
    let others = [task::schema(), mail::schema()];
    [auth::content_types(), auth::schema()].into_iter().chain(sessions).chain(others).collect()
}

/// What workers do for the batteries.
fn own_tasks(app: &App) -> TaskSet<App> {
    let clear = |app: App, (): ()| async move { sessions::clear_expired(&app, |_| {}).await.map(drop) };
    app.mailer.tasks().task(CLEAR_SESSIONS, clear).every(HOURLY, CLEAR_SESSIONS)
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("urls", &self.urls).field("tasks", &self.tasks).finish_non_exhaustive()
    }
}
