//! Checking a name and a password, as the login form and `ModelBackend.authenticate` do.

use unicode_normalization::UnicodeNormalization;

use super::{Auth, UserModel};
use crate::error::Result;

/// The longest name that the login form normalises; a longer one is looked up as it came.
const USERNAME_MAX_LENGTH: usize = 150;

impl<U: UserModel> Auth<U> {
    /// The user of this name and password; `None` alike for an unknown name, a wrong password and an inactive user,
    /// at the same cost.
    ///
    /// The name is stripped and brought to Unicode's form NFKC. A hash with fewer rounds than ours is made anew.
    ///
    /// # Errors
    /// Unavailable when too many passwords are being checked; the database's own.
    pub async fn authenticate(&self, username: &str, password: &str) -> Result<Option<U>> {
        let config = &self.handle.config;
        let username = clean_username(username);
        // No database takes U+0000 in text, so nobody has such a name.
        let found =
            if username.contains('\0') { None } else { U::get_by_natural_key(&config.db, &username).await? };
        let Some(mut user) = found else {
            config.passwords.waste_time(password).await?;
            return Ok(None);
        };
        let checked = config.passwords.check_password(password, user.password()).await?;
        if checked.must_update {
            let stored = user.password().to_owned();
            let encoded = config.passwords.make_password(password).await?;
            user.save_password(&config.db, encoded.as_str().to_owned(), Some(&stored)).await?;
        }
        Ok(Some(user).filter(|user| checked.correct && user.is_active()))
    }

    /// Gives the user a new password. Their other sessions end; this one goes on, under a new key
    /// (`set_password`, `update_session_auth_hash`).
    ///
    /// # Errors
    /// Unavailable when too many passwords are being hashed; the database's and the session's own.
    pub async fn set_password(&self, user: &mut U, password: &str) -> Result<()> {
        let encoded = self.handle.config.passwords.make_password(password).await?;
        // Asked before the hash changes: afterwards the session would count as ended.
        let current = self.user().await?.is_some_and(|current| current.pk() == user.pk());
        user.save_password(&self.handle.config.db, encoded.as_str().to_owned(), None).await?;
        if current {
            self.update_session_auth_hash(user).await?;
        }
        Ok(())
    }
}

/// `UsernameField.to_python`.
fn clean_username(username: &str) -> String {
    let stripped = username.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c));
    if stripped.chars().count() > USERNAME_MAX_LENGTH {
        return stripped.to_owned();
    }
    stripped.nfkc().collect()
}
