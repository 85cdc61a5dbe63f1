//! The parts of a running site, as handlers and tasks hold them.

use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use axum::extract::FromRef;

use super::Templates;
use crate::cache::{Cache, Caches};
use crate::db::{DatabaseUrl, Db, DbOptions};
use crate::error::{Error, Result};
use crate::i18n::{Catalogs, Translator};
use crate::mail::Mailer;
use crate::schema::Table;
use crate::settings::Settings;
use crate::static_files::StaticFiles;
use crate::storage::Storage;
use crate::task::{TaskOptions, Tasks};
use crate::template::{Context, Engine, EngineOptions, Loader, RenderOptions};
use crate::time::{Clock, Random};
use crate::urls::Reverse;

/// A running site: axum's state of its handlers, the context of its tasks. A cheap handle on [`Parts`].
///
/// ```
/// use axum::extract::State;
/// use nuages::site::App;
///
/// async fn key(State(app): State<App>) -> nuages::Result<String> {
///     app.random.string(8, nuages::time::ALPHANUMERIC)
/// }
/// ```
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What a site is made of.
#[derive(Debug)]
#[non_exhaustive]
pub struct Parts {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The clock.
    pub clock: Clock,
    /// The source of keys and salts.
    pub random: Random,
    /// The database.
    pub db: Db,
    /// The cache `default`.
    pub cache: Cache,
    /// The caches by their aliases.
    pub caches: Caches,
    /// Where uploads are kept.
    pub storage: Storage,
    /// The way to the task workers.
    pub tasks: Tasks,
    /// The way to the mailbox.
    pub mailer: Mailer,
    /// The templates.
    pub templates: Engine,
    /// The names of the routes.
    pub urls: Reverse,
    /// The translations.
    pub catalogs: Arc<Catalogs>,
}

impl App {
    /// The texts in one language.
    pub fn translator(&self, language: &str) -> Translator {
        Translator::new(Arc::clone(&self.catalogs), language)
    }

    /// A template's text outside of a request: a mail, say.
    ///
    /// # Errors
    /// When there is no such template, or it cannot be rendered.
    pub async fn render(&self, name: &str, context: &Context, language: &str) -> Result<String> {
        let options = RenderOptions {
            language: Some(language.to_owned()),
            now: Some(self.clock.now()),
            ..RenderOptions::default()
        };
        self.templates.render(name, context, &options).await.map_err(Error::internal)
    }

    /// A route's address with `SITE_URL` before it, for mails.
    ///
    /// # Errors
    /// When there is no such route, or the values do not fit it.
    pub fn absolute_url(&self, name: &str, values: &[&dyn fmt::Display]) -> Result<String> {
        Ok(format!("{}{}", self.settings.site_url, self.urls.reverse(name, values)?))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("urls", &self.urls).finish_non_exhaustive()
    }
}

macro_rules! from_ref {
    ($($field:ident: $part:ty;)*) => {$(
        impl FromRef<App> for $part {
            fn from_ref(app: &App) -> Self {
                app.$field.clone()
            }
        }
    )*};
}

from_ref! {
    settings: Arc<Settings>;
    clock: Clock;
    random: Random;
    db: Db;
    cache: Cache;
    caches: Caches;
    storage: Storage;
    tasks: Tasks;
    mailer: Mailer;
    templates: Engine;
    catalogs: Arc<Catalogs>;
}

/// What a site is assembled from.
pub(super) struct Given {
    pub(super) settings: Arc<Settings>,
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) urls: Reverse,
    pub(super) catalogs: Arc<Catalogs>,
    pub(super) templates: Templates,
    pub(super) static_files: StaticFiles,
    pub(super) tables: Vec<&'static Table>,
}

impl App {
    /// Opens what the settings name.
    pub(super) async fn assemble(given: Given) -> Result<Self> {
        let templates = engine(&given);
        templates.check().map_err(Error::internal)?;
        let Given { settings, clock, random, urls, catalogs, tables, .. } = given;
        if settings.broker_url.is_some() {
            return Err(Error::unsupported(
                "BROKER_URL: tasks run from the database; a broker is not supported yet",
            ));
        }
        let url = settings.database_url.as_str().parse::<DatabaseUrl>()?;
        if let Some(folder) = url.sqlite_path().and_then(Path::parent) {
            // The folder of the default address is not there at a first start.
            tokio::fs::create_dir_all(folder).await.map_err(Error::internal)?;
        }
        let time_zone = settings.time_zone.clone();
        let options = DbOptions { clock: clock.clone(), time_zone, tables, ..DbOptions::default() };
        let db = Db::connect(&url, options).await?;
        let caches = Caches::open(&settings, &clock)?;
        let cache = caches.default_cache().clone();
        let concurrency = settings.task_workers.max(1);
        let task_options = TaskOptions { concurrency, random: random.clone(), ..TaskOptions::default() };
        let tasks = Tasks::new(db.clone(), task_options);
        let mailer =
            Mailer::new(db.clone(), tasks.clone(), settings.email_backend, &settings.default_from_email)?;
        let storage = Storage::local(&settings.media_root, settings.media_url.as_str());
        let parts = Parts {
            settings,
            clock,
            random,
            db,
            cache,
            caches,
            storage,
            tasks,
            mailer,
            templates,
            urls,
            catalogs,
        };
        Ok(Self(Arc::new(parts)))
    }
}

fn engine(given: &Given) -> Engine {
    let Given { settings, urls, catalogs, templates, static_files, .. } = given;
    let folder = settings.templates_dir.clone().map(Loader::Directory);
    let (names, files) = (urls.clone(), static_files.clone());
    Engine::new(EngineOptions {
        loaders: folder.into_iter().chain([Loader::Embedded(templates)]).collect(),
        debug: settings.debug,
        urls: Arc::new(move |name, values, named| {
            if named.is_empty() {
                let values: Vec<&dyn fmt::Display> = values.iter().map(|value| value as _).collect();
                return names.reverse(name, &values).ok();
            }
            let named: Vec<(&str, &dyn fmt::Display)> =
                named.iter().map(|(key, value)| (key.as_str(), value as _)).collect();
            names.reverse_named(name, &named).ok()
        }),
        static_files: Some(Arc::new(move |path| files.url(path))),
        static_url: settings.static_url.clone(),
        media_url: settings.media_url.clone(),
        catalogs: Arc::clone(catalogs),
        use_tz: settings.use_tz,
        time_zone: settings.time_zone.clone(),
        language: Some(settings.language_code.clone()),
        ..EngineOptions::default()
    })
}
