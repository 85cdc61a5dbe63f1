//! sqlx, with a pool and its own cache of statements.

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use sqlx::{Postgres, QueryBuilder, Sqlite};

use crate::driver::path;
use crate::table::{PAGE, READ, READ_PAGE, name};
use crate::{BULK, Failure};

/// A row of five columns.
type Sku = (i64, String, i32, f64, bool);

#[derive(Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    pub(crate) async fn of(url: &str) -> Result<Self, Failure> {
        Ok(if url.starts_with("sqlite") {
            Self::Sqlite(SqlitePool::connect(&format!("sqlite://{}", path(url))).await?)
        } else {
            Self::Postgres(PgPool::connect(url).await?)
        })
    }

    pub(crate) async fn read(&self, id: i64) -> Result<(), Failure> {
        let sku: Sku = match self {
            Self::Sqlite(pool) => sqlx::query_as(READ).bind(id).fetch_one(pool).await?,
            Self::Postgres(pool) => {
                let sql = "SELECT id, name, stock, ratio, active FROM bench_sku WHERE id = $1";
                sqlx::query_as(sql).bind(id).fetch_one(pool).await?
            }
        };
        assert_eq!(sku.0, id);
        Ok(())
    }

    pub(crate) async fn page(&self, id: i64) -> Result<(), Failure> {
        let rows: Vec<Sku> = match self {
            Self::Sqlite(pool) => sqlx::query_as(READ_PAGE).bind(id).fetch_all(pool).await?,
            Self::Postgres(pool) => {
                let sql = "SELECT id, name, stock, ratio, active FROM bench_sku WHERE id >= $1 ORDER BY id ASC LIMIT 12";
                sqlx::query_as(sql).bind(id).fetch_all(pool).await?
            }
        };
        assert_eq!((rows.len() as i64, rows[0].0), (PAGE, id));
        Ok(())
    }
}

pub(crate) async fn bulk_insert(url: &str) -> Result<(), Failure> {
    const INSERT: &str = "INSERT INTO bench_bulk (name, stock, ratio, active) ";
    let numbers: Vec<i64> = (0..BULK).collect();
    match Pool::of(url).await? {
        Pool::Sqlite(pool) => {
            let mut transaction = pool.begin().await?;
            for chunk in numbers.chunks(7500) {
                let mut builder: QueryBuilder<Sqlite> = QueryBuilder::new(INSERT);
                builder.push_values(chunk, |mut row, n| {
                    row.push_bind(name(*n)).push_bind(7i32).push_bind(0.5f64).push_bind(true);
                });
                builder.build().execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
        }
        Pool::Postgres(pool) => {
            let mut transaction = pool.begin().await?;
            for chunk in numbers.chunks(7500) {
                let mut builder: QueryBuilder<Postgres> = QueryBuilder::new(INSERT);
                builder.push_values(chunk, |mut row, n| {
                    row.push_bind(name(*n)).push_bind(7i32).push_bind(0.5f64).push_bind(true);
                });
                builder.build().execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
        }
    }
    Ok(())
}
