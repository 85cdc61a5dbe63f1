//! `/cart/`: the page and the three changes, each for a browser without JavaScript (a redirect) and for one with it (JSON).

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use nuages::auth::{CurrentUser, User};
use nuages::cookies;
use nuages::messages::Messages;
use nuages::prelude::*;
use nuages::request::RequestInfo;
use nuages::session::Session;
use nuages::upload::FormData;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;

use super::{Cart, Change, Refusal, lines};
use crate::goods;

/// `GET /cart/`.
pub(crate) async fn page(
    State(app): State<App>,
    session: Session,
    user: CurrentUser<User>,
    translator: Translator,
    request: RequestInfo,
) -> Result<Response> {
    let cart = Cart::open(&app, &session, user.as_ref()).await?;
    let lines = lines(&app, &cart).await?;
    if request.accepts_json() {
        let count = lines.iter().map(|line| line.count).sum();
        let lines = lines
            .iter()
            .map(|line| LineJson {
                sku_id: line.sku.id,
                name: goods::choose(&translator, &line.sku.name, &line.sku.name_en),
                count: line.count,
                price: money(line.sku.price),
                amount: money(line.amount()),
            })
            .collect();
        let answer = CartJson { count, lines: Some(lines), ..CartJson::default() };
        return Ok(varied(Json(answer)));
    }
    let fine = || lines.iter().filter(|line| line.problem().is_none());
    let total: Decimal = fine().map(super::Line::amount).sum();
    let sku_ids = fine().map(|line| line.sku.id.to_string()).collect::<Vec<_>>().join(",");
    let lines = Value::list(lines.iter().map(|line| line.value(&app, &translator)));
    Ok(varied(Template::new("cart/cart.html", context! { lines, total, sku_ids })))
}

/// `POST /cart/add`: so many pieces more.
pub(crate) async fn add(visit: Visit, form: FormData) -> Response {
    visit.change(&form, Change::Add, "Added to the cart.").await
}

/// `POST /cart/update`: so many pieces.
pub(crate) async fn update(visit: Visit, form: FormData) -> Response {
    visit.change(&form, Change::Set, "The cart is updated.").await
}

/// `POST /cart/delete`: the line is taken out.
pub(crate) async fn delete(visit: Visit, form: FormData) -> Response {
    let outcome = visit.remove(&form).await;
    visit.answer(outcome, "Removed from the cart.")
}

/// Money as the JSON answers have it: text with two places.
pub(crate) fn money(amount: Decimal) -> String {
    format!("{amount:.2}")
}

/// One address, two answers: a browser must not show the one it kept for the other.
fn varied(answer: impl IntoResponse) -> Response {
    let mut answer = answer.into_response();
    cookies::vary(answer.headers_mut(), "Accept");
    answer
}

/// `{"code":0,"message":"","count":3}`, and `lines` where the whole cart was asked for.
#[derive(Debug, Default, Serialize)]
struct CartJson<'a> {
    code: i32,
    message: &'static str,
    count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<LineJson<'a>>>,
}

#[derive(Debug, Serialize)]
struct LineJson<'a> {
    sku_id: i64,
    name: &'a str,
    count: i64,
    price: String,
    amount: String,
}

/// Who asks for a change of the cart, and how they want the answer.
#[derive(Debug, FromRequestParts)]
#[from_request(state(App))]
pub(crate) struct Visit {
    session: Session,
    user: CurrentUser<User>,
    translator: Translator,
    messages: Messages,
    request: RequestInfo,
    #[from_request(via(State))]
    app: App,
}

impl Visit {
    async fn change(&self, form: &FormData, change: fn(i64) -> Change, done: &'static str) -> Response {
        let outcome = self.changed(form, change).await;
        self.answer(outcome, done)
    }

    async fn changed(&self, form: &FormData, change: fn(i64) -> Change) -> Result<i64, Refusal> {
        let sku_id = number(form, "sku_id").ok_or(Refusal::Unreadable)?;
        let count = number(form, "count").ok_or(Refusal::Unreadable)?;
        Cart::open(&self.app, &self.session, self.user.as_ref()).await?.change(sku_id, change(count)).await
    }

    async fn remove(&self, form: &FormData) -> Result<i64, Refusal> {
        let sku_id = number(form, "sku_id").ok_or(Refusal::Unreadable)?;
        Ok(Cart::open(&self.app, &self.session, self.user.as_ref()).await?.remove(sku_id).await?)
    }

    /// JSON for who asked for it; else a message and the way back to the page that the form stood on.
    fn answer(&self, outcome: Result<i64, Refusal>, done: &'static str) -> Response {
        let outcome = match outcome {
            Err(Refusal::Error(error)) => return error.into_response(),
            outcome => outcome,
        };
        if self.request.accepts_json() {
            return match outcome {
                Ok(count) => Json(CartJson { count, ..CartJson::default() }).into_response(),
                Err(refusal) => {
                    let (status, code) = refusal.status();
                    (status, Json(json!({"code": code, "message": refusal.text(&self.translator)})))
                        .into_response()
                }
            };
        }
        match outcome {
            Ok(_) => self.messages.success(self.translator.gettext(done)),
            Err(refusal) => self.messages.error(refusal.text(&self.translator)),
        }
        redirect(&self.request.referer_path().unwrap_or_else(|| "/cart/".to_owned()))
    }
}

/// A whole number in ASCII digits, a minus before it or not; what does not fit is as good as the largest that does.
fn number(form: &FormData, name: &str) -> Option<i64> {
    let text = form.get(name)?.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}
