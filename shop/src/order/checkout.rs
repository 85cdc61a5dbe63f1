//! Turning lines of a cart into an order: one transaction, in which everything happens or nothing.

use nuages::Result;
use nuages::db::Tx;
use nuages::orm::{Assignment, Optional};
use nuages::site::App;
use rust_decimal::Decimal;

use super::mail;
use super::models::{Order, OrderLine};
use super::refusal::Refusal;
use crate::cart::models::CartLine;
use crate::goods::models::Sku;
use crate::goods::shelves;
use crate::user::models::Address;

/// How often another order id is drawn after one that was taken.
const ATTEMPTS: usize = 3;

/// What an order page asks for.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) user_id: i64,
    pub(super) addr_id: i64,
    pub(super) pay_method: i16,
    /// Ascending, each once.
    pub(super) sku_ids: Vec<i64>,
    /// Drawn for the page that asks.
    pub(super) idempotency_key: String,
    /// The language of the mail.
    pub(super) language: String,
}

impl Request {
    /// The content that an idempotency key stands for: `address 3, pay 1, goods 1,2`.
    fn content(&self) -> String {
        let ids: Vec<_> = self.sku_ids.iter().map(i64::to_string).collect();
        format!("address {}, pay {}, goods {}", self.addr_id, self.pay_method, ids.join(","))
    }
}

/// Yuan for the delivery of one order, whatever is in it.
pub(super) fn freight() -> Decimal {
    Decimal::new(1000, 2)
}

/// Makes the order, or finds the one that this page has made already.
pub(super) async fn commit(app: &App, request: Request) -> Result<Order, Refusal> {
    if let Some(order) = made_before(app, &request).await? {
        return Ok(order);
    }
    let mut attempt = 0;
    loop {
        attempt += 1;
        let (work, wanted) = (app.clone(), request.clone());
        let outcome: Result<Order, Refusal> = app
            .db
            .retrying_transaction(move |tx| {
                let (work, wanted) = (work.clone(), wanted.clone());
                async move { make(&tx, &work, &wanted).await }
            })
            .await;
        let refusal = match outcome {
            Ok(order) => {
                shelves::forget(&app.cache).await?;
                return Ok(order);
            }
            Err(refusal) => refusal,
        };
        // The same page sent twice at once: the loser finds its cart empty or its key taken, and the winner's order here.
        if let Some(order) = made_before(app, &request).await? {
            return Ok(order);
        }
        if attempt == ATTEMPTS || !refusal.is_taken_id() {
            return Err(refusal);
        }
    }
}

/// The order that this page has made already; refused when it asked for something else then.
async fn made_before(app: &App, request: &Request) -> Result<Option<Order>, Refusal> {
    let key =
        Order::user_id.eq(request.user_id) & Order::idempotency_key.eq(request.idempotency_key.as_str());
    match Order::objects(&app.db).filter(key).get().await.optional()? {
        Some(order) if order.requested != request.content() => Err(Refusal::Key),
        found => Ok(found),
    }
}

async fn make(tx: &Tx, app: &App, request: &Request) -> Result<Order, Refusal> {
    let address = Address::of(request.user_id) & Address::id.eq(request.addr_id);
    let address = Address::objects(tx).filter(address).get().await.optional()?.ok_or(Refusal::Address)?;
    let chosen =
        CartLine::user_id.eq(request.user_id) & CartLine::sku_id.in_(request.sku_ids.iter().copied());
    let chosen = CartLine::objects(tx)
        .filter(chosen)
        .order_by([CartLine::sku_id.asc()])
        .select_for_update()
        .list()
        .await?;
    if chosen.is_empty() || chosen.len() != request.sku_ids.len() {
        return Err(Refusal::Cart);
    }
    let goods = take(tx, &chosen).await?;
    let lines: Vec<(&CartLine, &Sku)> = chosen
        .iter()
        .filter_map(|line| Some((line, goods.iter().find(|sku| sku.id == line.sku_id)?)))
        .collect();

    let total_price: Decimal = lines.iter().map(|(line, sku)| sku.price * Decimal::from(line.count)).sum();
    if total_price > Order::MAX_PRICE {
        return Err(Refusal::Total);
    }
    let order_id = order_id(app)?;
    let order = Order::objects(tx)
        .create([
            Order::order_id.set(order_id.as_str()),
            Order::user_id.set(request.user_id),
            Order::idempotency_key.set(request.idempotency_key.as_str()),
            Order::requested.set(request.content()),
            Order::receiver.set(address.receiver),
            Order::addr.set(address.addr),
            Order::zip_code.set(address.zip_code),
            Order::phone.set(address.phone),
            Order::pay_method.set(request.pay_method),
            Order::total_count.set(lines.iter().map(|(line, _)| line.count).sum::<i64>()),
            Order::total_price.set(total_price),
            Order::transit_price.set(freight()),
            Order::order_status.set(Order::first_status(request.pay_method)),
            Order::trade_no.set(""),
        ])
        .await?;
    OrderLine::objects(tx).bulk_create(lines.iter().map(|(line, sku)| copied(&order_id, line, sku))).await?;
    CartLine::objects(tx).filter(CartLine::id.in_(chosen.iter().map(|line| line.id))).delete().await?;
    mail::enqueue(tx, &app.tasks, &order_id, &request.language).await?;
    Ok(order)
}

/// Takes the goods out of the stock, in the order of their ids, so that two orders never wait for each other in a circle.
/// Each statement holds its own condition: what is not there cannot be sold. The goods come back as they are then.
async fn take(tx: &Tx, lines: &[CartLine]) -> Result<Vec<Sku>, Refusal> {
    for line in lines {
        let enough = Sku::on_sale() & Sku::id.eq(line.sku_id) & Sku::stock.gte(line.count);
        let taken =
            [Sku::stock.set(Sku::stock.f() - line.count), Sku::sales.set(Sku::sales.f() + line.count)];
        if Sku::objects(tx).filter(enough).update(taken).await? == 0 {
            let sku = Sku::objects(tx).filter(Sku::id.eq(line.sku_id)).get().await.optional()?;
            return Err(Refusal::Stock(sku.map(Box::new)));
        }
    }
    Ok(Sku::objects(tx).filter(Sku::id.in_(lines.iter().map(|line| line.sku_id))).list().await?)
}

fn copied(order_id: &str, line: &CartLine, sku: &Sku) -> Vec<Assignment<OrderLine>> {
    vec![
        OrderLine::order_id.set(order_id),
        OrderLine::sku_id.set(sku.id),
        OrderLine::name.set(sku.name.as_str()),
        OrderLine::name_en.set(sku.name_en.as_str()),
        OrderLine::unit.set(sku.unit.as_str()),
        OrderLine::unit_en.set(sku.unit_en.as_str()),
        OrderLine::image.set(sku.image.as_str()),
        OrderLine::price.set(sku.price),
        OrderLine::count.set(line.count),
    ]
}

/// The second of the order and eight random digits: `2026112008300041275933`.
fn order_id(app: &App) -> Result<String> {
    let digits = app.random.string(8, b"0123456789")?;
    Ok(format!("{}{digits}", app.clock.now().strftime("%Y%m%d%H%M%S")))
}
