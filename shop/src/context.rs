//! What every page of the shop shows: the categories, and how much is in the cart.

use nuages::context;
use nuages::site::Visitor;
use nuages::template::{Context, Lazy, Value};

use crate::cart::Cart;
use crate::goods::{category_value, shelves};

/// `categories` and `cart_count`, both read only by a page that prints them.
pub(crate) fn context(visitor: &Visitor) -> Context {
    let (app, translator) = (visitor.app.clone(), visitor.translator.clone());
    let categories = Lazy::new(move || async move {
        let shelves = shelves::shelves(&app.db, &app.cache).await?;
        Ok(Value::list(shelves.sections.iter().map(|(category, _)| category_value(category, &translator))))
    });
    let visitor = visitor.clone();
    let cart_count = Lazy::new(move || async move {
        let user = visitor.auth.user().await?;
        let cart = Cart::open(&visitor.app, &visitor.session, user.as_ref()).await?;
        Ok(Value::from(cart.pieces().await?))
    });
    context! { categories: Value::Lazy(categories), cart_count: Value::Lazy(cart_count) }
}
