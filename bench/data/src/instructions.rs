//! Reads one after the other, for callgrind to count: `bench-data URL WHO ROWS READS`.
//!
//! The instructions of a longer run less those of a shorter one have neither the start in them nor the end.

use std::time::Duration;

use nuages::db::{Db, DbOptions};

use crate::table::PAGE;
use crate::{Failure, ROWS, driver, ours, sqlx_peer};

/// Reads rows by their key, or pages of twelve; `who` is one of `driver`, `nuages`, `nuages_raw`, `sqlx`.
pub(crate) async fn reads(url: &str, who: &str, rows: i64, reads: i64) -> Result<(), Failure> {
    let ids = (0..reads).map(|n| (n * 31 + 17) % (ROWS - PAGE) + 1);
    match who {
        "driver" if url.starts_with("sqlite") => driver::sqlite_reads(driver::path(url), rows, ids)?,
        "driver" => driver::postgres_reads(&driver::postgres(url).await?, rows, ids).await?,
        "sqlx" => {
            let pool = sqlx_peer::Pool::of(url).await?;
            for id in ids {
                if rows == 1 { pool.read(id).await? } else { pool.page(id).await? }
            }
        }
        _ => {
            // Callgrind's time is another.
            let options = DbOptions { short_read: Duration::from_secs(1), ..DbOptions::default() };
            let db = Db::connect(&url.parse()?, options).await?;
            for id in ids {
                match (who, rows) {
                    ("nuages", 1) => ours::read(&db, id).await?,
                    ("nuages", _) => ours::page(&db, id).await?,
                    (_, 1) => ours::read_raw(&db, id).await?,
                    (_, _) => ours::page_raw(&db, id).await?,
                }
            }
        }
    }
    Ok(())
}
