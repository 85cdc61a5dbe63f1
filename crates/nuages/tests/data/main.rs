//! The database, the manager and the migrations: one suite on SQLite, on PostgreSQL and, with the feature
//! `mysql`, on MariaDB.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../common/database.rs"]
mod database;

mod connections;
mod django;
mod fields;
mod manager;
mod models;
mod statements;
mod transactions;
mod writes;
