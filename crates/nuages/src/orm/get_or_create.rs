//! `get_or_create` and `update_or_create`: safe when two do it at once, because the database's unique constraint
//! decides and the loser reads what the winner made.
//!
//! ```
//! # use nuages::{db::Db, orm::Model};
//! # #[derive(Model)] #[model(app = "goods")] struct Tag { id: i64, #[field(max_length = 9, unique)] name: String, uses: i64 }
//! # async fn example(db: Db) -> nuages::Result<()> {
//! // Tag.objects.get_or_create(name="fruit", defaults={"uses": 0})
//! let (tag, created) = Tag::objects(&db).get_or_create([Tag::name.set("fruit")], [Tag::uses.set(0)]).await?;
//! # Ok(())
//! # }
//! ```

use super::expression::Node;
use super::lookups::Lookup;
use super::q::Condition;
use super::relations::{Path, key_of};
use super::{Assignment, GetError, Model, Q, QuerySet};
use crate::db::{Connection, DbError, DbErrorKind, Executor, Tx, Value};
use crate::schema::AutoNow;

impl<M: Model> QuerySet<M> {
    /// The row with these values, and whether it had to be made: then with the defaults, too.
    pub async fn get_or_create(
        self,
        values: impl IntoIterator<Item = Assignment<M>> + Send,
        defaults: impl IntoIterator<Item = Assignment<M>> + Send,
    ) -> Result<(M, bool), GetError> {
        let values: Vec<_> = values.into_iter().collect();
        let wanted = self.clone().filter(equal(&values));
        match wanted.clone().get().await {
            Err(GetError::DoesNotExist { .. }) => {}
            found => return found.map(|row| (row, false)),
        }
        let all = values.into_iter().chain(defaults).collect::<Vec<_>>();
        match self.create_apart(all).await {
            Err(error) if matches!(error.kind(), DbErrorKind::UniqueViolation { .. }) => {
                match wanted.get().await {
                    Err(GetError::DoesNotExist { .. }) => Err(error.into()),
                    found => found.map(|row| (row, false)),
                }
            }
            created => Ok((created?, true)),
        }
    }

    /// The row with these values, set to the defaults, and whether it had to be made.
    pub async fn update_or_create(
        self,
        values: impl IntoIterator<Item = Assignment<M>> + Send,
        defaults: impl IntoIterator<Item = Assignment<M>> + Send,
    ) -> Result<(M, bool), GetError> {
        let (values, defaults): (Vec<_>, Vec<_>) =
            (values.into_iter().collect(), defaults.into_iter().collect());
        match self.connection.clone() {
            Connection::Tx(_) => self.update_or_create_inside(values, defaults).await,
            Connection::Db(db) => {
                let inside = move |tx: Tx| {
                    let queryset = Self::with(Connection::Tx(tx), self.query);
                    queryset.update_or_create_inside(values, defaults)
                };
                db.transaction(inside).await
            }
        }
    }

    async fn update_or_create_inside(
        self,
        values: Vec<Assignment<M>>,
        mut defaults: Vec<Assignment<M>>,
    ) -> Result<(M, bool), GetError> {
        let all = self.clone();
        let (row, created) = self.select_for_update().get_or_create(values, defaults.clone()).await?;
        if created {
            return Ok((row, true));
        }
        let now = all.connection.now();
        let saved = |field: &&'static crate::schema::Field| field.auto == Some(AutoNow::Always);
        for field in M::table().fields.iter().filter(saved) {
            defaults.insert(0, Assignment::new(field, Node::Value(Value::Timestamp(now)), false));
        }
        let key = Node::Column(Path::HERE, key_of(M::table()));
        let same = Lookup::Compare("=", Node::Value(row.primary_key()));
        let mut own = QuerySet::<M>::new(all.connection);
        own.query.filter(Condition::Lookup(key, same));
        own.clone().update(defaults).await?;
        own.get().await.map(|row| (row, false))
    }

    /// Creates in a savepoint, so that a transaction goes on after a refusal.
    async fn create_apart(self, values: Vec<Assignment<M>>) -> Result<M, DbError> {
        match self.connection.clone() {
            Connection::Db(_) => self.create(values).await,
            Connection::Tx(tx) => {
                let inside = move |tx: Tx| {
                    let queryset = Self::with(Connection::Tx(tx), self.query);
                    queryset.create(values)
                };
                tx.savepoint(inside).await
            }
        }
    }
}

/// The rows whose columns have these values.
fn equal<M: Model>(values: &[Assignment<M>]) -> Q<M> {
    let each = |assignment: &Assignment<M>| {
        let column = Node::Column(Path::HERE, assignment.field);
        Condition::Lookup(column, Lookup::Compare("=", assignment.node.clone()))
    };
    Q::new(Condition::All(values.iter().map(each).collect()))
}
