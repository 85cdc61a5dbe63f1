//! `cargo xtask bench data`: reads, bulk inserts and a mixed load, in one run with the peers.
//!
//! One argument, a database's URL (an empty SQLite file, or a PostgreSQL database): it prints a line for each figure.
//! With more of them it only reads, what the first run left there, under callgrind (`instructions.rs`).
//!
//! ```text
//! {"database":"sqlite","figure":"reads","who":"nuages","per_second":152034}
//! {"database":"sqlite","figure":"bulk_insert","who":"driver","rows":100000,"seconds":0.31}
//! ```

use serde_json::{Value, json};

mod driver;
mod instructions;
mod mixed;
mod ours;
mod reads;
mod sea;
mod sqlx_peer;
mod table;

/// Rows of the table that is read.
const ROWS: i64 = 1000;
/// Readers at once.
const TASKS: usize = 32;
/// Rows of the bulk insert.
const BULK: i64 = 100_000;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let url = arguments.first().ok_or("the URL of a database is wanted")?.clone();
    if let [_, who, rows, reads] = arguments.as_slice() {
        return instructions::reads(&url, who, rows.parse()?, reads.parse()?).await;
    }
    let database = if url.starts_with("sqlite") { "sqlite" } else { "postgres" };
    let print = |figure: &str, mut line: Value| {
        line["database"] = database.into();
        line["figure"] = figure.into();
        println!("{line}");
    };
    let db = ours::prepare(&url).await?;

    for (who, per_second) in reads::all(&url, &db).await? {
        print("reads", json!({ "who": who, "per_second": per_second.round() }));
    }
    for (who, seconds) in bulk(&url, &db).await? {
        print("bulk_insert", json!({ "who": who, "rows": BULK, "seconds": seconds }));
    }
    if database == "sqlite" {
        let (writes, reads, errors) = mixed::writers_and_readers(&db).await;
        print(
            "eight_and_eight",
            json!({ "who": "nuages", "writes": writes, "reads": reads, "errors": errors }),
        );
    }
    let (quiet, held) = mixed::behind_long_statements(&url).await?;
    print("p99_ms", json!({ "who": "nuages", "quiet": quiet, "beside_long_statements": held }));
    Ok(())
}

/// The best of three rounds in turn.
async fn bulk(url: &str, db: &nuages::db::Db) -> Result<Vec<(&'static str, f64)>, Failure> {
    let mut best = vec![("driver", f64::MAX), ("nuages", f64::MAX), ("sqlx", f64::MAX)];
    for _ in 0..3 {
        for (who, seconds) in &mut best {
            ours::empty(db).await?;
            let begin = std::time::Instant::now();
            match *who {
                "driver" => driver::bulk_insert(url).await?,
                "nuages" => ours::bulk_insert(db).await?,
                _ => sqlx_peer::bulk_insert(url).await?,
            }
            *seconds = seconds.min(begin.elapsed().as_secs_f64());
        }
    }
    Ok(best)
}
