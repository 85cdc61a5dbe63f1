//! Accounts: register, activate, log in and out, and the pages of a user's own.

pub(crate) mod activate;
pub(crate) mod activation;
pub(crate) mod address;
pub(crate) mod avatar;
pub(crate) mod captcha;
pub(crate) mod center;
pub(crate) mod login;
pub mod models;
pub(crate) mod orders;
pub(crate) mod picture;
pub(crate) mod register;
pub(crate) mod viewed;
