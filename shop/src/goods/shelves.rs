//! The listing of the index page, read from the database at most every four seconds.
//!
//! It is the same for every visitor, so nothing of a visitor may enter it. A change of goods in this process drops it
//! at once ([`forget`]); another process sees the change when its own copy has aged: within five seconds, the reading included.

use std::sync::Arc;
use std::time::Duration;

use nuages::Result;
use nuages::cache::Cache;
use nuages::db::Db;
use serde::{Deserialize, Serialize};

use super::models::{Category, Sku};

const KEY: &str = "goods_shelves";
const AGE: Duration = Duration::from_secs(4);
const BEST_SELLERS: u64 = 4;
const ON_A_SHELF: u64 = 4;

/// What stands on the index page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Shelves {
    /// What sells best.
    pub(crate) popular: Vec<Sku>,
    /// Each category with its newest goods.
    pub(crate) sections: Vec<(Category, Vec<Sku>)>,
}

/// The shelves, from the cache or the database.
pub(crate) async fn shelves(db: &Db, cache: &Cache) -> Result<Arc<Shelves>> {
    let db = db.clone();
    cache.get_or_set_shared(KEY, AGE, || async move { read(&db).await }).await
}

/// Drops the listing, because goods have changed.
pub(crate) async fn forget(cache: &Cache) -> Result<()> {
    cache.delete(KEY).await.map(drop)
}

async fn read(db: &Db) -> Result<Shelves> {
    let on_sale = || Sku::objects(db).filter(Sku::on_sale());
    let popular = on_sale().order_by([Sku::sales.desc(), Sku::id.desc()]).limit(BEST_SELLERS).list().await?;
    let mut sections = Vec::new();
    for category in Category::objects(db).filter(Category::is_delete.eq(false)).list().await? {
        let newest = on_sale().filter(Sku::category_id.eq(category.id)).limit(ON_A_SHELF).list().await?;
        sections.push((category, newest));
    }
    Ok(Shelves { popular, sections })
}
