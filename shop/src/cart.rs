//! The cart: a guest's in the session, a user's in the database, both behind one set of rules.
//!
//! A line holds from 1 to `min(stock, 999)` pieces; what would leave these bounds is refused and changes nothing. A guest's
//! cart is the session's `cart`, `{"7": 2}` (SKU 7 twice), which Django reads and writes as well. When a user with such a
//! session is seen, wherever they logged in, its lines are added to theirs.

mod guest;
pub(crate) mod handlers;
mod lines;
mod merge;
pub mod models;
mod refusal;
mod user;

use nuages::Result;
use nuages::auth::User;
use nuages::orm::Optional;
use nuages::session::Session;
use nuages::site::App;

use crate::goods::models::Sku;
use guest::GuestCart;

pub(crate) use lines::{Line, chosen, lines};
pub(crate) use merge::{FORGET, FORGET_EVERY, forget, merge};
pub(crate) use refusal::Refusal;

/// What is done to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// So many pieces more.
    Add(i64),
    /// So many pieces, whatever there were.
    Set(i64),
}

/// The cart of whoever asks.
#[derive(Debug)]
pub(crate) struct Cart<'a> {
    app: &'a App,
    session: &'a Session,
    user: Option<&'a User>,
}

impl<'a> Cart<'a> {
    /// The cart of the user who is logged in, else the session's. A guest's lines in the session of a user are merged now.
    pub(crate) async fn open(app: &'a App, session: &'a Session, user: Option<&'a User>) -> Result<Self> {
        if let Some(user) = user {
            merge(app, session, user).await?;
        }
        Ok(Self { app, session, user })
    }

    /// How many pieces of which SKU, in the order in which they came.
    pub(crate) async fn counts(&self) -> Result<Vec<(i64, i64)>> {
        match self.user {
            Some(user) => user::counts(&self.app.db, user.id).await,
            None => Ok(self.session.get::<GuestCart>(guest::KEY).await?.unwrap_or_default().counts()),
        }
    }

    /// Changes a line; how many pieces the saved cart then holds.
    pub(crate) async fn change(&self, sku_id: i64, change: Change) -> Result<i64, Refusal> {
        let known = Sku::objects(&self.app.db).filter(Sku::on_sale() & Sku::id.eq(sku_id));
        let sku = known.get().await.optional()?.ok_or(Refusal::NotSold)?;
        if sku.stock < 1 {
            return Err(Refusal::SoldOut);
        }
        let (Change::Add(count) | Change::Set(count)) = change;
        if !(1..=sku.limit()).contains(&count) {
            return Err(Refusal::beyond(&sku));
        }
        match self.user {
            Some(user) => user::change(&self.app.db, user.id, &sku, change).await?,
            None => return guest::change(self.session, &sku, change).await,
        }
        self.pieces().await.map_err(Refusal::Error)
    }

    /// Takes a line out; how many pieces the saved cart then holds. A line that is not there is taken out already.
    pub(crate) async fn remove(&self, sku_id: i64) -> Result<i64> {
        match self.user {
            Some(user) => user::remove(&self.app.db, user.id, sku_id).await?,
            None => return guest::remove(self.session, sku_id).await,
        }
        self.pieces().await
    }

    /// How many pieces the cart holds.
    pub(crate) async fn pieces(&self) -> Result<i64> {
        Ok(self.counts().await?.iter().map(|(_, count)| count).sum())
    }
}
