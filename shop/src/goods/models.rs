//! What is sold: categories and the goods in them.

use jiff::Timestamp;
use nuages::orm::{Model, Q};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A shelf of the shop.
#[derive(Model, Clone, Debug, Serialize, Deserialize)]
#[model(app = "goods", table = "goods_category", ordering("index", "id"))]
pub struct Category {
    /// The primary key; a listing's URL carries it.
    pub id: i64,
    /// Names its icon: `static/images/categories/<slug>.svg`.
    #[field(max_length = 50, unique)]
    pub slug: String,
    /// The name in Chinese.
    #[field(max_length = 20)]
    pub name: String,
    /// The name in English.
    #[field(max_length = 20)]
    pub name_en: String,
    /// Its place among the shelves.
    pub index: i64,
    /// When it was made.
    #[field(auto_now_add)]
    pub create_time: Timestamp,
    /// When it was last saved.
    #[field(auto_now)]
    pub update_time: Timestamp,
    /// Taken out of the shop, but kept for what refers to it.
    pub is_delete: bool,
}

/// One thing to buy, in one pack size.
#[derive(Model, Clone, Debug, Serialize, Deserialize)]
#[model(app = "goods", table = "goods_sku", ordering("-id"))]
pub struct Sku {
    /// The primary key; a goods page's URL carries it.
    pub id: i64,
    /// The shelf it stands on.
    #[field(references = Category, on_delete = "protect")]
    pub category_id: i64,
    /// The name in Chinese.
    #[field(max_length = 20)]
    pub name: String,
    /// The name in English.
    #[field(max_length = 20)]
    pub name_en: String,
    /// One line about it, in Chinese.
    #[field(max_length = 256)]
    pub desc: String,
    /// One line about it, in English.
    #[field(max_length = 256)]
    pub desc_en: String,
    /// Yuan for one unit.
    #[field(max_digits = 10, decimal_places = 2)]
    pub price: Decimal,
    /// The unit it is sold in, in Chinese: `500g`, `盒`.
    #[field(max_length = 20)]
    pub unit: String,
    /// The unit in English.
    #[field(max_length = 20)]
    pub unit_en: String,
    /// Its picture's name under `static/images/goods/`.
    #[field(max_length = 100)]
    pub image: String,
    /// Pieces left. The database refuses a negative number, whatever the program does.
    #[field(check = "stock >= 0")]
    pub stock: i64,
    /// Pieces sold.
    pub sales: i64,
    /// 1 on sale, 0 off-line.
    pub status: i16,
    /// When it was made.
    #[field(auto_now_add)]
    pub create_time: Timestamp,
    /// When it was last saved.
    #[field(auto_now)]
    pub update_time: Timestamp,
    /// Taken out of the shop, but kept for what refers to it.
    pub is_delete: bool,
}

impl Sku {
    /// The most pieces that one line of a cart may hold.
    pub const MOST_IN_A_LINE: i64 = 999;

    /// How many pieces a line may hold now: the stock, and never more than [`Sku::MOST_IN_A_LINE`].
    pub fn limit(&self) -> i64 {
        self.stock.min(Self::MOST_IN_A_LINE)
    }

    /// The condition of being on sale. Each query of goods for a visitor begins with it.
    pub fn on_sale() -> Q<Self> {
        Self::status.eq(1) & Self::is_delete.eq(false)
    }

    /// Whether [`Sku::on_sale`] holds for it.
    pub fn is_on_sale(&self) -> bool {
        self.status == 1 && !self.is_delete
    }
}
