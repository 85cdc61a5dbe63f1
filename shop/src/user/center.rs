//! `GET /user/`: who I am, where my goods go, and what I looked at last.

use axum::extract::State;
use nuages::auth::{LoggedIn, User};
use nuages::orm::Optional;
use nuages::prelude::*;

use super::models::{Address, Profile};
use super::{address, viewed};
use crate::goods::sku_value;

/// The user's own page.
pub(crate) async fn center(
    State(app): State<App>,
    user: LoggedIn<User>,
    translator: Translator,
) -> Result<Template> {
    let own = Address::objects(&app.db).filter(Address::of(user.id));
    let default = own.latest(Address::update_time).await.optional()?;
    let viewed = viewed::viewed(&app.db, user.id).await?;
    let viewed = Value::list(viewed.iter().map(|sku| sku_value(sku, &translator, &app.settings.static_url)));
    let address = default.as_ref().map_or_else(|| Value::from(""), address::value);
    let (email, avatar_url) = (user.email.as_str(), avatar_url(&app, user.id).await?);
    Ok(Template::new("user/center.html", context! { email, avatar_url, address, viewed }))
}

/// Where the user's picture is found; empty for the default one.
pub(crate) async fn avatar_url(app: &App, user_id: i64) -> Result<String> {
    let profile = Profile::objects(&app.db).filter(Profile::user_id.eq(user_id)).get().await.optional()?;
    let avatar = profile.map(|profile| profile.avatar).filter(|avatar| !avatar.is_empty());
    Ok(avatar.map(|avatar| app.storage.url(&avatar)).unwrap_or_default())
}
