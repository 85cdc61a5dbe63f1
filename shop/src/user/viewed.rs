//! The goods that a user looked at last: five, the newest first, none twice.

use nuages::Result;
use nuages::db::Db;

use super::models::Viewed;
use crate::goods::models::Sku;

const KEPT: u64 = 5;

/// Notes that the user looked at the goods just now, and forgets what is older than the last five.
pub(crate) async fn remember(db: &Db, user_id: i64, sku_id: i64) -> Result<()> {
    let of_user = || Viewed::objects(db).filter(Viewed::user_id.eq(user_id));
    if of_user().first().await?.is_some_and(|newest| newest.sku_id == sku_id) {
        return Ok(());
    }
    let now = Viewed::viewed_at.set(db.now());
    if of_user().filter(Viewed::sku_id.eq(sku_id)).update([now.clone()]).await? == 0 {
        let row = [Viewed::user_id.set(user_id), Viewed::sku_id.set(sku_id), now];
        match Viewed::objects(db).create(row).await {
            Err(error) if !error.is_unique_violation(&["user_id", "sku_id"]) => return Err(error.into()),
            // Another tab of the same visitor was faster.
            _ => {}
        }
    }
    let kept = of_user().limit(KEPT).values_list(Viewed::id).await?;
    of_user().exclude(Viewed::id.in_(kept)).delete().await?;
    Ok(())
}

/// The goods, newest first; what is no longer on sale is left out.
pub(crate) async fn viewed(db: &Db, user_id: i64) -> Result<Vec<Sku>> {
    let of_user = Viewed::objects(db).filter(Viewed::user_id.eq(user_id)).limit(KEPT);
    let rows = of_user.select_related(Viewed::sku()).await?;
    Ok(rows.into_iter().map(|(_, sku)| sku).filter(Sku::is_on_sale).collect())
}
