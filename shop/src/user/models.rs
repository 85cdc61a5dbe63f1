//! What belongs to a user beside Django's `auth_user`: addresses, the avatar, the goods last looked at.

use jiff::Timestamp;
use nuages::auth::User;
use nuages::orm::{Model, Q};

use crate::goods::models::Sku;

/// Where a user has goods delivered. The latest updated is the default.
#[derive(Model, Clone, Debug)]
#[model(app = "user", table = "user_address", ordering("-update_time", "-id"))]
pub struct Address {
    /// The primary key.
    pub id: i64,
    /// Whose address it is.
    #[field(references = User, on_delete = "cascade")]
    pub user_id: i64,
    /// Who receives the parcel.
    #[field(max_length = 20)]
    pub receiver: String,
    /// Street, house and city.
    #[field(max_length = 256)]
    pub addr: String,
    /// Six digits, or empty.
    #[field(max_length = 6)]
    pub zip_code: String,
    /// A mainland mobile number.
    #[field(max_length = 11)]
    pub phone: String,
    /// When it was made.
    #[field(auto_now_add)]
    pub create_time: Timestamp,
    /// When it was last saved.
    #[field(auto_now)]
    pub update_time: Timestamp,
    /// Removed by the user; orders keep their own copy.
    pub is_delete: bool,
}

impl Address {
    /// The condition of being this user's, and not removed.
    pub fn of(user_id: i64) -> Q<Self> {
        Self::user_id.eq(user_id) & Self::is_delete.eq(false)
    }
}

/// What the shop keeps of a user beside Django's `auth_user`.
#[derive(Model, Clone, Debug)]
#[model(app = "user", table = "user_profile")]
pub struct Profile {
    /// The primary key.
    pub id: i64,
    /// Whose profile it is.
    #[field(references = User, on_delete = "cascade", unique)]
    pub user_id: i64,
    /// The picture's name in the storage; empty for the default picture.
    #[field(max_length = 100)]
    pub avatar: String,
    /// The address that the account was registered with, in lower case: unique, which `auth_user.email` is not, so that one
    /// address gets one account even when several tabs register at once. None for a user that was not made by the shop.
    #[field(max_length = 254, unique)]
    pub email: Option<String>,
    /// When the address of the account was confirmed: a link that is clicked again finds it, and changes nothing.
    pub activated_at: Option<Timestamp>,
}

/// A page of goods that a user opened; one row a user and SKU, the five newest are kept.
#[derive(Model, Clone, Debug)]
#[model(
    app = "user",
    table = "user_viewed",
    ordering("-viewed_at", "-id"),
    unique_together("user_id", "sku_id")
)]
pub struct Viewed {
    /// The primary key.
    pub id: i64,
    /// Who looked.
    #[field(references = User, on_delete = "cascade")]
    pub user_id: i64,
    /// At what.
    #[field(references = Sku, on_delete = "cascade")]
    pub sku_id: i64,
    /// When last.
    pub viewed_at: Timestamp,
}
