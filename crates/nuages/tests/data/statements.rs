//! Statements, values and errors.

use jiff::Timestamp;
use jiff::civil::Date;
use nuages::db::{Db, DbErrorKind, Executor, Value, Vendor};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::database::on_each_database;

on_each_database!(
    values_come_back,
    placeholders,
    errors_are_typed,
    a_table_changes_under_a_cached_statement,
    a_dropped_caller,
    a_stream_is_read_in_parts,
);

pub(crate) async fn values_come_back(db: Db) {
    let (timestamp, uuid, bytes) = match db.vendor() {
        Vendor::Sqlite => ("datetime", "char(32)", "BLOB"),
        Vendor::Postgres => ("timestamp with time zone", "uuid", "bytea"),
        Vendor::Mysql => ("datetime(6)", "uuid", "longblob"),
    };
    let sql = format!(
        "CREATE TABLE v (i bigint, s smallint, f double precision, b bool, t varchar(20), d decimal(12, 2),
         ts {timestamp}, day date, u {uuid}, raw {bytes})"
    );
    db.execute(&sql, vec![]).await.unwrap();
    let instant: Timestamp = "2026-01-15T12:00:00.000123Z".parse().unwrap();
    let day: Date = "2026-02-28".parse().unwrap();
    let id = Uuid::parse_str("6ba7b810-9dad-11d1-80b4-00c04fd430c8").unwrap();
    let price: Decimal = "1234567890.10".parse().unwrap();
    let row = vec![
        Value::from(i64::MAX),
        Value::from(-32768i16),
        Value::from(0.1),
        Value::from(true),
        Value::from("天天'生鲜"),
        Value::from(price),
        Value::from(instant),
        Value::from(day),
        Value::from(id),
        Value::from(vec![0u8, 255]),
    ];
    let insert = "INSERT INTO v VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    assert_eq!(db.execute(insert, row).await.unwrap(), 1);
    assert_eq!(db.execute(insert, vec![Value::Null; 10]).await.unwrap(), 1);

    let row = db.query_optional("SELECT * FROM v WHERE i = ?", vec![i64::MAX.into()]).await.unwrap().unwrap();
    assert_eq!(row.get::<i64>("i").unwrap(), i64::MAX);
    assert_eq!(row.get::<i16>(1).unwrap(), -32768);
    assert_eq!(row.get::<f64>("f").unwrap(), 0.1);
    assert!(row.get::<bool>("b").unwrap());
    assert_eq!(row.get::<String>("t").unwrap(), "天天'生鲜");
    assert_eq!(row.get::<Decimal>("d").unwrap(), price);
    assert_eq!(row.get::<Timestamp>("ts").unwrap(), instant);
    assert_eq!(row.get::<Date>("day").unwrap(), day);
    assert_eq!(row.get::<Uuid>("u").unwrap(), id);
    assert_eq!(row.get::<Vec<u8>>("raw").unwrap(), [0, 255]);
    assert_eq!(*row.get::<i64>("nope").unwrap_err().kind(), DbErrorKind::Misuse);
    assert_eq!(*row.get::<i64>("t").unwrap_err().kind(), DbErrorKind::Conversion);

    let empty = db.query_optional("SELECT * FROM v WHERE i IS NULL", vec![]).await.unwrap().unwrap();
    assert_eq!(empty.get::<Option<Timestamp>>("ts").unwrap(), None);
    assert!(empty.get::<String>("t").is_err());

    let same = db.query(
        "SELECT i FROM v WHERE ts = ? AND u = ? AND d = ?",
        vec![instant.into(), id.into(), price.into()],
    );
    assert_eq!(same.await.unwrap().len(), 1);
}

async fn placeholders(db: Db) {
    let rows = db.query("SELECT '?' AS q, 1 + CAST(? AS integer) AS n -- ?", vec![41.into()]).await.unwrap();
    assert_eq!(rows[0].get::<String>("q").unwrap(), "?");
    assert_eq!(rows[0].get::<i64>("n").unwrap(), 42);
    let wrong = db.query("SELECT CAST(? AS integer)", vec![]).await.unwrap_err();
    assert_eq!(*wrong.kind(), DbErrorKind::Misuse, "{wrong}");
}

