//! The shop from outside: its pages and answers through a client with a cookie jar, on a database of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "shop/test_app.rs"]
mod test_app;

#[path = "shop/accounts.rs"]
mod accounts;
#[path = "shop/bad_input.rs"]
mod bad_input;
#[path = "shop/browsing.rs"]
mod browsing;
#[path = "shop/carts.rs"]
mod carts;
#[path = "shop/orders.rs"]
mod orders;
#[path = "shop/wire.rs"]
mod wire;
