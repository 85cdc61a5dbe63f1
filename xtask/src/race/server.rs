//! One of the racing servers: a bare router with a session, on the engine that the environment names.
//!
//! `POST /race/add/17` puts one of goods 17 into the cart and answers how many of it there are, `POST /race/count`
//! answers the counter, both as committed. The twin has the same paths (`interop/twin/race.py`).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::process::ExitCode;

use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Json, Router};
use nuages::cache::{Cache, CacheOptions};
use nuages::db::{Db, DbOptions};
use nuages::session::{
    CacheStore, CachedDbStore, DbStore, FileStore, RedisStore, Session, SessionConfig, SessionLayer,
    SignedCookiesStore, cached_db_schema, schema,
};
use nuages::settings::{SessionEngine, Sources};
use nuages::{Error, Result, Settings, migrate};

type Cart = BTreeMap<String, u64>;

/// Serves until it is killed.
pub(crate) fn run(port: u16) -> ExitCode {
    let served =
        tokio::runtime::Runtime::new().map_err(Error::internal).and_then(|it| it.block_on(serve(port)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(port: u16) -> Result<()> {
    let settings = Settings::load(Sources::process(Settings::default()))?;
    let router = router().layer(layer(&settings).await?);
    let listener =
        tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(Error::internal)?;
    axum::serve(listener, router).await.map_err(Error::internal)
}

async fn layer(settings: &Settings) -> Result<SessionLayer> {
    let config = SessionConfig::from(settings);
    let cache = || Cache::from_url(settings.cache_url.as_str(), CacheOptions::default());
    Ok(match settings.session_engine {
        SessionEngine::Db => SessionLayer::new(DbStore::new(database(settings).await?), config),
        SessionEngine::CachedDb => {
            let store = CachedDbStore::new(database(settings).await?, cache()?, &config);
            SessionLayer::new(store, config)
        }
        SessionEngine::Cache => SessionLayer::new(CacheStore::new(cache()?), config),
        SessionEngine::Redis => {
            let url = settings.session_redis_url.as_ref().map_or("", |url| url.as_str());
            SessionLayer::new(RedisStore::new(url, CacheOptions::default())?, config)
        }
        SessionEngine::File => {
            let folder = settings.session_file_path.clone().unwrap_or_else(std::env::temp_dir);
            SessionLayer::new(FileStore::new(folder, &config)?, config)
        }
        SessionEngine::SignedCookies => SessionLayer::new(SignedCookiesStore::new(&config), config),
    })
}

async fn database(settings: &Settings) -> Result<Db> {
    let db = Db::connect(&settings.database_url.as_str().parse()?, DbOptions::default()).await?;
    migrate::migrate(&db, &[schema(), cached_db_schema()]).await?;
    Ok(db)
}

fn router() -> Router {
    Router::new()
        .route("/race/start", post(start))
        .route("/race/add/{sku}", post(add))
        .route("/race/count", post(count))
        .route("/race/note/{number}", post(note))
        .route("/race/show", get(show))
}

async fn start(session: Session) -> Result<()> {
    session.insert("cart", &Cart::new()).await?;
    session.insert("count", &0).await
}

async fn add(Path(sku): Path<String>, session: Session) -> Result<String> {
    let key = sku.clone();
    session.update("cart", move |cart: &mut Cart| *cart.entry(key.clone()).or_default() += 1).await?;
    let cart: Cart = session.commit().await?.get("cart")?.unwrap_or_default();
    Ok(cart.get(&sku).copied().unwrap_or_default().to_string())
}

async fn count(session: Session) -> Result<String> {
    session.update("count", |count: &mut u64| *count += 1).await?;
    Ok(session.commit().await?.get::<u64>("count")?.unwrap_or_default().to_string())
}

/// A key of its own, as an unrelated page would write it.
async fn note(Path(number): Path<String>, session: Session) -> Result<()> {
    session.insert(&format!("note_{number}"), &true).await
}

async fn show(session: Session) -> Result<Json<serde_json::Value>> {
    let items = nuages_wire::json::Value::Object(session.items().await?).to_string();
    serde_json::from_str(&items).map(Json).map_err(Error::internal)
}
