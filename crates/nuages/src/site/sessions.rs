//! Sessions where `SESSION_ENGINE` says.

use super::App;
use crate::cache::{Cache, CacheOptions, Caches};
use crate::error::{Error, Result};
use crate::session::{
    self, CacheStore, CachedDbStore, DbStore, FileStore, RedisStore, SessionConfig, SessionLayer,
    SignedCookiesStore,
};
use crate::settings::{CacheBackend, CacheSettings, SessionEngine};

/// Expired sessions that are removed in one go.
const BATCH: u32 = 500;

/// The layer that gives each request its session.
pub(super) fn layer(app: &App) -> Result<SessionLayer> {
    let config = config(app);
    Ok(match app.settings.session_engine {
        SessionEngine::Db => SessionLayer::new(DbStore::new(app.db.clone()), config),
        SessionEngine::CachedDb => {
            let store = CachedDbStore::new(app.db.clone(), cache(app)?, &config);
            SessionLayer::new(store, config)
        }
        SessionEngine::Cache => SessionLayer::new(CacheStore::new(cache(app)?), config),
        SessionEngine::Redis => SessionLayer::new(redis(app)?, config),
        SessionEngine::File => SessionLayer::new(files(app, &config)?, config),
        SessionEngine::SignedCookies => SessionLayer::new(SignedCookiesStore::new(&config), config),
    })
}

/// Removes expired sessions, in batches that hold the store for a moment each (`clearsessions`); how many they were.
/// `progress` is told after each batch.
pub(crate) async fn clear_expired(app: &App, progress: impl FnMut(u64) + Send) -> Result<u64> {
    match app.settings.session_engine {
        SessionEngine::Db | SessionEngine::CachedDb => {
            session::clear_expired(&DbStore::new(app.db.clone()), &app.clock, BATCH, progress).await
        }
        SessionEngine::File => {
            session::clear_expired(&files(app, &config(app))?, &app.clock, BATCH, progress).await
        }
        // They end by themselves.
        SessionEngine::Cache | SessionEngine::Redis | SessionEngine::SignedCookies => Ok(0),
    }
}

fn config(app: &App) -> SessionConfig {
    let (clock, random) = (app.clock.clone(), app.random.clone());
    let config = SessionConfig::from(&*app.settings);
    let ignore_exceptions = config.ignore_exceptions || lenient(app).is_some();
    SessionConfig { clock, random, ignore_exceptions, ..config }
}

fn files(app: &App, config: &SessionConfig) -> Result<FileStore> {
    let folder = app.settings.session_file_path.clone().unwrap_or_else(std::env::temp_dir);
    FileStore::new(folder, config)
}

/// The cache of the sessions. One with `IGNORE_EXCEPTIONS` is opened again without: a session that cannot be asked for is
/// not one that is not there, and a logout that did not arrive is not done.
fn cache(app: &App) -> Result<Cache> {
    let cache = match lenient(app) {
        Some(lenient) => Caches::open_strictly(lenient, &app.clock),
        None => app.caches.get(&app.settings.session_cache_alias).cloned(),
    };
    cache.map_err(|error| error.within("SESSION_CACHE_ALIAS"))
}

fn lenient(app: &App) -> Option<&CacheSettings> {
    let named = app.settings.caches.get(&app.settings.session_cache_alias)?;
    (named.ignore_exceptions && named.backend != CacheBackend::LocMem).then_some(named)
}

fn redis(app: &App) -> Result<RedisStore> {
    let url = app.settings.session_redis_url.as_ref();
    let url = url.ok_or_else(|| Error::configuration("SESSION_REDIS_URL: the engine `redis` needs it"))?;
    RedisStore::new(url.as_str(), CacheOptions { clock: app.clock.clone(), ..CacheOptions::default() })
}
