//! A guest's lines come along when the guest turns out to be a user.

use nuages::auth::User;
use nuages::session::Session;
use nuages::site::App;
use nuages::{Error, Result};

use super::{Refusal, guest, user};

/// Adds the session's lines to the user's, each up to what its goods allow, and takes them out of the session. What is no
/// longer sold stays behind. Of requests that do so at once one does: no line is added twice.
pub(crate) async fn merge(app: &App, session: &Session, user: &User) -> Result<()> {
    if !session.contains_key(guest::KEY).await? {
        return Ok(());
    }
    let (app, session, user_id) = (app.clone(), session.clone(), user.id);
    // In a task of its own: a visitor who leaves halfway finds the lines in one of the two carts.
    tokio::spawn(async move { carry(&app, &session, user_id).await }).await.map_err(Error::internal)?
}

async fn carry(app: &App, session: &Session, user_id: i64) -> Result<()> {
    let lines = guest::take(session).await?;
    for (at, &(sku_id, count)) in lines.iter().enumerate() {
        if let Err(Refusal::Error(error)) = user::add_up_to(&app.db, user_id, sku_id, count).await {
            guest::put_back(session, lines[at..].to_vec()).await?;
            return Err(error);
        }
    }
    Ok(())
}
