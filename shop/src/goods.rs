//! The goods: the index page, the listings, a page for each SKU.

pub(crate) mod detail;
pub(crate) mod index;
pub(crate) mod list;
pub mod models;
pub(crate) mod shelves;
mod values;

pub(crate) use values::{category_value, choose, image_url, in_language, sku_value};
