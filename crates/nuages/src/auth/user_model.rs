//! What a site's user must be able to do.

use jiff::Timestamp;

use crate::db::Db;
use crate::error::Result;

/// A user who can log in (`AbstractBaseUser`, with the manager's and the backend's lookups).
///
/// [`User`](super::User) is Django's `auth_user`. A site with a table of its own implements this for its row type and
/// names it: `LoggedIn<Customer>`, `auth.user::<Customer>()`.
pub trait UserModel: Clone + Send + Sync + 'static {
    /// The primary key (`pk`) as text: the session's `_auth_user_id` (`user._meta.pk.value_to_string`).
    fn pk(&self) -> String;

    /// The column `password`: an encoded hash, `pbkdf2_sha256$…` or `!…`.
    fn password(&self) -> &str;

    /// Whether the user may log in and stay so.
    fn is_active(&self) -> bool;

    /// The user of this primary key; `None` for text that is no key at all.
    fn get_by_pk(db: &Db, key: &str) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// The user of this name, compared exactly.
    fn get_by_natural_key(db: &Db, username: &str) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// Stores another encoded hash; with `instead_of` only while that is what is stored, so that the upgrade of a hash
    /// never undoes a new password.
    fn save_password(
        &mut self,
        db: &Db,
        encoded: String,
        instead_of: Option<&str>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Stores when the user logged in.
    fn save_last_login(&mut self, db: &Db, instant: Timestamp) -> impl Future<Output = Result<()>> + Send;
}
