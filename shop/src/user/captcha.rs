//! `GET /captcha.png?id=`: the picture of one form's challenge; with `refresh`, another text for it.

use nuages::captcha::{Captcha, Png};
use nuages::prelude::*;
use nuages::querydict::Query;

/// A PNG that nobody keeps; an unknown or spent challenge has none.
pub(crate) async fn picture(captcha: Captcha, Query(query): Query) -> Result<Png> {
    let id = query.get("id").unwrap_or_default();
    if query.get("refresh").is_some() {
        captcha.renew(id).await?;
    }
    captcha.picture(id).await?.ok_or_else(|| Error::not_found("There is no such picture."))
}
