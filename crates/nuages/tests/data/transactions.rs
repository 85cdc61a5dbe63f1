//! Transactions: all or nothing, hooks, savepoints, misuse.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nuages::db::{Db, DbError, DbErrorKind, Executor, Tx};

use crate::database::on_each_database;

on_each_database!(
    commits_and_rolls_back,
    hooks_run_after_the_commit,
    savepoints_drop_their_rows_and_hooks,
    the_pool_inside_is_misuse,
    a_failed_statement_breaks_it,
    a_panic_rolls_back,
    a_dropped_handler_leaves_no_half,
    writers_and_readers_together,
    a_lost_race_is_run_again,
    a_dropped_statement_rolls_back,
);

async fn table(db: &Db) {
    db.execute("CREATE TABLE t (a integer PRIMARY KEY)", vec![]).await.unwrap();
}

async fn count(db: &impl Executor) -> i64 {
    db.query("SELECT COUNT(*) FROM t", vec![]).await.unwrap()[0].get(0).unwrap()
}

async fn insert(to: &impl Executor, a: i64) -> Result<u64, DbError> {
    to.execute("INSERT INTO t VALUES (?)", vec![a.into()]).await
}

async fn commits_and_rolls_back(db: Db) {
    table(&db).await;
    let stored = db.transaction(|tx| async move {
        insert(&tx, 1).await?;
        Ok::<_, DbError>(count(&tx).await)
    });
    assert_eq!(stored.await.unwrap(), 1);

    let refused: Result<(), DbError> = db
        .transaction(|tx| async move {
            insert(&tx, 2).await?;
            Err(DbError::new(DbErrorKind::Other, "changed my mind"))
        })
        .await;
    assert_eq!(refused.unwrap_err().to_string(), "changed my mind");
    assert_eq!(count(&db).await, 1);

    let mut kept: Option<Tx> = None;
    let slot = &mut kept;
    *slot = Some(db.transaction(|tx| async move { Ok::<_, DbError>(tx) }).await.unwrap());
    let error = insert(&kept.unwrap(), 3).await.unwrap_err();
    assert!(*error.kind() == DbErrorKind::Misuse && error.to_string().contains("transactions.rs"), "{error}");
}

