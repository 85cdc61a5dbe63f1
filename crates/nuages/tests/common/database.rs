//! An empty database of each vendor for one test. The binaries `batteries`, `data` and `state` share it; each uses its
//! part.

#![allow(dead_code, unused_imports, unused_macros)]

use nuages::db::{Db, DbOptions, Executor};

/// Runs each test function of the module on SQLite and on PostgreSQL.
macro_rules! on_both {
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
    };
}
pub(crate) use on_both;

/// As `on_both`, with two empty databases for a test that compares them.
macro_rules! on_both_databases {
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
    };
}
pub(crate) use on_both_databases;

/// A SQLite file in a folder of its own, or a schema of its own in the server's database.
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
        let schema = format!("t{}", uuid::Uuid::new_v4().simple());
        let url = format!("{}?options=-c%20search_path%3D{schema}", server_url());
        administer(&format!("CREATE SCHEMA {schema}")).await;
        Self { url, folder: None, schema }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn connect(&self) -> Db {
        Db::connect(&self.url.parse().unwrap(), options()).await.unwrap()
    }

    pub(crate) async fn drop(self) {
        assert!(self.folder.is_none());
        administer(&format!("DROP SCHEMA {} CASCADE", self.schema)).await;
    }
}

async fn administer(statement: &str) {
    let server = Db::connect(&server_url().parse().unwrap(), options()).await.unwrap();
    server.execute(statement, vec![]).await.unwrap();
}

fn server_url() -> String {
    std::env::var("NUAGES_TEST_POSTGRES_URL").expect("run cargo xtask test, or set NUAGES_TEST_POSTGRES_URL")
}

pub(crate) fn options() -> DbOptions {
    let clock = nuages::time::Clock::fixed("2026-01-15T12:00:00.000123Z".parse().unwrap());
    DbOptions { clock, connections: 4, ..DbOptions::default() }
}
