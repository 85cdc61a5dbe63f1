//! The database, the manager and the migrations: one suite on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod django;
mod fixture;
mod manager;
mod models;
mod statements;
mod transactions;
