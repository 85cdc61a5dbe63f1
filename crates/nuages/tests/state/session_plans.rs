//! The database's plans for what the engine `db` asks: by an index, each of them, however many sessions there are.

use jiff::{SignedDuration, Timestamp};
use nuages::db::{Db, Executor, Value, Vendor};

use crate::database::on_each_database;
use crate::session_contract::{migrated, now};

const SOURCE: &str = include_str!("../../src/session/db.rs");

const READS: [&str; 3] = [
    "SELECT session_data, expire_date FROM django_session WHERE session_key = ?",
    "SELECT session_data FROM django_session WHERE session_key = ? AND expire_date > ?",
    "SELECT 1 FROM django_session WHERE session_key = ?",
];
const CLEAR: &str = "DELETE FROM django_session WHERE session_key IN (SELECT session_key FROM django_session WHERE \
                     expire_date < ? ORDER BY expire_date LIMIT ?)";
const CLEAR_ON_MYSQL: &str = "DELETE FROM django_session WHERE expire_date < ? ORDER BY expire_date LIMIT ?";

async fn every_statement_goes_by_an_index(db: Db) {
    migrated(&db).await;
    fill(&db).await;
    let source = SOURCE.replace("\\\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    let asked = |sql: &str| assert!(source.contains(sql), "the engine asks another question than {sql}");
    for sql in READS {
        asked(sql);
        let mut params: Vec<Value> = vec!["k4000".into(), now().into()];
        params.truncate(sql.matches('?').count());
        let plan = plan(&db, sql, params).await;
        let by = match db.vendor() {
            Vendor::Sqlite => "USING INDEX sqlite_autoindex_django_session_1 (session_key=?)",
            // By that of the primary key, or Django's other one for LIKE.
            Vendor::Postgres => "Index Cond: (session_key = 'k4000'",
            Vendor::Mysql => "django_session const PRIMARY",
        };
        // What wants nothing but the key does not even look at the row.
        let plan = plan.replace("COVERING ", "").replace("((session_key)::text", "(session_key");
        assert!(plan.contains(by), "{sql}:\n{plan}");
        no_scan(sql, &plan);
    }
    let clear = if db.vendor() == Vendor::Mysql { CLEAR_ON_MYSQL } else { CLEAR };
    asked(clear);
    let plan = plan(&db, clear, vec![now().into(), FEW.into()]).await;
    let by = match db.vendor() {
        Vendor::Sqlite => "USING INDEX django_session_expire_date_a5c62663 (expire_date<?)",
        Vendor::Postgres => "using django_session_expire_date_a5c62663 on django_session",
        Vendor::Mysql => "django_session range django_session_expire_date_a5c62663",
    };
    assert!(plan.contains(by), "{clear}:\n{plan}");
    no_scan(clear, &plan);
}

/// Of so many sessions so few are cleared in one go as of a million.
const FEW: i64 = 5;

/// Five thousand sessions, every second of them expired, and what the planner knows of them.
async fn fill(db: &Db) {
    let expires = |n: i64| -> Timestamp {
        let way = if n % 2 == 0 { 1 } else { -1 };
        now() + SignedDuration::from_secs(way * (60 + n))
    };
    for chunk in 0..50 {
        let rows = (0..100).map(|n| chunk * 100 + n);
        let params: Vec<Value> =
            rows.flat_map(|n| [format!("k{n}").into(), "x".repeat(300).into(), expires(n).into()]).collect();
        let values = vec!["(?, ?, ?)"; 100].join(", ");
        let sql =
            format!("INSERT INTO django_session (session_key, session_data, expire_date) VALUES {values}");
        db.execute(&sql, params).await.unwrap();
    }
    let analyze = if db.vendor() == Vendor::Mysql { "ANALYZE TABLE django_session" } else { "ANALYZE" };
    db.execute(analyze, vec![]).await.unwrap();
}

/// The plan, a line for each step.
async fn plan(db: &Db, sql: &str, params: Vec<Value>) -> String {
    let (explain, columns): (_, &[&str]) = match db.vendor() {
        Vendor::Sqlite => ("EXPLAIN QUERY PLAN", &["detail"]),
        Vendor::Postgres => ("EXPLAIN", &["QUERY PLAN"]),
        Vendor::Mysql => ("EXPLAIN", &["table", "type", "key"]),
    };
    let rows = db.query(&format!("{explain} {sql}"), params).await.unwrap();
    let line = |row: &nuages::db::Row| {
        let cells = columns.iter().map(|name| row.get::<Option<String>>(*name).unwrap().unwrap_or_default());
        cells.collect::<Vec<_>>().join(" ")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn no_scan(sql: &str, plan: &str) {
    for line in plan.lines() {
        let whole = line.starts_with("SCAN django_session")
            || line.contains("Seq Scan on django_session")
            || line.starts_with("django_session ALL");
        assert!(!whole, "{sql} reads the whole table:\n{plan}");
    }
}

on_each_database!(every_statement_goes_by_an_index);
