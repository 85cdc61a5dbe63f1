//! `interop/library/library/models.py` in Rust.

// What a query selects by column is never read as a field.
#![allow(dead_code)]

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use nuages::orm::{Json, Model};
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(Model, Clone, Debug)]
#[model(app = "library", related(books = Book::publisher))]
pub(crate) struct Publisher {
    pub(crate) id: i64,
    #[field(max_length = 50)]
    pub(crate) name: String,
    #[field(max_length = 2)]
    pub(crate) country: Option<String>,
}

#[derive(Model, Clone, Debug)]
#[model(app = "library", related(books = Book::author, pupils = Author::mentor))]
pub(crate) struct Author {
    pub(crate) id: i64,
    #[field(max_length = 50)]
    pub(crate) name: String,
    pub(crate) born: Option<Date>,
    pub(crate) rating: Option<f64>,
    #[field(references = Author, on_delete = "set_null")]
    pub(crate) mentor_id: Option<i64>,
}

#[derive(Model, Clone, Debug)]
#[model(app = "library", related(books = Book::tags))]
pub(crate) struct Tag {
    pub(crate) id: i64,
    #[field(max_length = 30, unique)]
    pub(crate) name: String,
}

#[derive(Model, Clone, Debug)]
#[model(app = "library", ordering("title", "id"), related(reviews = Review::book), many_to_many(tags = Tag))]
pub(crate) struct Book {
    pub(crate) id: i64,
    #[field(max_length = 100)]
    pub(crate) title: String,
    #[field(references = Author, on_delete = "cascade")]
    pub(crate) author_id: i64,
    #[field(references = Publisher, on_delete = "set_null")]
    pub(crate) publisher_id: Option<i64>,
    #[field(max_digits = 10, decimal_places = 2)]
    pub(crate) price: Decimal,
    #[field(max_digits = 5, decimal_places = 2)]
    pub(crate) discount: Option<Decimal>,
    pub(crate) pages: i32,
    pub(crate) published: Option<Timestamp>,
    #[field(default = true)]
    pub(crate) in_print: bool,
    #[field(unique)]
    pub(crate) isbn: Uuid,
    pub(crate) notes: Option<String>,
    pub(crate) data: Option<Json<serde_json::Value>>,
}

#[derive(Model, Clone, Debug)]
#[model(app = "library")]
pub(crate) struct Review {
    pub(crate) id: i64,
    #[field(references = Book, on_delete = "cascade")]
    pub(crate) book_id: i64,
    pub(crate) stars: i16,
    pub(crate) text: String,
    pub(crate) day: Date,
    pub(crate) took: Option<SignedDuration>,
    pub(crate) at: Option<Time>,
}
