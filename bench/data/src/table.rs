//! The table that everybody reads, and how.

/// Rows of a page.
pub(crate) const PAGE: i64 = 12;

pub(crate) const READ: &str = "SELECT id, name, stock, ratio, active FROM bench_sku WHERE id = ?";
pub(crate) const READ_PAGE: &str =
    "SELECT id, name, stock, ratio, active FROM bench_sku WHERE id >= ? ORDER BY id ASC LIMIT 12";

/// The name of a row.
pub(crate) fn name(n: i64) -> String {
    format!("apples and pears, box {n}")
}
