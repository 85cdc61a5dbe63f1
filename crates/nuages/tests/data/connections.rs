//! How a database is reached: TLS, poolers, limits of time, long statements beside short ones.

use std::time::Duration;

use nuages::db::{DatabaseUrl, Db, DbErrorKind, DbOptions, Executor, Vendor};

use crate::database::{Database, on_each_database, options};
use crate::{statements, transactions};

on_each_database!(a_statement_is_given_up);

async fn connect(url: &str) -> Result<Db, nuages::db::DbError> {
    Db::connect(&url.parse::<DatabaseUrl>().unwrap(), options()).await
}

fn postgres(query: &str) -> String {
    let url = std::env::var("NUAGES_TEST_POSTGRES_URL").expect("run cargo xtask test");
    format!("{url}?{query}")
}

fn authority(server: &str) -> String {
    let variable = format!("NUAGES_TEST_{server}_CA");
    std::env::var(&variable).unwrap_or_else(|_| panic!("run cargo xtask test, or set {variable}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_to_postgres() {
    let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    for (query, expected) in [
        ("sslmode=disable".to_owned(), false),
        ("sslmode=prefer".to_owned(), true),
        ("sslmode=require".to_owned(), true),
        (format!("sslmode=verify-full&sslrootcert={}", authority("POSTGRES")), true),
    ] {
        let db = connect(&postgres(&query)).await.unwrap();
        let row = db.query(encrypted, vec![]).await.unwrap();
        assert_eq!(row[0].get::<bool>(0).unwrap(), expected, "{query}");
        db.transaction(|tx| async move { tx.query("SELECT 1", vec![]).await }).await.unwrap();
    }

    // The certificate is for 127.0.0.1, and no authority of this system has signed it.
    let elsewhere = postgres(&format!("sslmode=verify-full&sslrootcert={}", authority("POSTGRES")));
    for url in [elsewhere.replace("127.0.0.1", "localhost"), postgres("sslmode=verify-full")] {
        let error = connect(&url).await.unwrap_err();
        assert_eq!(*error.kind(), DbErrorKind::Unavailable, "{url}: {error}");
    }
}

#[cfg(feature = "mysql")]
#[tokio::test(flavor = "multi_thread")]
async fn tls_to_mariadb() {
    let server = std::env::var("NUAGES_TEST_MYSQL_URL").expect("run cargo xtask test");
    for (query, expected) in [
        ("ssl_mode=DISABLED".to_owned(), false),
        ("ssl_mode=REQUIRED".to_owned(), true),
        (format!("ssl_mode=VERIFY_IDENTITY&ssl_ca={}", authority("MYSQL")), true),
    ] {
        let db = connect(&format!("{server}?{query}")).await.unwrap();
        let row = db.query("SHOW STATUS LIKE 'Ssl_cipher'", vec![]).await.unwrap();
        assert_eq!(!row[0].get::<String>(1).unwrap().is_empty(), expected, "{query}");
    }

    let elsewhere = format!("{server}?ssl_mode=VERIFY_IDENTITY&ssl_ca={}", authority("MYSQL"));
    for url in [elsewhere.replace("127.0.0.1", "localhost"), format!("{server}?ssl_mode=VERIFY_IDENTITY")] {
        let error = connect(&url).await.unwrap_err();
        assert_eq!(*error.kind(), DbErrorKind::Unavailable, "{url}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_named_statements() {
    for test in 0..4 {
        let database = Database::postgres().await;
        let db = connect(&format!("{}&prepared_statements=false", database.url())).await.unwrap();
        match test {
            0 => statements::values_come_back(db.clone()).await,
            1 => statements::errors_are_typed(db.clone()).await,
            2 => statements::a_stream_is_read_in_parts(db.clone()).await,
            _ => transactions::writers_and_readers_together(db.clone()).await,
        }
        let kept = db.query("SELECT count(*) FROM pg_prepared_statements", vec![]).await.unwrap();
        assert_eq!(kept[0].get::<i64>(0).unwrap(), 0);
        database.drop().await;
    }
}

async fn a_statement_is_given_up(db: Db) {
    let forever = match db.vendor() {
        // MariaDB recurses a thousand times at most.
        Vendor::Mysql => "SELECT SLEEP(60)",
        _ => {
            "WITH RECURSIVE n (a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < 2000000000)
             SELECT count(*) FROM n"
        }
    };
    let limited = Limited::like(&db).await;
    let begin = std::time::Instant::now();
    let error = limited.db.query(forever, vec![]).await.unwrap_err();
    assert_eq!(*error.kind(), DbErrorKind::Timeout, "{error}");
    assert!(begin.elapsed() < Duration::from_secs(5));
    let in_transaction = limited.db.transaction(move |tx| async move { tx.query(forever, vec![]).await });
    assert_eq!(*in_transaction.await.unwrap_err().kind(), DbErrorKind::Timeout);
    limited.db.ping().await.unwrap();
}

/// The same kind of database, whose statements may run for 300 ms.
struct Limited {
    db: Db,
    _folder: tempfile::TempDir,
}

impl Limited {
    async fn like(db: &Db) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = |name: &str| std::env::var(format!("NUAGES_TEST_{name}_URL")).unwrap();
        let url = match db.vendor() {
            Vendor::Sqlite => format!("sqlite:///{}", folder.path().join("l.sqlite3").display()),
            Vendor::Postgres => server("POSTGRES"),
            Vendor::Mysql => server("MYSQL"),
        };
        let limited = DbOptions { statement_timeout: Duration::from_millis(300), ..options() };
        Self { db: Db::connect(&url.parse().unwrap(), limited).await.unwrap(), _folder: folder }
    }
}

/// Takes SQLite a while.
const COUNTING: &str = "WITH RECURSIVE n (a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < 2000000)
                        SELECT max(a) FROM n";

/// As many long statements as there are shared connections, or reader threads.
#[tokio::test(flavor = "multi_thread")]
async fn long_reads_hold_up_no_short_ones() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:///{}", folder.path().join("l.sqlite3").display());
    for (url, long) in [(sqlite, COUNTING), (postgres("sslmode=disable"), "SELECT count(pg_sleep(1))")] {
        let options = DbOptions { connections: 3, shared_connections: 3, ..options() };
        let db = Db::connect(&url.parse().unwrap(), options).await.unwrap();
        let mut slow = tokio::task::JoinSet::new();
        for _ in 0..3 {
            let db = db.clone();
            slow.spawn(async move { db.query(long, vec![]).await.unwrap() });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut short = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let db = db.clone();
            short.spawn(async move {
                for _ in 0..5 {
                    db.query("SELECT 1", vec![]).await.unwrap();
                }
            });
        }
        short.join_all().await;
        assert_eq!(slow.len(), 3);
        assert!(slow.try_join_next().is_none(), "a long statement came before the short ones: {url}");
    }
}

/// On a runtime of one thread nobody else would be served.
#[tokio::test]
async fn a_long_read_leaves_the_thread_that_asks() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:///{}", folder.path().join("l.sqlite3").display()).parse().unwrap();
    for short_read in [DbOptions::default().short_read, Duration::ZERO] {
        let db = Db::connect(&url, DbOptions { short_read, ..options() }).await.unwrap();
        let long = tokio::spawn({
            let db = db.clone();
            async move { db.query(COUNTING, vec![]).await.unwrap() }
        });
        for _ in 0..10 {
            db.query("SELECT 1", vec![]).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert!(!long.is_finished(), "with {short_read:?} for short reads");
        assert_eq!(long.await.unwrap()[0].get::<i64>(0).unwrap(), 2_000_000);
    }
}
