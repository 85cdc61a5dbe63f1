//! A model with each type of column, and `tests/data/django/models.py` in Rust.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use nuages::orm::{Json, Model};
use nuages::schema::{App, Migration, Operation};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "every")]
pub(crate) struct Category {
    pub(crate) id: i64,
    #[field(max_length = 20)]
    pub(crate) name: String,
    #[field(max_length = 8, unique)]
    pub(crate) code: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "every", ordering("id"))]
#[model(unique_together("small", "plain"), index("price", "-id"))]
#[model(check("plain_gte_0", "plain >= 0"), unique("one_each", "order", "category_id"))]
pub(crate) struct Every {
    pub(crate) id: i64,
    pub(crate) small: i16,
    #[field(default = 3)]
    pub(crate) plain: i32,
    pub(crate) big: i64,
    pub(crate) positive: u32,
    pub(crate) positive_small: u16,
    #[field(default = true)]
    pub(crate) flag: bool,
    pub(crate) ratio: Option<f64>,
    pub(crate) text: String,
    #[field(max_digits = 10, decimal_places = 2)]
    pub(crate) price: Decimal,
    #[field(index)]
    pub(crate) day: Date,
    #[field(auto_now)]
    pub(crate) at: Timestamp,
    #[field(unique)]
    pub(crate) ident: Uuid,
    pub(crate) raw: Vec<u8>,
    #[field(references = Category, on_delete = "protect")]
    pub(crate) category_id: i64,
    #[field(max_length = 8, references = Category::code, on_delete = "cascade")]
    pub(crate) by_code_id: Option<String>,
    #[field(max_length = 5, index)]
    pub(crate) order: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "every")]
pub(crate) struct Limits {
    pub(crate) id: i64,
    pub(crate) small: i16,
    pub(crate) plain: i32,
    pub(crate) big: i64,
    pub(crate) positive: u32,
    pub(crate) positive_small: u16,
    pub(crate) flag: bool,
    pub(crate) ratio: f64,
    #[field(max_length = 20)]
    pub(crate) name: String,
    pub(crate) text: String,
    #[field(max_digits = 10, decimal_places = 2)]
    pub(crate) price: Decimal,
    pub(crate) day: Date,
    pub(crate) at: Timestamp,
    pub(crate) ident: Uuid,
    pub(crate) raw: Vec<u8>,
    pub(crate) time: Time,
    pub(crate) length: SignedDuration,
    pub(crate) data: Json<Value>,
    pub(crate) more: Option<Json<Vec<String>>>,
    #[field(max_length = 5)]
    pub(crate) nothing: Option<String>,
}

pub(crate) fn schema() -> App {
    let tables = [Category::table(), Every::table(), Limits::table()].map(Operation::CreateTable);
    App { label: "every", depends: &[], migrations: vec![Migration::new("0001_initial", tables.to_vec())] }
}
