//! `GET /goods/<id>`: one SKU. Whoever is logged in finds it again among the goods lately viewed.

use axum::extract::{Path, State};
use nuages::auth::{CurrentUser, User};
use nuages::prelude::*;

use super::models::Sku;
use super::{category_value, sku_value};
use crate::user::viewed;

const OTHERS: u64 = 4;

/// The page of a SKU on sale; any other is a 404.
pub(crate) async fn detail(
    State(app): State<App>,
    Path(id): Path<i64>,
    user: CurrentUser<User>,
    translator: Translator,
) -> Result<Template> {
    let wanted = Sku::objects(&app.db).filter(Sku::on_sale() & Sku::id.eq(id));
    let (sku, category) = wanted.select_related(Sku::category()).get().await?;
    let others = Sku::objects(&app.db)
        .filter(Sku::on_sale() & Sku::category_id.eq(category.id) & Sku::id.ne(id))
        .limit(OTHERS)
        .list()
        .await?;
    if let Some(user) = &*user
        && let Err(error) = viewed::remember(&app.db, user.id, id).await
    {
        tracing::warn!(%error, "a page of goods that was looked at is not remembered");
    }
    let value = |sku| sku_value(sku, &translator, &app.settings.static_url);
    let (limit, others) = (sku.limit(), Value::list(others.iter().map(value)));
    let (sku, category) = (value(&sku), category_value(&category, &translator));
    Ok(Template::new("goods/detail.html", context! { sku, category, limit, others }))
}
