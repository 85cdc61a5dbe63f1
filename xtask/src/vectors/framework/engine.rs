//! The session engines, each on a place of its own.

use nuages::cache::{Cache, CacheOptions, Format as CacheFormat};
use nuages::db::Db;
use nuages::session::{
    CacheStore, CachedDbStore, DbStore, Encoding, FileStore, Record, SessionConfig, SessionKey, SessionLayer,
    SessionStore,
};
use nuages_wire::json::Object;
use nuages_wire::session::{Codec, Data, Format};
use tempfile::TempDir;

use super::super::BadCase;
use super::{bad, stored_key};

/// A `SESSION_ENGINE` whose sessions are looked up by a key.
pub(super) enum Engine {
    Db,
    Cache(Cache),
    CachedDb(Cache),
    File(TempDir),
}

impl Engine {
    /// One of each.
    pub(super) fn all(config: &SessionConfig) -> Result<[Self; 4], BadCase> {
        let cache = || {
            let (format, clock) = (Some(CacheFormat::Django), config.clock.clone());
            Cache::in_process(CacheOptions { format, clock, ..CacheOptions::default() })
        };
        let folder = TempDir::new().map_err(bad)?;
        Ok([Self::Db, Self::Cache(cache()), Self::CachedDb(cache()), Self::File(folder)])
    }

    pub(super) fn layer(&self, db: &Db, config: &SessionConfig) -> nuages::Result<SessionLayer> {
        Ok(match self {
            Self::Db => SessionLayer::new(DbStore::new(db.clone()), config.clone()),
            Self::Cache(cache) => SessionLayer::new(CacheStore::new(cache.clone()), config.clone()),
            Self::CachedDb(cache) => {
                SessionLayer::new(CachedDbStore::new(db.clone(), cache.clone(), config), config.clone())
            }
            Self::File(folder) => SessionLayer::new(FileStore::new(folder.path(), config)?, config.clone()),
        })
    }

    /// Stores a session as Django would have.
    pub(super) async fn store(&self, db: &Db, config: &SessionConfig, data: &Object) -> Result<(), BadCase> {
        match self {
            Self::Db => put(&DbStore::new(db.clone()), config, data).await,
            Self::Cache(cache) => put(&CacheStore::new(cache.clone()), config, data).await,
            Self::CachedDb(cache) => {
                put(&CachedDbStore::new(db.clone(), cache.clone(), config), config, data).await
            }
            Self::File(folder) => {
                put(&FileStore::new(folder.path(), config).map_err(bad)?, config, data).await
            }
        }
    }
}

async fn put(store: &impl SessionStore, config: &SessionConfig, data: &Object) -> Result<(), BadCase> {
    let now = config.clock.now();
    let format = match store.encoding() {
        Encoding::Signed { salt } => Format::Signed(Codec::with_salt(&config.secret_keys, &salt)),
        Encoding::Cache(codec) => Format::Cache(codec),
    };
    let bytes = format.encode(&Data::from(data.clone()), now.as_second()).map_err(bad)?;
    let key = SessionKey::parse(&stored_key()).ok_or_else(|| BadCase("no key".into()))?;
    let expire_date = now + jiff::SignedDuration::from_hours(24);
    let record = Record { data: bytes.into(), expire_date, expiry_age: 86_400 };
    store.create(&key, &record).await.map_err(bad)?;
    Ok(())
}
