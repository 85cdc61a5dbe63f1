//! A guest's lines come along when the guest turns out to be a user.

use nuages::auth::User;
use nuages::db::{DbError, Tx};
use nuages::session::Session;
use nuages::site::App;
use nuages::{Error, Result};

use super::guest::{self, GuestCart};
use super::models::CartLine;
use crate::goods::models::Sku;

/// Adds the session's lines to the user's, each up to what its goods allow, and takes them out of the session. What is no
/// longer sold stays behind.
pub(crate) async fn merge(app: &App, session: &Session, user: &User) -> Result<()> {
    if !session.contains_key(guest::KEY).await? {
        return Ok(());
    }
    let guests = session.get::<GuestCart>(guest::KEY).await?.unwrap_or_default().counts();
    let user_id = user.id;
    if !guests.is_empty() {
        app.db.retrying_transaction(move |tx| add(tx, user_id, guests.clone())).await?;
    }
    // After the lines are safe: a process that dies here merges them once more, up to the same bounds.
    session.remove(guest::KEY).await?;
    session.commit().await.map(drop)
}

async fn add(tx: Tx, user_id: i64, guests: Vec<(i64, i64)>) -> Result<(), Merge> {
    let ids: Vec<i64> = guests.iter().map(|&(sku_id, _)| sku_id).collect();
    let goods = Sku::objects(&tx)
        .filter(Sku::on_sale() & Sku::id.in_(ids.clone()) & Sku::stock.gte(1))
        .list()
        .await?;
    let of_user = CartLine::user_id.eq(user_id) & CartLine::sku_id.in_(ids);
    let held = CartLine::objects(&tx).filter(of_user).select_for_update().list().await?;
    for (sku_id, count) in guests {
        let Some(sku) = goods.iter().find(|sku| sku.id == sku_id) else { continue };
        if let Some(line) = held.iter().find(|line| line.sku_id == sku_id) {
            let count = line.count.saturating_add(count).min(sku.limit()).max(line.count);
            CartLine::objects(&tx)
                .filter(CartLine::id.eq(line.id))
                .update([CartLine::count.set(count)])
                .await?;
        } else {
            let count = CartLine::count.set(count.min(sku.limit()));
            let row = [CartLine::user_id.set(user_id), CartLine::sku_id.set(sku_id), count];
            CartLine::objects(&tx).create(row).await?;
        }
    }
    Ok(())
}

/// A merge's own error type, so that a lost race is told from a defect and tried again.
struct Merge(DbError);

impl From<DbError> for Merge {
    fn from(error: DbError) -> Self {
        Self(error)
    }
}

impl From<Merge> for Error {
    fn from(Merge(error): Merge) -> Self {
        error.into()
    }
}
