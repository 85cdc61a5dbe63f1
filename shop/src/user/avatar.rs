//! `/user/avatar`: a picture of oneself.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use nuages::auth::{LoggedIn, User};
use nuages::db::Tx;
use nuages::messages::Messages;
use nuages::orm::Optional;
use nuages::prelude::*;
use nuages::time::LOWER_ALPHANUMERIC;
use nuages::upload::FormData;

use super::center::avatar_url;
use super::models::Profile;
use super::picture::Picture;
use crate::form::Form;

/// The largest picture, bytes.
const MOST_BYTES: u64 = 2 << 20;

/// The picture and the form.
pub(crate) async fn form(State(app): State<App>, user: LoggedIn<User>) -> Result<Template> {
    page(&app, &user, Form::default()).await
}

/// Stores a picture under a fresh name and removes the one before it.
pub(crate) async fn upload(
    State(app): State<App>,
    user: LoggedIn<User>,
    translator: Translator,
    messages: Messages,
    sent: FormData,
) -> Result<Response> {
    let mut form = Form::default();
    let refusal = match sent.file("headimg") {
        None => "Choose a picture first.",
        Some(file) if file.size > MOST_BYTES => "The picture is larger than 2 MB.",
        Some(file) => {
            let bytes = file.bytes(MOST_BYTES).await?;
            match Picture::of(&bytes) {
                None => "Choose a PNG, JPEG or WebP picture.",
                Some(picture) => {
                    let name = format!(
                        "avatars/{}.{}",
                        app.random.string(24, LOWER_ALPHANUMERIC)?,
                        picture.extension()
                    );
                    let name = app.storage.save(&name, bytes).await?;
                    replace(&app, user.id, name).await?;
                    messages.success(translator.gettext("The picture is saved."));
                    return Ok(redirect("/user/avatar"));
                }
            }
        }
    };
    form.refuse("headimg", translator.gettext(refusal));
    page(&app, &user, form).await.map(IntoResponse::into_response)
}

/// Names the new picture in the profile. The old file goes after the commit; the new one when there is none.
async fn replace(app: &App, user_id: i64, name: String) -> Result<()> {
    let stored = name.clone();
    let outcome = app.db.retrying_transaction(move |tx| {
        let name = name.clone();
        async move { name_it(&tx, user_id, &name).await }
    });
    let superfluous = match outcome.await {
        Ok(before) => before,
        Err(error) => {
            app.storage.delete(&stored).await?;
            return Err(error);
        }
    };
    if !superfluous.is_empty()
        && let Err(error) = app.storage.delete(&superfluous).await
    {
        tracing::warn!(%error, "an old picture stays in the storage");
    }
    Ok(())
}

/// The name before; a user made by Django has no profile yet.
async fn name_it(tx: &Tx, user_id: i64, name: &str) -> Result<String> {
    let own = || Profile::objects(tx).filter(Profile::user_id.eq(user_id));
    let Some(profile) = own().select_for_update().get().await.optional()? else {
        Profile::objects(tx).create([Profile::user_id.set(user_id), Profile::avatar.set(name)]).await?;
        return Ok(String::new());
    };
    own().update([Profile::avatar.set(name)]).await?;
    Ok(profile.avatar)
}

async fn page(app: &App, user: &User, form: Form) -> Result<Template> {
    let avatar_url = avatar_url(app, user.id).await?;
    Ok(Template::new("user/avatar.html", context! { avatar_url, form }))
}
