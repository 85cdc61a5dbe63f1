//! Asks the querysets of `interop/library/cases.py` and prints what each answers, a line of JSON each; the tests of
//! `interop/tests/test_orm.py` compare the answers with Django's, row by row.
//!
//! `NUAGES_TEST_DATABASE=sqlite:////tmp/library.sqlite3 cargo run -p interop --bin querysets`

#![allow(missing_docs)]

use jiff::tz::TimeZone;
use nuages::Result;
use nuages::db::{Db, DbOptions};
use nuages::error::Error;

mod cases;
mod json;
mod models;

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::var("NUAGES_TEST_DATABASE")
        .map_err(|_| Error::configuration("NUAGES_TEST_DATABASE is not set"))?;
    let time_zone = TimeZone::get("Asia/Shanghai").map_err(Error::internal)?;
    let db = Db::connect(&url.parse()?, DbOptions { time_zone, ..DbOptions::default() }).await?;
    cases::ask(&db).await;
    // Once more: every statement was built before, many of them for other values.
    cases::ask(&db).await;
    Ok(())
}
