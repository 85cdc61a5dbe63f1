//! sea-orm: its entity for the same table.

use sea_orm::entity::prelude::*;
use sea_orm::{Database, DatabaseConnection};

use crate::{Failure, driver::path};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bench_sku")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) stock: i32,
    pub(crate) ratio: f64,
    pub(crate) active: bool,
}

impl ActiveModelBehavior for ActiveModel {}

pub(crate) async fn connect(url: &str) -> Result<DatabaseConnection, Failure> {
    let url = if url.starts_with("sqlite") { format!("sqlite://{}", path(url)) } else { url.to_owned() };
    let mut options = sea_orm::ConnectOptions::new(url);
    options.sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

pub(crate) async fn read(db: &DatabaseConnection, id: i64) -> Result<(), Failure> {
    let sku = Entity::find_by_id(id).one(db).await?.ok_or("no row")?;
    assert_eq!(sku.id, id);
    Ok(())
}