pub(crate) async fn errors_are_typed(db: Db) {
    for sql in [
        "CREATE TABLE parent (id integer PRIMARY KEY)",
        "CREATE TABLE child (id integer PRIMARY KEY, parent_id integer NOT NULL REFERENCES parent (id),
         a varchar(9), b varchar(9), stock integer, CONSTRAINT stock_positive CHECK (stock >= 0),
         CONSTRAINT a_b UNIQUE (a, b))",
        "INSERT INTO parent VALUES (1)",
        "INSERT INTO child VALUES (1, 1, 'x', 'secret', 5)",
    ] {
        db.execute(sql, vec![]).await.unwrap();
    }
    let fails = async |sql: &str| db.execute(sql, vec![]).await.unwrap_err();

    let unique = fails("INSERT INTO child VALUES (2, 1, 'x', 'secret', 5)").await;
    assert!(unique.is_unique_violation(&["b", "a"]), "{unique:?}");
    assert!(!unique.is_unique_violation(&["a"]) && !format!("{unique:?}").contains("secret"));
    assert!(fails("INSERT INTO child VALUES (1, 1, 'y', 'y', 5)").await.is_unique_violation(&["id"]));

    let kinds = [
        ("INSERT INTO child VALUES (3, 9, 'z', 'z', 5)", DbErrorKind::ForeignKeyViolation),
        ("DELETE FROM parent", DbErrorKind::ForeignKeyViolation),
        ("INSERT INTO child VALUES (3, NULL, 'z', 'z', 5)", DbErrorKind::NotNullViolation),
        ("UPDATE child SET stock = stock - 6", DbErrorKind::CheckViolation),
        ("SELEC 1", DbErrorKind::Other),
        ("SELECT * FROM nowhere", DbErrorKind::Other),
    ];
    for (sql, kind) in kinds {
        assert_eq!(*fails(sql).await.kind(), kind, "{sql}");
    }
    if db.vendor() == Vendor::Postgres {
        let nul = db.query("SELECT * FROM child WHERE a = ?", vec!["a\0b".into()]).await.unwrap_err();
        assert_eq!(*nul.kind(), DbErrorKind::NulCharacter);
        assert_eq!(nuages::Error::from(nul).status(), 400);
    }
    db.ping().await.unwrap();
}

async fn a_table_changes_under_a_cached_statement(db: Db) {
    db.execute("CREATE TABLE c (a integer)", vec![]).await.unwrap();
    db.execute("INSERT INTO c VALUES (1)", vec![]).await.unwrap();
    for _ in 0..3 {
        assert_eq!(db.query("SELECT * FROM c", vec![]).await.unwrap()[0].columns(), ["a"]);
    }
    db.execute("ALTER TABLE c ADD COLUMN b integer", vec![]).await.unwrap();
    for _ in 0..6 {
        assert_eq!(db.query("SELECT * FROM c", vec![]).await.unwrap()[0].columns(), ["a", "b"]);
    }
}

async fn a_dropped_caller(db: Db) {
    db.execute("CREATE TABLE d (a integer)", vec![]).await.unwrap();
    drop(db.execute("INSERT INTO d VALUES (1)", vec![]));
    assert_eq!(db.query("SELECT * FROM d", vec![]).await.unwrap().len(), 0);
}

pub(crate) async fn a_stream_is_read_in_parts(db: Db) {
    db.execute("CREATE TABLE s (a integer)", vec![]).await.unwrap();
    let numbers: Vec<_> = (0..2000).map(|n| format!("({n})")).collect();
    db.execute(&format!("INSERT INTO s VALUES {}", numbers.join(", ")), vec![]).await.unwrap();
    let sql = "SELECT a FROM s WHERE a >= ? ORDER BY a";

    let mut rows = db.stream(sql, vec![500.into()]).await.unwrap();
    for expected in 500..2000 {
        assert_eq!(rows.next().await.unwrap().unwrap().get::<i64>("a").unwrap(), expected);
    }
    assert!(rows.next().await.is_none());

    // One that is not read to its end holds up nobody, neither writers nor the next streams.
    for _ in 0..8 {
        let mut rows = db.stream(sql, vec![0.into()]).await.unwrap();
        assert_eq!(rows.next().await.unwrap().unwrap().get::<i64>(0).unwrap(), 0);
        db.execute("UPDATE s SET a = a WHERE a = 7", vec![]).await.unwrap();
    }

    let summed = db.transaction(move |tx| async move {
        tx.execute("DELETE FROM s WHERE a >= 300", vec![]).await?;
        let mut rows = tx.stream(sql, vec![0.into()]).await?;
        let mut sum = 0;
        while let Some(row) = rows.next().await {
            let a = row?.get::<i64>("a")?;
            sum += tx.query("SELECT a FROM s WHERE a = ?", vec![a.into()]).await?[0].get::<i64>(0)?;
        }
        Ok::<_, nuages::db::DbError>(sum)
    });
    assert_eq!(summed.await.unwrap(), 44_850);

    let mut wrong = db.stream("SELECT b FROM s", vec![]).await.unwrap();
    assert!(wrong.next().await.unwrap().is_err() && wrong.next().await.is_none());
    assert_eq!(*db.stream("DELETE FROM s", vec![]).await.unwrap_err().kind(), DbErrorKind::Misuse);
}
