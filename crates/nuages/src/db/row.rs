//! One row of an answer; its columns are asked for by name or by place.

use std::sync::Arc;

use super::{DbError, FromValue, Value};

/// One row. The names of its columns are shared by all rows of the answer.
#[derive(Debug, Clone)]
pub struct Row {
    /// None where nobody asks for a column by its name.
    names: Option<Arc<[String]>>,
    values: Vec<Value>,
}

/// A column of a row: its name, or its place from 0.
pub trait RowIndex {
    /// The place of the column in the row, if it has it.
    fn position(&self, names: &[String]) -> Option<usize>;
    /// How an error calls it.
    fn describe(&self) -> String;
}

impl RowIndex for &str {
    fn position(&self, names: &[String]) -> Option<usize> {
        names.iter().position(|name| name == self)
    }

    fn describe(&self) -> String {
        (*self).to_owned()
    }
}

impl RowIndex for usize {
    fn position(&self, names: &[String]) -> Option<usize> {
        (*self < names.len()).then_some(*self)
    }

    fn describe(&self) -> String {
        format!("number {self}")
    }
}

impl Row {
    pub(crate) const fn new(names: Option<Arc<[String]>>, values: Vec<Value>) -> Self {
        Self { names, values }
    }

    /// The value of a column as `T`; a missing column and a value of another type are errors that name the column.
    pub fn get<T: FromValue>(&self, column: impl RowIndex) -> Result<T, DbError> {
        let value = column.position(self.columns()).and_then(|place| self.values.get(place));
        let Some(value) = value else {
            return Err(DbError::misuse(format!("the row has no column {}", column.describe())));
        };
        T::from_value(value.clone())
            .map_err(|error| DbError::conversion(format!("column {}: {error}", column.describe())))
    }

    /// The names of the columns, in the order of the statement.
    pub fn columns(&self) -> &[String] {
        self.names.as_deref().unwrap_or_default()
    }

    /// The values, in the order of the statement.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }
}
