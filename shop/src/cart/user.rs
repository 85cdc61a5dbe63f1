//! A user's cart: rows of `cart_line`, each changed by one statement that holds its own condition.

use nuages::Result;
use nuages::db::{Db, Executor};

use super::models::CartLine;
use super::{Change, Refusal};
use crate::goods::models::Sku;

/// How often a line that comes and goes under our hands is tried again.
const ATTEMPTS: usize = 5;

pub(super) async fn counts(db: &Db, user_id: i64) -> Result<Vec<(i64, i64)>> {
    let lines = CartLine::objects(db).filter(CartLine::user_id.eq(user_id)).list().await?;
    Ok(lines.into_iter().map(|line| (line.sku_id, line.count)).collect())
}

/// Changes the line, or makes it. The sum is checked by the statement that stores it, so two tabs cannot exceed it together.
pub(super) async fn change(
    executor: &impl Executor,
    user_id: i64,
    sku: &Sku,
    change: Change,
) -> Result<(), Refusal> {
    let line =
        || CartLine::objects(executor).filter(CartLine::user_id.eq(user_id) & CartLine::sku_id.eq(sku.id));
    let now = CartLine::update_time.set(executor.now());
    for _ in 0..ATTEMPTS {
        let (count, changed) = match change {
            Change::Add(count) => {
                let fits = line().filter(CartLine::count.lte(sku.limit() - count));
                (count, fits.update([CartLine::count.set(CartLine::count.f() + count), now.clone()]).await?)
            }
            Change::Set(count) => (count, line().update([CartLine::count.set(count), now.clone()]).await?),
        };
        if changed > 0 {
            return Ok(());
        }
        if let Some(held) = line().first().await? {
            match change {
                Change::Add(count) if held.count > sku.limit() - count => return Err(Refusal::beyond(sku)),
                // Another tab made the line since: now there is one to change.
                _ => continue,
            }
        }
        let row = [CartLine::user_id.set(user_id), CartLine::sku_id.set(sku.id), CartLine::count.set(count)];
        // Who loses the race to another tab finds a line to change; inside of a transaction an error would end it.
        if CartLine::objects(executor).bulk_create_ignoring_conflicts([row]).await? > 0 {
            return Ok(());
        }
    }
    Err(Refusal::Error(nuages::Error::conflict("the line of the cart changed too often")))
}

/// Adds a line of a guest's, up to what its goods allow. What is no longer sold stays out.
pub(super) async fn add_up_to(
    executor: &impl Executor,
    user_id: i64,
    sku_id: i64,
    count: i64,
) -> Result<(), Refusal> {
    let sold = Sku::on_sale() & Sku::id.eq(sku_id) & Sku::stock.gte(1);
    let Some(sku) = Sku::objects(executor).filter(sold).first().await? else { return Ok(()) };
    match change(executor, user_id, &sku, Change::Add(count.min(sku.limit()))).await {
        Err(Refusal::Left(limit) | Refusal::Most(limit)) => {
            let less =
                CartLine::user_id.eq(user_id) & CartLine::sku_id.eq(sku_id) & CartLine::count.lt(limit);
            CartLine::objects(executor).filter(less).update([CartLine::count.set(limit)]).await?;
            Ok(())
        }
        changed => changed,
    }
}

pub(super) async fn remove(db: &Db, user_id: i64, sku_id: i64) -> Result<()> {
    let line = CartLine::user_id.eq(user_id) & CartLine::sku_id.eq(sku_id);
    CartLine::objects(db).filter(line).delete().await?;
    Ok(())
}