async fn hooks_run_after_the_commit(db: Db) {
    table(&db).await;
    let seen = Arc::new(AtomicU32::new(0));
    for fail in [false, true] {
        let (seen, inner) = (Arc::clone(&seen), db.clone());
        let outcome = db.transaction(move |tx| async move {
            insert(&tx, i64::from(fail)).await?;
            tx.on_commit(move || async move {
                assert_eq!(count(&inner).await, 1, "the row is committed, and the pool may be used");
                seen.fetch_add(1, Ordering::SeqCst);
            });
            if fail { Err(DbError::new(DbErrorKind::Other, "no")) } else { Ok(()) }
        });
        assert_eq!(outcome.await.is_err(), fail);
    }
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

async fn savepoints_drop_their_rows_and_hooks(db: Db) {
    table(&db).await;
    let seen = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&seen);
    db.transaction(move |tx| async move {
        let hook = |tx: &Tx, weight: u32| {
            let counter = Arc::clone(&counter);
            tx.on_commit(move || async move {
                let _ = counter.fetch_add(weight, Ordering::SeqCst);
            });
        };
        insert(&tx, 1).await?;
        hook(&tx, 1);
        let duplicate = tx.savepoint(|tx| async move {
            insert(&tx, 2).await?;
            hook(&tx, 10);
            insert(&tx, 1).await
        });
        assert!(duplicate.await.unwrap_err().is_unique_violation(&["a"]));
        tx.savepoint(|tx| async move { insert(&tx, 3).await }).await?;
        Ok::<_, DbError>(())
    })
    .await
    .unwrap();
    assert_eq!(count(&db).await, 2);
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

async fn the_pool_inside_is_misuse(db: Db) {
    table(&db).await;
    let inner = db.clone();
    let error = db.transaction(move |_tx| async move { insert(&inner, 1).await }).await.unwrap_err();
    assert!(*error.kind() == DbErrorKind::Misuse && error.to_string().contains("transactions.rs"), "{error}");
    let inner = db.clone();
    let nested = db.transaction(move |_tx| async move {
        inner.transaction(|tx| async move { insert(&tx, 1).await }).await
    });
    assert_eq!(*nested.await.unwrap_err().kind(), DbErrorKind::Misuse);
    assert_eq!(count(&db).await, 0);
}

async fn a_failed_statement_breaks_it(db: Db) {
    table(&db).await;
    let outcome = db.transaction(|tx| async move {
        insert(&tx, 1).await?;
        drop(insert(&tx, 1).await.unwrap_err());
        assert_eq!(*insert(&tx, 2).await.unwrap_err().kind(), DbErrorKind::Misuse);
        Ok::<_, DbError>(())
    });
    assert_eq!(
        *outcome.await.unwrap_err().kind(),
        DbErrorKind::Misuse,
        "a swallowed failure does not commit"
    );
    assert_eq!(count(&db).await, 0);
}

async fn a_panic_rolls_back(db: Db) {
    table(&db).await;
    let inner = db.clone();
    let panicked = tokio::spawn(async move {
        let body = |tx: Tx| async move {
            insert(&tx, 1).await?;
            if count(&tx).await == 1 {
                panic!("a defect");
            }
            Ok::<_, DbError>(())
        };
        inner.transaction(body).await
    });
    assert!(panicked.await.unwrap_err().is_panic());
    assert_eq!(count(&db).await, 0);
    insert(&db, 1).await.unwrap();
}

async fn a_dropped_handler_leaves_no_half(db: Db) {
    table(&db).await;
    let handler = db.transaction(|tx| async move {
        insert(&tx, 1).await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        insert(&tx, 2).await
    });
    tokio::time::timeout(Duration::from_millis(50), handler).await.unwrap_err();
    tokio::time::sleep(Duration::from_millis(20)).await;
    insert(&db, 3).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(count(&db).await, 3, "what began was finished");

    let waiting = db.transaction(|tx| async move { insert(&tx, 4).await });
    drop(waiting);
    assert_eq!(count(&db).await, 3);
}

pub(crate) async fn writers_and_readers_together(db: Db) {
    table(&db).await;
    let mut tasks = Vec::new();
    for writer in 0..8 {
        let db = db.clone();
        tasks.push(tokio::spawn(async move {
            for n in 0..10 {
                let a = writer * 100 + n;
                db.transaction(move |tx| async move { insert(&tx, a).await }).await.unwrap();
                assert!(count(&db).await > 0);
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(count(&db).await, 80);
}

async fn a_dropped_statement_rolls_back(db: Db) {
    table(&db).await;
    for a in 0..10 {
        let outcome = db.transaction(move |tx| async move {
            insert(&tx, a).await?;
            // Dropped at some point between the request and the answer.
            let wait = Duration::from_micros(u64::try_from(a).unwrap() * 100);
            drop(tokio::time::timeout(wait, insert(&tx, a + 100)).await);
            insert(&tx, a + 200).await.map(drop)
        });
        let expected = if outcome.await.is_ok() { 3 } else { 0 };
        let stored = db.query(
            "SELECT COUNT(*) FROM t WHERE a IN (?, ?, ?)",
            vec![a.into(), (a + 100).into(), (a + 200).into()],
        );
        assert_eq!(stored.await.unwrap()[0].get::<i64>(0).unwrap(), expected);
    }
}

async fn a_lost_race_is_run_again(db: Db) {
    table(&db).await;
    insert(&db, 10).await.unwrap();
    insert(&db, 20).await.unwrap();
    // Each locks one row and then wants the other's: PostgreSQL ends one of them as a deadlock.
    let both = [(10i64, 20i64), (20, 10)].map(|(first, second)| {
        db.retrying_transaction(move |tx| async move {
            for row in [first, second] {
                tx.execute("UPDATE t SET a = a WHERE a = ?", vec![row.into()]).await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Ok::<_, DbError>(())
        })
    });
    let [one, two] = both.map(tokio::spawn);
    one.await.unwrap().unwrap();
    two.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_server_closed_are_opened_again() {
    let database = crate::database::Database::postgres().await;
    let (db, other) = (database.connect().await, database.connect().await);
    table(&db).await;
    insert(&db, 1).await.unwrap();
    let own = db.query(
        "SELECT pid FROM pg_stat_activity WHERE query LIKE '%INSERT INTO t %' OR pid = pg_backend_pid()",
        vec![],
    );
    for row in own.await.unwrap() {
        let pid = row.get::<i64>(0).unwrap();
        drop(other.query("SELECT pg_terminate_backend(?)", vec![pid.into()]).await);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    for a in 2..6 {
        insert(&db, a).await.unwrap();
        assert_eq!(count(&db).await, a);
    }
    database.drop().await;
}

#[tokio::test]
async fn held_open_too_long() {
    let options =
        nuages::db::DbOptions { transaction_limit: Duration::from_millis(30), ..Default::default() };
    let db = Db::connect(&nuages::db::DatabaseUrl::memory(), options).await.unwrap();
    table(&db).await;
    let outcome = db.transaction(|tx| async move {
        insert(&tx, 1).await?;
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok::<_, DbError>(())
    });
    let error = outcome.await.unwrap_err();
    assert!(error.to_string().contains("transactions.rs"), "{error}");
    assert_eq!(count(&db).await, 0);
}
