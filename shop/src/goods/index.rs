//! `GET /`: the shelves.

use axum::extract::State;
use nuages::prelude::*;
use nuages::template::Dict;

use super::{category_value, shelves, sku_value};

/// What sells best, and of each category the newest.
pub(crate) async fn index(State(app): State<App>, translator: Translator) -> Result<Template> {
    let shelves = shelves::shelves(&app.db, &app.cache).await?;
    let sku = |sku| sku_value(sku, &translator, &app.settings.static_url);
    let popular = Value::list(shelves.popular.iter().map(sku));
    let sections = Value::list(shelves.sections.iter().filter(|(_, goods)| !goods.is_empty()).map(
        |(category, goods)| {
            let goods = Value::list(goods.iter().map(sku));
            Value::from(Dict::from_iter([
                ("category", category_value(category, &translator)),
                ("goods", goods),
            ]))
        },
    ));
    Ok(Template::new("goods/index.html", context! { popular, sections }))
}
