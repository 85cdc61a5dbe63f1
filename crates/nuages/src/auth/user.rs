//! Django's own user: the table `auth_user`.

use std::fmt;

use jiff::Timestamp;
use nuages_wire::password::EncodedPassword;
use unicode_normalization::UnicodeNormalization;

use super::UserModel;
use crate::db::{Db, DbError, Executor};
use crate::error::{Error, Result};
use crate::orm::Model;

/// A row of `auth_user` (`django.contrib.auth.models.User`). `Debug` does not show the password's hash.
#[derive(Model, Clone, PartialEq)]
#[model(app = "auth", table = "auth_user")]
pub struct User {
    /// The primary key.
    pub id: i64,
    /// The encoded hash.
    #[field(max_length = 128)]
    pub password: String,
    /// When the user last logged in.
    pub last_login: Option<Timestamp>,
    /// Whether every permission is theirs.
    #[field(default = false)]
    pub is_superuser: bool,
    /// The name to log in with.
    #[field(max_length = 150, unique)]
    pub username: String,
    /// The given name.
    #[field(max_length = 150)]
    pub first_name: String,
    /// The family name.
    #[field(max_length = 150)]
    pub last_name: String,
    /// The address, or an empty text.
    #[field(max_length = 254)]
    pub email: String,
    /// Whether the admin lets them in.
    #[field(default = false)]
    pub is_staff: bool,
    /// Whether they may log in at all.
    #[field(default = true)]
    pub is_active: bool,
    /// When the account was made.
    pub date_joined: Timestamp,
}

/// An account to be made. Its password is hashed already: that takes long, and a transaction must not wait for it.
///
/// ```
/// # use nuages::{Result, auth::{NewUser, Passwords, User}, db::Db};
/// # async fn register(db: Db, passwords: Passwords) -> Result<User> {
/// let password = passwords.make_password("a horse, a battery").await?;
/// let bob = NewUser { is_active: false, ..NewUser::new("bob", "Bob@EXAMPLE.com", password) };
/// let bob = User::create_user(&db, bob).await?;
/// assert_eq!(bob.email, "Bob@example.com");
/// # Ok(bob)
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The name to log in with; stored in Unicode's form NFKC.
    pub username: String,
    /// The address; its domain is stored in lower case.
    pub email: String,
    /// The encoded hash.
    pub password: EncodedPassword,
    /// Whether they may log in.
    pub is_active: bool,
    /// Whether the admin lets them in.
    pub is_staff: bool,
    /// Whether every permission is theirs.
    pub is_superuser: bool,
}

/// Why an account was not made.
#[derive(Debug)]
pub enum CreateUserError {
    /// The name is empty.
    NoUsername,
    /// An account of this name exists: the database said so, so it holds under a race too.
    UsernameTaken,
    /// Anything else.
    Failed(Error),
}

impl NewUser {
    /// An active account without privileges.
    pub fn new(username: impl Into<String>, email: impl Into<String>, password: EncodedPassword) -> Self {
        Self {
            username: username.into(),
            email: email.into(),
            password,
            is_active: true,
            is_staff: false,
            is_superuser: false,
        }
    }
}

impl User {
    /// Makes an account (`UserManager.create_user`).
    ///
    /// # Errors
    /// [`CreateUserError`].
    pub async fn create_user(executor: &impl Executor, new: NewUser) -> Result<Self, CreateUserError> {
        let username: String = new.username.nfkc().collect();
        if username.is_empty() {
            return Err(CreateUserError::NoUsername);
        }
        let row = [
            Self::username.set(username),
            Self::email.set(normalize_email(&new.email)),
            Self::password.set(new.password.as_str()),
            Self::first_name.set(""),
            Self::last_name.set(""),
            Self::is_active.set(new.is_active),
            Self::is_staff.set(new.is_staff),
            Self::is_superuser.set(new.is_superuser),
            Self::date_joined.set(executor.now()),
        ];
        Ok(Self::objects(executor).create(row).await?)
    }

    /// Makes an account that may do everything (`UserManager.create_superuser`).
    ///
    /// # Errors
    /// [`CreateUserError`].
    pub async fn create_superuser(executor: &impl Executor, new: NewUser) -> Result<Self, CreateUserError> {
        Self::create_user(executor, NewUser { is_staff: true, is_superuser: true, ..new }).await
    }
}

impl UserModel for User {
    fn pk(&self) -> String {
        self.id.to_string()
    }

    fn password(&self) -> &str {
        &self.password
    }

    fn is_active(&self) -> bool {
        self.is_active
    }

    async fn get_by_pk(db: &Db, key: &str) -> Result<Option<Self>> {
        let Ok(id) = key.trim().parse::<i32>() else { return Ok(None) };
        Ok(Self::objects(db).filter(Self::id.eq(i64::from(id))).first().await?)
    }

    async fn get_by_natural_key(db: &Db, username: &str) -> Result<Option<Self>> {
        Ok(Self::objects(db).filter(Self::username.eq(username)).first().await?)
    }

    async fn save_password(&mut self, db: &Db, encoded: String, instead_of: Option<&str>) -> Result<()> {
        let mut row = Self::objects(db).filter(Self::id.eq(self.id));
        if let Some(stored) = instead_of {
            row = row.filter(Self::password.eq(stored));
        }
        if row.update([Self::password.set(encoded.as_str())]).await? > 0 {
            self.password = encoded;
        }
        Ok(())
    }

    async fn save_last_login(&mut self, db: &Db, instant: Timestamp) -> Result<()> {
        Self::objects(db).filter(Self::id.eq(self.id)).update([Self::last_login.set(Some(instant))]).await?;
        self.last_login = Some(instant);
        Ok(())
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("username", &self.username).finish_non_exhaustive()
    }
}

impl From<DbError> for CreateUserError {
    fn from(error: DbError) -> Self {
        if error.is_unique_violation(&["username"]) {
            Self::UsernameTaken
        } else {
            Self::Failed(error.into())
        }
    }
}

impl From<CreateUserError> for Error {
    fn from(error: CreateUserError) -> Self {
        match error {
            CreateUserError::NoUsername => Self::bad_request("the username must be set"),
            CreateUserError::UsernameTaken => Self::conflict("a user with that username already exists"),
            CreateUserError::Failed(error) => error,
        }
    }
}

impl fmt::Display for CreateUserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUsername => f.write_str("the username must be set"),
            Self::UsernameTaken => f.write_str("a user with that username already exists"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CreateUserError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// `BaseUserManager.normalize_email`: only the domain is without case.
fn normalize_email(email: &str) -> String {
    match email.trim().rsplit_once('@') {
        Some((name, domain)) => format!("{name}@{}", domain.to_lowercase()),
        None => email.to_owned(),
    }
}
