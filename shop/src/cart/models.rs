//! The cart of a user who is logged in. A guest's is in the session.

use jiff::Timestamp;
use nuages::auth::User;
use nuages::orm::Model;

use crate::goods::models::Sku;

/// So many pieces of one SKU in one user's cart.
#[derive(Model, Clone, Debug)]
#[model(app = "cart", table = "cart_line", ordering("id"), unique_together("user_id", "sku_id"))]
pub struct CartLine {
    /// The primary key.
    pub id: i64,
    /// Whose cart it is.
    #[field(references = User, on_delete = "cascade")]
    pub user_id: i64,
    /// What is in it.
    #[field(references = Sku, on_delete = "cascade")]
    pub sku_id: i64,
    /// How many pieces.
    #[field(check = "count >= 1")]
    pub count: i64,
    /// When the line was made.
    #[field(auto_now_add)]
    pub create_time: Timestamp,
    /// When it was last changed.
    #[field(auto_now)]
    pub update_time: Timestamp,
}

/// A guest's cart whose lines were added to a user's, so that they are not added again.
#[derive(Model, Clone, Debug)]
#[model(app = "cart", table = "cart_merge")]
pub struct CartMerge {
    /// Drawn for the merge: 32 characters of `a-z0-9`.
    #[field(primary_key, max_length = 32)]
    pub id: String,
    /// Whose cart they were added to.
    #[field(references = User, on_delete = "cascade")]
    pub user_id: i64,
    /// When.
    #[field(auto_now_add, index)]
    pub create_time: Timestamp,
}
