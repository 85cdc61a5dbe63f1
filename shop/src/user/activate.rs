//! `GET /user/active/<token>` and the form for a new link.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use nuages::auth::User;
use nuages::db::Tx;
use nuages::messages::Messages;
use nuages::prelude::*;
use nuages::upload::FormData;

use super::activation::{self, Outcome};
use super::models::Profile;
use crate::form::Form;

/// Activates the account of the link; a link that does not serve gets a page that offers a new one.
pub(crate) async fn activate(
    State(app): State<App>,
    Path(token): Path<String>,
    translator: Translator,
    messages: Messages,
) -> Result<Response> {
    let refused = |text: &str| {
        let mut form = Form::default();
        form.refuse_all(translator.gettext(text));
        (StatusCode::BAD_REQUEST, Template::new("user/activation_failed.html", context! { form }))
            .into_response()
    };
    match activation::follow(&app, &token).await? {
        Outcome::Active => {
            messages.success(translator.gettext("Your account is active. You can log in now."))
        }
        Outcome::Disabled => messages.error(translator.gettext("This account has been disabled.")),
        Outcome::Expired => return Ok(refused("The link has expired.")),
        Outcome::Invalid => return Ok(refused("The link is not valid.")),
    }
    Ok(redirect("/user/login"))
}

/// `POST /user/resend`: a new link for an account that was never activated. The answer is the same for every address.
pub(crate) async fn resend(
    State(app): State<App>,
    translator: Translator,
    messages: Messages,
    form: FormData,
) -> Result<Response> {
    let form = Form::of(&form.fields, &["email"]);
    let (work, email, language) =
        (app.clone(), form.value("email").to_owned(), translator.language().to_owned());
    app.db.transaction(move |tx| async move { enqueue(&tx, &work, &email, &language).await }).await?;
    messages.info(translator.gettext("If an account waits for this address, a new link is on its way."));
    Ok(redirect("/user/login"))
}

async fn enqueue(tx: &Tx, app: &App, email: &str, language: &str) -> Result<()> {
    let never = User::is_active.eq(false) & User::last_login.is_null();
    let waiting = User::objects(tx).filter(User::email.iexact(email) & never);
    for user in waiting.limit(1).list().await? {
        let never = Profile::user_id.eq(user.id) & Profile::activated_at.is_null();
        if Profile::objects(tx).filter(never).exists().await? {
            activation::enqueue(tx, &app.tasks, activation::SEND, user.id, language).await?;
        }
    }
    Ok(())
}
