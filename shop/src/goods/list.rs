//! `GET /list/<category>/<page>?sort=default|price|hot`: goods of a category, twelve a page.

use axum::extract::{Path, State};
use nuages::prelude::*;
use nuages::querydict::Query;
use nuages::template::Dict;

use super::models::{Category, Sku};
use super::{category_value, sku_value};
use crate::page::Page;

const ON_A_PAGE: u64 = 12;

/// Category 0 is all of them, an unknown one a 404; a page out of range is the first or the last.
pub(crate) async fn list(
    State(app): State<App>,
    Path((category_id, page)): Path<(i64, String)>,
    translator: Translator,
    Query(query): Query,
) -> Result<Template> {
    let category = match category_id {
        0 => Value::from(Dict::from_iter([
            ("id", Value::from(0)),
            ("name", translator.gettext("All goods").into()),
        ])),
        id => {
            let known =
                Category::objects(&app.db).filter(Category::id.eq(id) & Category::is_delete.eq(false));
            category_value(&known.get().await?, &translator)
        }
    };
    let mut goods = Sku::objects(&app.db).filter(Sku::on_sale());
    if category_id != 0 {
        goods = goods.filter(Sku::category_id.eq(category_id));
    }
    let total = goods.clone().count().await?;
    let page = Page::new(&page, total, ON_A_PAGE);
    let (sort, ordering) = match query.get("sort") {
        Some("price") => ("price", [Sku::price.asc(), Sku::id.desc()]),
        Some("hot") => ("hot", [Sku::sales.desc(), Sku::id.desc()]),
        _ => ("default", [Sku::id.desc(), Sku::id.desc()]),
    };
    let goods = goods.order_by(ordering).offset(page.offset()).limit(ON_A_PAGE).list().await?;
    let goods = Value::list(goods.iter().map(|sku| sku_value(sku, &translator, &app.settings.static_url)));
    Ok(Template::new("goods/list.html", context! { category, goods, sort, total: total as i64, page }))
}
