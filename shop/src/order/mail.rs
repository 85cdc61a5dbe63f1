//! The mail that thanks for an order. Its task is a row of the order's own transaction, so it goes out if and only if there is an order.

use nuages::db::Tx;
use nuages::orm::Optional;
use nuages::prelude::*;
use nuages::task::Tasks;
use serde::{Deserialize, Serialize};

use super::models::Order;
use super::order_value;
use crate::mails;

/// The task's name.
pub(crate) const TASK: &str = "shop.order_placed";

/// What the task is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OrderPlaced {
    order_id: String,
    language: String,
}

pub(super) async fn enqueue(tx: &Tx, tasks: &Tasks, order_id: &str, language: &str) -> Result<()> {
    let told = OrderPlaced { order_id: order_id.to_owned(), language: language.to_owned() };
    tasks.enqueue(tx, TASK, &told).await.map(drop)
}

/// Sends the mail.
pub(crate) async fn send(app: App, told: OrderPlaced) -> Result<()> {
    let known = Order::objects(&app.db).filter(Order::order_id.eq(told.order_id.as_str()));
    let known = known.select_related(Order::user()).get().await.optional()?;
    let Some((order, user)) = known else { return Ok(()) };
    let translator = app.translator(&told.language);
    let lines = Order::lines().of(&order, &app.db).all().await?;
    let url = app.absolute_url("order:detail", &[&order.order_id])?;
    let context = context! {
        user_name: user.username.as_str(),
        url,
        order_id: order.order_id.as_str(),
        order: order_value(&order, &lines, &translator, &app.settings.static_url),
    };
    mails::send(&app, &user.email, "order_placed", context, &translator).await
}
