//! `GET /user/order/<page>`: my orders, the newest first.

use axum::extract::{Path, State};
use nuages::auth::{LoggedIn, User};
use nuages::prelude::*;

use crate::order::models::Order;
use crate::order::order_value;
use crate::page::Page;

const ON_A_PAGE: u64 = 5;

/// One page of them; a page out of range is the first or the last.
pub(crate) async fn orders(
    State(app): State<App>,
    Path(page): Path<String>,
    user: LoggedIn<User>,
    translator: Translator,
) -> Result<Template> {
    let own = Order::objects(&app.db).filter(Order::user_id.eq(user.id));
    let page = Page::new(&page, own.clone().count().await?, ON_A_PAGE);
    let orders = own.offset(page.offset()).limit(ON_A_PAGE).prefetch_related(Order::lines()).await?;
    let value =
        |(order, lines): &(_, Vec<_>)| order_value(order, lines, &translator, &app.settings.static_url);
    let orders = Value::list(orders.iter().map(value));
    Ok(Template::new("user/orders.html", context! { orders, page }))
}
