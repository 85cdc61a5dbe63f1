//! An empty database of each vendor for one test, opened as often as the test has processes.

use nuages::db::{DatabaseUrl, Db, DbOptions, Executor};
use nuages::time::Clock;
use nuages::{mail, migrate, task};

/// Runs each test function of the module on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::place::on_sqlite(super::$test).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::place::on_postgres(super::$test).await;
            })*
        }
    };
}
pub(crate) use on_both;

/// Where the database is.
pub(crate) struct Place(pub(crate) DatabaseUrl);

impl Place {
    /// A handle of its own, as another process has, on a database with the tables of tasks and mail.
    pub(crate) async fn open(&self, clock: &Clock) -> Db {
        let options = DbOptions { clock: clock.clone(), connections: 4, ..DbOptions::default() };
        let db = Db::connect(&self.0, options).await.unwrap();
        migrate::migrate(&db, &[task::schema(), mail::schema()]).await.unwrap();
        db
    }
}

pub(crate) async fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Place) -> F) {
    let folder = tempfile::tempdir().unwrap();
    test(Place(DatabaseUrl::sqlite(folder.path().join("db.sqlite3")))).await;
}

/// Each test has a schema of its own in the server's database.
pub(crate) async fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Place) -> F) {
    let url = std::env::var("NUAGES_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| panic!("run cargo xtask test, or set NUAGES_TEST_POSTGRES_URL"));
    let admin = Db::connect(&url.parse().unwrap(), DbOptions::default()).await.unwrap();
    let schema = format!("t{}", uuid::Uuid::new_v4().simple());
    admin.execute(&format!("CREATE SCHEMA {schema}"), vec![]).await.unwrap();
    test(Place(format!("{url}?options=-c%20search_path%3D{schema}").parse().unwrap())).await;
    admin.execute(&format!("DROP SCHEMA {schema} CASCADE"), vec![]).await.unwrap();
}
