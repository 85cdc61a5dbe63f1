//! A guest's lines come along when the guest turns out to be a user.
//!
//! The session may be in a cache and the user's lines are in the database, so no transaction holds both. Three steps do, of
//! which each may be the last that a process lives to take:
//! 1. the session's `cart` becomes an entry of its `cart_merging`, under an id that is drawn for it: `{"k3v9…": {"7": 2}}`;
//! 2. one transaction notes the id in `cart_merge` and adds the lines; where the id is noted already, it does nothing;
//! 3. the entry is taken out of the session.
//!
//! Whoever finds an entry goes on with the second step, so no line is lost, and none is added twice. (Under
//! `signed_cookies` an old cookie brings its cart back.)

use std::time::Duration;

use jiff::SignedDuration;
use nuages::auth::User;
use nuages::db::Tx;
use nuages::prelude::*;
use nuages::session::Session;
use nuages::time::LOWER_ALPHANUMERIC;
use nuages::{Error, Result};

use super::models::CartMerge;
use super::{Refusal, guest, user};

/// The task that forgets old merges.
pub(crate) const FORGET: &str = "shop.forget_merged_carts";
/// How often it runs.
pub(crate) const FORGET_EVERY: Duration = Duration::from_secs(86_400);

/// A session that was left in the middle of a merge has ended long before.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

const ID_LENGTH: usize = 32;

/// Adds the session's lines to the user's, each up to what its goods allow, and takes them out of the session. What is no
/// longer sold stays behind.
pub(crate) async fn merge(app: &App, session: &Session, user: &User) -> Result<()> {
    if !guest::waits(session).await? {
        return Ok(());
    }
    let (app, session, user_id) = (app.clone(), session.clone(), user.id);
    // In a task of its own: a visitor who leaves halfway finds it done.
    tokio::spawn(async move { carry(&app, &session, user_id).await }).await.map_err(Error::internal)?
}

/// Forgets merges that no session knows of any more.
pub(crate) async fn forget(app: App, (): ()) -> Result<()> {
    let old = CartMerge::create_time.lt(app.clock.now() - KEPT);
    CartMerge::objects(&app.db).filter(old).delete().await?;
    Ok(())
}

async fn carry(app: &App, session: &Session, user_id: i64) -> Result<()> {
    let waiting = guest::set_aside(session, app.random.string(ID_LENGTH, LOWER_ALPHANUMERIC)?).await?;
    let mut ids = Vec::new();
    for (id, lines) in waiting {
        ids.push(id.clone());
        let add = move |tx| add(tx, user_id, id.clone(), lines.clone());
        app.db.retrying_transaction(add).await?;
    }
    guest::forget(session, ids).await
}

async fn add(tx: Tx, user_id: i64, id: String, lines: Vec<(i64, i64)>) -> Result<()> {
    let mark = [CartMerge::id.set(id), CartMerge::user_id.set(user_id)];
    if CartMerge::objects(&tx).bulk_create_ignoring_conflicts([mark]).await? == 0 {
        return Ok(());
    }
    for (sku_id, count) in lines {
        if let Err(Refusal::Error(error)) = user::add_up_to(&tx, user_id, sku_id, count).await {
            return Err(error);
        }
    }
    Ok(())
}
