//! Sessions where `SESSION_ENGINE` says.

use super::App;
use crate::error::Result;
use crate::session::{self, DbStore, FileStore, SessionConfig, SessionLayer, SignedCookiesStore};
use crate::settings::SessionEngine;

/// Expired sessions that are removed in one go.
const BATCH: u32 = 1000;

/// The layer that gives each request its session.
pub(super) fn layer(app: &App) -> Result<SessionLayer> {
    let config = config(app);
    Ok(match app.settings.session_engine {
        SessionEngine::Db => SessionLayer::new(DbStore::new(app.db.clone()), config),
        SessionEngine::File => SessionLayer::new(files(app, &config)?, config),
        SessionEngine::SignedCookies => SessionLayer::new(SignedCookiesStore::new(&config), config),
        other => return Err(other.unsupported()),
    })
}

/// Removes expired sessions, in batches that hold the store for a moment each (`clearsessions`); how many they were.
pub(crate) async fn clear_expired(app: &App) -> Result<u64> {
    match app.settings.session_engine {
        SessionEngine::File => session::clear_expired(&files(app, &config(app))?, &app.clock, BATCH).await,
        SessionEngine::Db => session::clear_expired(&DbStore::new(app.db.clone()), &app.clock, BATCH).await,
        SessionEngine::SignedCookies => Ok(0),
        other => Err(other.unsupported()),
    }
}

fn config(app: &App) -> SessionConfig {
    let (clock, random) = (app.clock.clone(), app.random.clone());
    SessionConfig { clock, random, ..SessionConfig::from(&*app.settings) }
}

fn files(app: &App, config: &SessionConfig) -> Result<FileStore> {
    let folder = app.settings.session_file_path.clone().unwrap_or_else(std::env::temp_dir);
    FileStore::new(folder, config)
}
