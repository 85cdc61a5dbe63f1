//! An empty database of each vendor for one test, opened as often as the test has processes.

use nuages::db::{DatabaseUrl, Db, DbOptions};
use nuages::time::Clock;
use nuages::{mail, migrate, task};

use crate::database::Database;

/// Runs each test function of the module on every database.
macro_rules! on_each_database {
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
        #[cfg(feature = "mysql")]
        mod mysql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::place::on_mysql(super::$test).await;
            })*
        }
    };
}
pub(crate) use on_each_database;

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
    let database = Database::sqlite();
    test(Place(database.url().parse().unwrap())).await;
}

pub(crate) async fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Place) -> F) {
    let database = Database::postgres().await;
    test(Place(database.url().parse().unwrap())).await;
    database.drop().await;
}

#[cfg(feature = "mysql")]
pub(crate) async fn on_mysql<F: Future<Output = ()>>(test: impl FnOnce(Place) -> F) {
    let database = Database::mysql().await;
    test(Place(database.url().parse().unwrap())).await;
    database.drop().await;
}
