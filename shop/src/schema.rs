//! The shop's tables, app by app, as `migrate` makes them.

use nuages::migrate::{App, Migration, Operation, Table};

use crate::{cart, goods, order, user};

/// The apps in the order in which they refer to each other.
pub(crate) fn models() -> Vec<App> {
    vec![
        app("goods", &[], [goods::models::Category::table(), goods::models::Sku::table()]),
        app(
            "user",
            &["auth", "goods"],
            [user::models::Address::table(), user::models::Profile::table(), user::models::Viewed::table()],
        ),
        cart(),
        app("order", &["auth", "goods"], [order::models::Order::table(), order::models::OrderLine::table()]),
    ]
}

fn cart() -> App {
    let mut cart = app("cart", &["auth", "goods"], [cart::models::CartLine::table()]);
    let merges = Operation::CreateTable(cart::models::CartMerge::table());
    cart.migrations.push(Migration::new("0002_cart_merge", vec![merges]));
    cart
}

fn app<const N: usize>(
    label: &'static str,
    depends: &'static [&'static str],
    tables: [&'static Table; N],
) -> App {
    let operations = tables.into_iter().map(Operation::CreateTable).collect();
    App { label, depends, migrations: vec![Migration::new("0001_initial", operations)] }
}
