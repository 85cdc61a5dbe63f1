//! The database, the manager and the migrations: one suite on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use nuages::schema;

#[path = "../../src/auth/schema.rs"]
mod auth_schema;
mod django;
mod fixture;
mod manager;
mod models;
#[path = "../../src/session/schema.rs"]
mod session_schema;
mod statements;
mod transactions;
