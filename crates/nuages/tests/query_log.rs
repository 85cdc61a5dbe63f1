//! What stands in the log. A binary of its own: what is logged is decided for the whole process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::io::Write;
use std::sync::{Arc, Mutex};

use nuages::db::{Db, Executor};
use tracing_subscriber::fmt::MakeWriter;

use database::Database;

#[path = "common/database.rs"]
mod database;

/// What was logged, kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_holds_no_value() {
    let sqlite = Database::sqlite();
    let postgres = Database::postgres().await;
    #[cfg(feature = "mysql")]
    let mysql = Database::mysql().await;
    let databases = [
        sqlite.connect().await,
        postgres.connect().await,
        #[cfg(feature = "mysql")]
        mysql.connect().await,
    ];
    for db in databases {
        the_log_of_one_holds_no_value(db).await;
    }
    postgres.drop().await;
    #[cfg(feature = "mysql")]
    mysql.drop().await;
}

async fn the_log_of_one_holds_no_value(db: Db) {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(kept.clone())
        .with_ansi(false)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    db.execute("CREATE TABLE account (name varchar(20) PRIMARY KEY, password varchar(40))", vec![])
        .await
        .unwrap();
    for sql in ["INSERT INTO account VALUES (?, ?)", "INSERT INTO account VALUES ('ann', 'hunter2')"] {
        let params = if sql.contains('?') { vec!["bob".into(), "hunter2".into()] } else { vec![] };
        db.execute(sql, params.clone()).await.unwrap();
        // The refusal may hold the key, not the rest.
        let refused = db.execute(sql, params).await.unwrap_err();
        tracing::warn!(error = %refused, debug = ?refused);
    }
    drop(guard);
    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("INSERT INTO account VALUES (?, ?)"), "{log}");
    assert!(!log.contains("hunter2"), "{log}");
}
