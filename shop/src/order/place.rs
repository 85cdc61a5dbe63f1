//! `POST /order/place`: what is about to be ordered, where it goes and how it is paid. Nothing is changed yet.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use nuages::auth::{LoggedIn, User};
use nuages::messages::Messages;
use nuages::prelude::*;
use nuages::session::Session;
use nuages::time::ALPHANUMERIC;
use nuages::upload::FormData;
use rust_decimal::Decimal;

use super::checkout::freight;
use super::refusal::Refusal;
use crate::cart::{self, Cart, Line, chosen};
use crate::form::Form;
use crate::user::address;

/// A page that was reached by a link or a reload has no choice to show.
pub(crate) async fn to_cart() -> Response {
    redirect("/cart/")
}

/// The page for the chosen lines; back to the cart with a message when one of them cannot be ordered.
pub(crate) async fn place(
    State(app): State<App>,
    user: LoggedIn<User>,
    session: Session,
    translator: Translator,
    messages: Messages,
    form: FormData,
) -> Result<Response> {
    let cart = Cart::open(&app, &session, Some(&user)).await?;
    let outcome = choice(&app, &cart, form.get("sku_ids").unwrap_or_default(), &translator).await?;
    match outcome {
        Ok(lines) => {
            page(&app, &user, &translator, &lines, Form::default()).await.map(IntoResponse::into_response)
        }
        Err(text) => {
            messages.error(text);
            Ok(redirect("/cart/"))
        }
    }
}

/// The lines of the cart that `sku_ids` names, or why they cannot be ordered.
pub(super) async fn choice(
    app: &App,
    cart: &Cart<'_>,
    sku_ids: &str,
    translator: &Translator,
) -> Result<Result<Vec<Line>, String>> {
    let Some(ids) = chosen(sku_ids) else { return Ok(Err(Refusal::Choice.text(translator))) };
    let mut lines = cart::lines(app, cart).await?;
    lines.retain(|line| ids.contains(&line.sku.id));
    if lines.len() != ids.len() {
        return Ok(Err(Refusal::Cart.text(translator)));
    }
    let short = lines.iter().find(|line| line.problem().is_some());
    Ok(match short {
        Some(line) => Err(Refusal::Stock(Some(Box::new(line.sku.clone()))).text(translator)),
        None => Ok(lines),
    })
}

/// The page, with a key of its own: sent twice it is one order.
pub(super) async fn page(
    app: &App,
    user: &User,
    translator: &Translator,
    lines: &[Line],
    form: Form,
) -> Result<Template> {
    let addresses = Value::list(address::of_user(&app.db, user.id).await?.iter().map(address::value));
    let goods_total: Decimal = lines.iter().map(Line::amount).sum();
    let sku_ids = lines.iter().map(|line| line.sku.id.to_string()).collect::<Vec<_>>().join(",");
    let lines = Value::list(lines.iter().map(|line| line.value(app, translator)));
    let idempotency_key = app.random.string(32, ALPHANUMERIC)?;
    let (freight, total) = (freight(), goods_total + freight());
    Ok(Template::new(
        "order/place.html",
        context! { addresses, lines, goods_total, freight, total, sku_ids, idempotency_key, form },
    ))
}
