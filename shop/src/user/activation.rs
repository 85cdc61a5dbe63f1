//! The activation of an account: the token in the link, the mail that carries it, and what a click does.

use std::time::Duration;

use nuages::auth::User;
use nuages::db::{Executor, Tx};
use nuages::orm::Optional;
use nuages::prelude::*;
use nuages::task::Tasks;
use nuages::token::{TimedToken, TokenError};
use serde::{Deserialize, Serialize};

use super::models::Profile;
use crate::mails;

/// The task that sends the activation mail.
pub(crate) const SEND: &str = "shop.send_register_active_email";
/// The task that tells an owner that their address was registered again.
pub(crate) const ALREADY: &str = "shop.already_registered_email";

/// The salt of `URLSafeTimedSerializer(SECRET_KEY)`: a token of Django's side is good here.
const SALT: &str = "itsdangerous";
const LIFETIME: Duration = Duration::from_secs(3600);

/// What a token says, as the shop's ancestors wrote it: `{"confirm": 7}`.
#[derive(Serialize, Deserialize)]
struct Confirm {
    confirm: i64,
}

/// Whom a task writes to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Recipient {
    user_id: i64,
    language: String,
}

/// What a click on the link did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The account is active, now or since an earlier click.
    Active,
    /// The staff has switched the account off since; the link does not switch it on again.
    Disabled,
    /// The link is too old.
    Expired,
    /// The link was bent, or is none of ours, or its account is gone.
    Invalid,
}

/// Leaves a mail to this user for a worker, within the caller's transaction.
pub(super) async fn enqueue(tx: &Tx, tasks: &Tasks, task: &str, user_id: i64, language: &str) -> Result<()> {
    tasks.enqueue(tx, task, &Recipient { user_id, language: language.to_owned() }).await.map(drop)
}

/// Sends the activation mail, unless the account has been activated meanwhile.
pub(crate) async fn send(app: App, to: Recipient) -> Result<()> {
    let Some(user) = find(&app, to.user_id).await? else { return Ok(()) };
    if user.is_active {
        return Ok(());
    }
    let token = tokens(&app).dumps(&Confirm { confirm: user.id })?;
    let url = app.absolute_url("user:activate", &[&token])?;
    let context = context! { user_name: user.username.as_str(), url };
    mails::send(&app, &user.email, "activation", context, &app.translator(&to.language)).await
}

/// Tells the owner of an account that somebody registered with their address.
pub(crate) async fn send_already_registered(app: App, to: Recipient) -> Result<()> {
    let Some(user) = find(&app, to.user_id).await? else { return Ok(()) };
    let url = app.absolute_url("user:login", &[])?;
    let context = context! { user_name: user.username.as_str(), url };
    mails::send(&app, &user.email, "already_registered", context, &app.translator(&to.language)).await
}

/// Follows a link: the first click activates, a later one finds it done.
pub(super) async fn follow(app: &App, token: &str) -> Result<Outcome> {
    let user_id = match tokens(app).loads::<Confirm>(token) {
        Ok(Confirm { confirm }) => confirm,
        Err(TokenError::Expired) => return Ok(Outcome::Expired),
        Err(_) => return Ok(Outcome::Invalid),
    };
    app.db.retrying_transaction(move |tx| async move { activate(&tx, user_id).await }).await
}

async fn activate(tx: &Tx, user_id: i64) -> Result<Outcome> {
    let user = User::objects(tx).filter(User::id.eq(user_id)).select_for_update().get().await.optional()?;
    let profile = Profile::objects(tx).filter(Profile::user_id.eq(user_id)).get().await.optional()?;
    let (Some(user), Some(profile)) = (user, profile) else { return Ok(Outcome::Invalid) };
    // Who has logged in was active once, by a link or by the staff: switched off since.
    if profile.activated_at.is_some() || user.last_login.is_some() {
        return Ok(if user.is_active { Outcome::Active } else { Outcome::Disabled });
    }
    User::objects(tx).filter(User::id.eq(user_id)).update([User::is_active.set(true)]).await?;
    let now = Profile::activated_at.set(Some(tx.now()));
    Profile::objects(tx).filter(Profile::id.eq(profile.id)).update([now]).await?;
    Ok(Outcome::Active)
}

async fn find(app: &App, user_id: i64) -> Result<Option<User>> {
    Ok(User::objects(&app.db).filter(User::id.eq(user_id)).get().await.optional()?)
}

fn tokens(app: &App) -> TimedToken {
    TimedToken::new(&app.settings.secret_keys(), SALT, LIFETIME, app.clock.clone())
}
