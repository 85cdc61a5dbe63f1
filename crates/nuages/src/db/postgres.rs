//! PostgreSQL.

use super::url::PostgresTarget;
use super::{Answer, DbError, DbOptions, Value};

pub(super) struct Postgres;
pub(super) struct PostgresTx;

impl Postgres {
    pub(super) async fn connect(_: &PostgresTarget, _: &DbOptions) -> Result<Self, DbError> {
        Err(DbError::unsupported("PostgreSQL is not supported yet"))
    }
    pub(super) async fn run(&self, _: &str, _: Vec<Value>) -> Result<Answer, DbError> {
        Err(DbError::unsupported("PostgreSQL is not supported yet"))
    }
    pub(super) async fn acquire(&self) -> Result<PostgresTx, DbError> {
        Err(DbError::unsupported("PostgreSQL is not supported yet"))
    }
}

impl PostgresTx {
    pub(super) async fn begin(&self) -> Result<(), DbError> {
        Err(DbError::unsupported("PostgreSQL is not supported yet"))
    }
    pub(super) async fn run(&self, _: &str, _: Vec<Value>) -> Result<Answer, DbError> {
        Err(DbError::unsupported("PostgreSQL is not supported yet"))
    }
    pub(super) async fn commit(self) -> Result<(), DbError> {
        Err(DbError::unsupported("PostgreSQL is not supported yet"))
    }
    pub(super) async fn rollback(self) -> Result<(), DbError> {
        Err(DbError::unsupported("PostgreSQL is not supported yet"))
    }
}
