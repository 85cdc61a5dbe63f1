//! `GET /order/detail/<order_id>`: one order, for who placed it.

use axum::extract::{Path, State};
use nuages::auth::{LoggedIn, User};
use nuages::prelude::*;

use super::models::Order;
use super::order_value;

/// The order; another user's is as unknown as one that does not exist.
pub(crate) async fn detail(
    State(app): State<App>,
    Path(order_id): Path<String>,
    user: LoggedIn<User>,
    translator: Translator,
) -> Result<Template> {
    let own = Order::order_id.eq(order_id.as_str()) & Order::user_id.eq(user.id);
    let order = Order::objects(&app.db).filter(own).get().await?;
    let lines = Order::lines().of(&order, &app.db).all().await?;
    let order = order_value(&order, &lines, &translator, &app.settings.static_url);
    Ok(Template::new("order/detail.html", context! { order }))
}
