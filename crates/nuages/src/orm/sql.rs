//! SQL text with `?` for each value: nothing of a value is ever in the text.

use crate::db::{Connection, DbError, Executor, Row, Value};

/// A part of a statement, or all of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) params: Vec<Value>,
    /// Why it must not be run.
    pub(super) refused: Option<&'static str>,
}

impl Sql {
    pub(super) fn new(text: &str) -> Self {
        let mut statement = String::with_capacity(256);
        statement.push_str(text);
        Self { text: statement, ..Self::default() }
    }

    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(super) fn value(&mut self, value: Value) -> &mut Self {
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

    /// Runs it and answers with its rows.
    pub(super) async fn query(self, connection: &Connection) -> Result<Vec<Row>, DbError> {
        self.check()?;
        connection.query(&self.text, self.params).await
    }

    /// Runs it and answers how many rows it changed.
    pub(super) async fn execute(self, connection: &Connection) -> Result<u64, DbError> {
        self.check()?;
        connection.execute(&self.text, self.params).await
    }

    pub(super) fn check(&self) -> Result<(), DbError> {
        self.refused.map_or(Ok(()), |refused| Err(DbError::unsupported(refused)))
    }
}
