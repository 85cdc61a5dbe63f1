//! Nuages: the typed manager.

// Columns that are read from the database and not looked at.
#![allow(dead_code)]

use nuages::db::{Db, DbOptions, Executor};
use nuages::migrate::{self, App, Migration, Operation};
use nuages::orm::Model;

use crate::table::{PAGE, READ, READ_PAGE, name};
use crate::{BULK, Failure, ROWS};

#[derive(Model, Clone, Debug)]
#[model(app = "bench", table = "bench_sku")]
pub(crate) struct Sku {
    pub(crate) id: i64,
    #[field(max_length = 40)]
    pub(crate) name: String,
    pub(crate) stock: i32,
    pub(crate) ratio: f64,
    pub(crate) active: bool,
}

#[derive(Model, Clone, Debug)]
#[model(app = "bench", table = "bench_bulk")]
pub(crate) struct Bulk {
    pub(crate) id: i64,
    #[field(max_length = 40)]
    pub(crate) name: String,
    pub(crate) stock: i32,
    pub(crate) ratio: f64,
    pub(crate) active: bool,
}

pub(crate) async fn prepare(url: &str) -> Result<Db, Failure> {
    let db = Db::connect(&url.parse()?, DbOptions::default()).await?;
    let tables = [Sku::table(), Bulk::table()].map(Operation::CreateTable);
    let migrations = vec![Migration::new("0001_initial", tables.to_vec())];
    migrate::migrate(&db, &[App { label: "bench", depends: &[], migrations }]).await?;
    let rows = (0..ROWS)
        .map(|n| [Sku::name.set(name(n)), Sku::stock.set(7), Sku::ratio.set(0.5), Sku::active.set(true)]);
    Sku::objects(&db).bulk_create(rows).await?;
    Ok(db)
}

pub(crate) async fn read(db: &Db, id: i64) -> Result<(), Failure> {
    let sku = Sku::objects(db).filter(Sku::id.eq(id)).get().await?;
    assert_eq!(sku.id, id);
    Ok(())
}

pub(crate) async fn read_raw(db: &Db, id: i64) -> Result<(), Failure> {
    let rows = db.query(READ, vec![id.into()]).await?;
    assert_eq!(rows[0].get::<i64>(0)?, id);
    Ok(())
}

pub(crate) async fn page(db: &Db, id: i64) -> Result<(), Failure> {
    let rows = Sku::objects(db).filter(Sku::id.gte(id)).order_by([Sku::id.asc()]).limit(PAGE as u64).await?;
    assert_eq!((rows.len() as i64, rows[0].id), (PAGE, id));
    Ok(())
}

pub(crate) async fn page_raw(db: &Db, id: i64) -> Result<(), Failure> {
    let rows = db.query(READ_PAGE, vec![id.into()]).await?;
    assert_eq!((rows.len() as i64, rows[0].get::<i64>(0)?), (PAGE, id));
    Ok(())
}

pub(crate) async fn empty(db: &Db) -> Result<(), Failure> {
    db.execute("DELETE FROM bench_bulk", vec![]).await?;
    Ok(())
}

pub(crate) async fn bulk_insert(db: &Db) -> Result<(), Failure> {
    let rows = (0..BULK)
        .map(|n| [Bulk::name.set(name(n)), Bulk::stock.set(7), Bulk::ratio.set(0.5), Bulk::active.set(true)]);
    let stored = Bulk::objects(db).bulk_create(rows).await?;
    assert_eq!(stored, BULK as u64);
    Ok(())
}
