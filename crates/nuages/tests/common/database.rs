//! An empty database of each vendor for one test. The binaries `batteries`, `data` and `state` share it; each uses its
//! part.

#![allow(dead_code, unused_imports, unused_macros)]

use nuages::db::{Db, DbOptions, Executor};

/// Runs each test function of the module on every database.
macro_rules! on_each_database {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let database = crate::database::Database::sqlite();
                super::$test(database.connect().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let database = crate::database::Database::postgres().await;
                super::$test(database.connect().await).await;
                database.drop().await;
            })*
        }
        #[cfg(feature = "mysql")]
        mod mysql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let database = crate::database::Database::mysql().await;
                super::$test(database.connect().await).await;
                database.drop().await;
            })*
        }
    };
}
pub(crate) use on_each_database;

/// As `on_each_database`, with two empty databases for a test that compares them.
macro_rules! on_two_databases {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::database::Database::sqlite(), crate::database::Database::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let one = crate::database::Database::postgres().await;
                let two = crate::database::Database::postgres().await;
                super::$test(one.clone(), two.clone()).await;
                one.drop().await;
                two.drop().await;
            })*
        }
        #[cfg(feature = "mysql")]
        mod mysql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let one = crate::database::Database::mysql().await;
                let two = crate::database::Database::mysql().await;
                super::$test(one.clone(), two.clone()).await;
                one.drop().await;
                two.drop().await;
            })*
        }
    };
}
pub(crate) use on_two_databases;

/// A SQLite file in a folder of its own, a schema of its own in PostgreSQL's database, or a database of its own on
/// MariaDB's server.
#[derive(Clone)]
pub(crate) struct Database {
    url: String,
    folder: Option<std::sync::Arc<tempfile::TempDir>>,
    schema: String,
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:///{}", folder.path().join("db.sqlite3").display());
        Self { url, folder: Some(folder.into()), schema: String::new() }
    }

    pub(crate) async fn postgres() -> Self {
        let schema = name();
        let url = format!("{}?options=-c%20search_path%3D{schema}", server_url("POSTGRES"));
        administer("POSTGRES", &format!("CREATE SCHEMA {schema}")).await;
        Self { url, folder: None, schema }
    }

    #[cfg(feature = "mysql")]
    pub(crate) async fn mysql() -> Self {
        let schema = name();
        administer("MYSQL", &format!("CREATE DATABASE {schema} CHARACTER SET utf8mb4")).await;
        let url = server_url("MYSQL");
        let (server, _) = url.rsplit_once('/').unwrap();
        Self { url: format!("{server}/{schema}"), folder: None, schema }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn connect(&self) -> Db {
        Db::connect(&self.url.parse().unwrap(), options()).await.unwrap()
    }

    pub(crate) async fn drop(self) {
        assert!(self.folder.is_none());
        if self.url.starts_with("mysql") {
            administer("MYSQL", &format!("DROP DATABASE {}", self.schema)).await;
        } else {
            administer("POSTGRES", &format!("DROP SCHEMA {} CASCADE", self.schema)).await;
        }
    }
}

fn name() -> String {
    format!("t{}", uuid::Uuid::new_v4().simple())
}

async fn administer(server: &str, statement: &str) {
    let server = Db::connect(&server_url(server).parse().unwrap(), options()).await.unwrap();
    server.execute(statement, vec![]).await.unwrap();
}

fn server_url(server: &str) -> String {
    let variable = format!("NUAGES_TEST_{server}_URL");
    std::env::var(&variable).unwrap_or_else(|_| panic!("run cargo xtask test, or set {variable}"))
}

pub(crate) fn options() -> DbOptions {
    let clock = nuages::time::Clock::fixed("2026-01-15T12:00:00.000123Z".parse().unwrap());
    DbOptions { clock, connections: 4, ..DbOptions::default() }
}
