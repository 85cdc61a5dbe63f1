//! Orders: the page before one, the one step that makes it, and what was ordered.

mod checkout;
pub(crate) mod commit;
pub(crate) mod detail;
pub(crate) mod mail;
pub mod models;
pub(crate) mod place;
mod refusal;
mod values;

pub(crate) use values::order_value;
