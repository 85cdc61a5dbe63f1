//! SQL text with `?` for each value: nothing of a value is ever in the text.

use super::values::{Place, Values};
use crate::db::{Connection, DbError, Executor, Row, Value};

/// A part of a statement, or all of it: what the compiler writes has the places of the values, what is written by hand
/// the values themselves.
#[derive(Debug, Clone)]
pub(super) struct Sql<P = Place> {
    pub(super) text: String,
    pub(super) params: Vec<P>,
    /// Why it must not be run.
    pub(super) refused: Option<&'static str>,
}

impl<P> Default for Sql<P> {
    fn default() -> Self {
        Self { text: String::new(), params: Vec::new(), refused: None }
    }
}

impl<P> Sql<P> {
    pub(super) fn new(text: &str) -> Self {
        let mut statement = String::with_capacity(256);
        statement.push_str(text);
        Self { text: statement, ..Self::default() }
    }

    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(super) fn value(&mut self, value: P) -> &mut Self {
        self.text.push('?');
        self.params.push(value);
        self
    }

    /// Another part, with its values.
    pub(super) fn append(&mut self, part: Self) -> &mut Self {
        self.refused = self.refused.or(part.refused);
        self.text.push_str(&part.text);
        if self.params.is_empty() {
            self.params = part.params;
        } else {
            self.params.extend(part.params);
        }
        self
    }

    /// A list's next element: its separator, but not before the first.
    pub(super) fn comma(&mut self, place: usize) -> &mut Self {
        self.push(if place == 0 { "" } else { ", " })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl Sql {
    /// The part with its values in their places.
    pub(super) fn bound(self, values: Values) -> Sql<Value> {
        Sql { params: values.bound(&self.params), text: self.text, refused: self.refused }
    }
}

impl Sql<Value> {
    /// Runs it and answers with its rows.
    pub(super) async fn query(self, connection: &Connection) -> Result<Vec<Row>, DbError> {
        self.check()?;
        connection.rows(&self.text, self.params).await
    }

    /// Runs it and answers how many rows it changed.
    pub(super) async fn execute(self, connection: &Connection) -> Result<u64, DbError> {
        self.check()?;
        connection.execute(&self.text, self.params).await
    }

    fn check(&self) -> Result<(), DbError> {
        self.refused.map_or(Ok(()), |refused| Err(DbError::unsupported(refused)))
    }
}
