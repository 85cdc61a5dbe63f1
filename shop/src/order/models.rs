//! Orders. What was bought, at what price and where it goes is copied into the order, so that it stays as it was.

use jiff::Timestamp;
use nuages::auth::User;
use nuages::orm::Model;
use rust_decimal::Decimal;

use crate::goods::models::Sku;

/// One order.
#[derive(Model, Clone, Debug)]
#[model(
    app = "order",
    table = "order_info",
    ordering("-create_time", "-order_id"),
    unique_together("user_id", "idempotency_key"),
    related(lines = OrderLine::order)
)]
pub struct Order {
    /// The primary key: `20261120083000` (UTC) and eight random digits.
    #[field(primary_key, max_length = 128)]
    pub order_id: String,
    /// Whose order it is.
    #[field(references = User, on_delete = "protect")]
    pub user_id: i64,
    /// Drawn for each order page: the same page sent twice is one order.
    #[field(max_length = 64)]
    pub idempotency_key: String,
    /// What the page asked for: the same key with another request is refused.
    #[field(max_length = 4096)]
    pub requested: String,
    /// Copied from the address.
    #[field(max_length = 20)]
    pub receiver: String,
    /// Copied from the address.
    #[field(max_length = 256)]
    pub addr: String,
    /// Copied from the address.
    #[field(max_length = 6)]
    pub zip_code: String,
    /// Copied from the address.
    #[field(max_length = 11)]
    pub phone: String,
    /// 1 cash on delivery, 2 WeChat, 3 Alipay, 4 UnionPay.
    pub pay_method: i16,
    /// Pieces.
    pub total_count: i64,
    /// Yuan for the goods.
    #[field(max_digits = 10, decimal_places = 2)]
    pub total_price: Decimal,
    /// Yuan for the delivery.
    #[field(max_digits = 10, decimal_places = 2)]
    pub transit_price: Decimal,
    /// 1 to pay, 2 to ship, 3 on its way, 4 to review, 5 done.
    pub order_status: i16,
    /// The payment's number at the gateway; empty before it is paid.
    #[field(max_length = 128)]
    pub trade_no: String,
    /// When it was placed.
    #[field(auto_now_add)]
    pub create_time: Timestamp,
    /// When it last changed.
    #[field(auto_now)]
    pub update_time: Timestamp,
}

impl Order {
    /// The most that `total_price` can hold, in yuan.
    pub(crate) const MAX_PRICE: Decimal = Decimal::from_parts(1_410_065_407, 2, 0, false, 2);

    /// Where an order begins: to ship when it is paid in cash at the door, else to pay.
    pub(crate) fn first_status(pay_method: i16) -> i16 {
        if pay_method == 1 { 2 } else { 1 }
    }

    /// What the customer pays.
    pub fn total(&self) -> Decimal {
        self.total_price + self.transit_price
    }
}

/// One line of an order.
#[derive(Model, Clone, Debug)]
#[model(app = "order", table = "order_goods", ordering("id"))]
pub struct OrderLine {
    /// The primary key.
    pub id: i64,
    /// The order it belongs to.
    #[field(references = Order, on_delete = "cascade", max_length = 128)]
    pub order_id: String,
    /// What was bought.
    #[field(references = Sku, on_delete = "protect")]
    pub sku_id: i64,
    /// Its name then, in Chinese.
    #[field(max_length = 20)]
    pub name: String,
    /// Its name then, in English.
    #[field(max_length = 20)]
    pub name_en: String,
    /// Its unit then, in Chinese.
    #[field(max_length = 20)]
    pub unit: String,
    /// Its unit then, in English.
    #[field(max_length = 20)]
    pub unit_en: String,
    /// Its picture then.
    #[field(max_length = 100)]
    pub image: String,
    /// Yuan for one unit, then.
    #[field(max_digits = 10, decimal_places = 2)]
    pub price: Decimal,
    /// How many.
    #[field(check = "count >= 1")]
    pub count: i64,
}
