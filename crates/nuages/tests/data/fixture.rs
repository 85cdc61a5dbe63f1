//! An empty database of each vendor for one test.

use nuages::db::{Db, DbOptions, Executor};

/// Runs each test function of the module on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::fixture::on_sqlite(super::$test).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::fixture::on_postgres(super::$test).await;
            })*
        }
    };
}
pub(crate) use on_both;

pub(crate) async fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let url = nuages::db::DatabaseUrl::sqlite(folder.path().join("db.sqlite3"));
    test(Db::connect(&url, options()).await.unwrap()).await;
}

/// Each test has a schema of its own in the server's database.
pub(crate) async fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    let url = postgres_url();
    let admin = Db::connect(&url.parse().unwrap(), options()).await.unwrap();
    let schema = format!("t{}", uuid::Uuid::new_v4().simple());
    admin.execute(&format!("CREATE SCHEMA {schema}"), vec![]).await.unwrap();
    let url = format!("{url}?options=-c%20search_path%3D{schema}");
    test(Db::connect(&url.parse().unwrap(), options()).await.unwrap()).await;
    admin.execute(&format!("DROP SCHEMA {schema} CASCADE"), vec![]).await.unwrap();
}

pub(crate) fn postgres_url() -> String {
    std::env::var("NUAGES_TEST_POSTGRES_URL").expect("run cargo xtask test, or set NUAGES_TEST_POSTGRES_URL")
}

pub(crate) fn options() -> DbOptions {
    let clock = nuages::time::Clock::fixed("2026-01-15T12:00:00.000123Z".parse().unwrap());
    DbOptions { clock, connections: 4, ..DbOptions::default() }
}
