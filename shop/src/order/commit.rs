//! `POST /order/commit`: the order itself.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use nuages::auth::{LoggedIn, User};
use nuages::messages::Messages;
use nuages::prelude::*;
use nuages::request::RequestInfo;
use nuages::session::Session;
use nuages::upload::FormData;
use serde_json::json;

use super::checkout::{self, Request};
use super::models::Order;
use super::place;
use super::refusal::Refusal;
use crate::cart::handlers::money;
use crate::cart::{Cart, chosen};
use crate::form::Form;

const LONGEST_KEY: usize = 64;

/// One order for the page that was sent, however often it is sent.
pub(crate) async fn commit(
    State(app): State<App>,
    user: LoggedIn<User>,
    session: Session,
    translator: Translator,
    messages: Messages,
    request: RequestInfo,
    form: FormData,
) -> Result<Response> {
    // What a guest put in before the login belongs to the cart that is ordered from.
    let cart = Cart::open(&app, &session, Some(&user)).await?;
    let outcome = match asked_for(&form, &user, &translator) {
        Ok(asked) => checkout::commit(&app, asked).await,
        Err(refusal) => Err(refusal),
    };
    let refusal = match outcome {
        Ok(order) if request.accepts_json() => return Ok(Json(answer(&order)).into_response()),
        Ok(order) => {
            messages.success(translator.gettext("We have your order."));
            return Ok(redirect(&format!("/order/detail/{}", order.order_id)));
        }
        Err(Refusal::Error(error)) => return Err(error),
        Err(Refusal::Taken(error)) => return Err(error.into()),
        Err(refusal) => refusal,
    };
    let (status, code) = refusal.status();
    let text = refusal.text(&translator);
    if request.accepts_json() {
        return Ok((status, Json(json!({"code": code, "message": text}))).into_response());
    }
    // The page once more, with the reason; or the cart, when there is nothing to order any longer.
    match place::choice(&app, &cart, form.get("sku_ids").unwrap_or_default(), &translator).await? {
        Ok(lines) => {
            let mut form = Form::of(&form.fields, &["addr_id", "pay_method"]);
            form.refuse_all(text);
            let page = place::page(&app, &user, &translator, &lines, form).await?;
            Ok((status, page).into_response())
        }
        Err(_) => {
            messages.error(text);
            Ok(redirect("/cart/"))
        }
    }
}

fn answer(order: &Order) -> serde_json::Value {
    json!({"code": 0, "message": "", "order_id": order.order_id, "total": money(order.total())})
}

/// What the form asks for, if it can be read at all.
fn asked_for(form: &FormData, user: &User, translator: &Translator) -> Result<Request, Refusal> {
    let field = |name| form.get(name).map(str::trim).unwrap_or_default();
    let key = field("idempotency_key");
    if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Refusal::Unreadable);
    }
    let pay_method = match field("pay_method") {
        "1" => 1,
        "2" => 2,
        "3" => 3,
        "4" => 4,
        _ => return Err(Refusal::PayMethod),
    };
    Ok(Request {
        user_id: user.id,
        addr_id: field("addr_id").parse().map_err(|_| Refusal::Address)?,
        pay_method,
        sku_ids: chosen(field("sku_ids")).ok_or(Refusal::Choice)?,
        idempotency_key: key.to_owned(),
        language: translator.language().to_owned(),
    })
}
