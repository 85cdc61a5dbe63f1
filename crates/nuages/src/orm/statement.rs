//! Statements, built once for each shape of a query and kept with the database.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::compile;
use super::dialect::Dialect;
use super::expression::Node;
use super::query::{Output, Query};
use super::sql::Sql;
use super::values::Values;
use crate::db::{Connection, DbError, Executor, Row, RowStream, Value};
use crate::schema::Field;

/// How many statements are kept; beyond it all are forgotten, and those in use built again.
const KEPT: usize = 1024;
/// A statement of more values is not kept: the next one of its kind has another number of them.
const MOST_VALUES: usize = 128;

/// What is asked of the rows of a query.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(super) enum Ask {
    /// The rows, in order.
    Rows,
    Count,
    /// A row that says nothing but that there is one.
    Exists,
    Aggregate(Vec<Node>),
    /// The primary keys of the rows.
    Keys,
    /// A row, inserted and read back.
    Create(Vec<(&'static Field, Node)>),
    Update(Vec<(&'static Field, Node)>),
    Delete,
}

/// A statement and the values that it runs with.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    statement: Arc<Statement>,
    params: Vec<Value>,
}

/// A statement that serves all queries of one shape.
#[derive(Debug)]
struct Statement {
    sql: Sql,
    /// The text as the driver takes it.
    text: String,
    outputs: Vec<Output>,
}

/// The statements of a database.
#[derive(Debug, Default)]
struct Statements {
    kept: RwLock<HashMap<Shape, Arc<Statement>, foldhash::fast::RandomState>>,
}

/// A query without its values.
#[derive(Debug, PartialEq, Hash)]
struct Shape {
    ask: Ask,
    query: Query,
}

// What may not be equal to itself is a value that is a double, and a shape has no values.
impl Eq for Shape {}

impl Query {
    /// The statement for it, on this database.
    pub(super) fn ask(mut self, mut ask: Ask, connection: &Connection) -> Result<Asked, DbError> {
        let dialect = Dialect::of(connection);
        let mut values = Values::new(&dialect);
        ask.take(&mut values);
        self.take(&mut values);
        let is_kept = values.len() <= MOST_VALUES;
        let shape = Shape { ask, query: self };
        let statements = connection.db().kept::<Statements>();
        let statement = match is_kept.then(|| statements.find(&shape)).flatten() {
            Some(statement) => statement,
            None => {
                let sql = compile::compile(&shape.ask, &shape.query, &dialect)?;
                let outputs = match &shape.ask {
                    Ask::Aggregate(nodes) => nodes.iter().cloned().map(Output::Value).collect(),
                    _ => shape.query.outputs.clone(),
                };
                let text = connection.db().text(&sql.text);
                let statement = Arc::new(Statement { sql, text, outputs });
                if is_kept {
                    statements.keep(shape, Arc::clone(&statement));
                }
                statement
            }
        };
        let params = values.bound(&statement.sql.params);
        Ok(Asked { statement, params })
    }

    /// The statement that would read its rows, or why there is none.
    pub(super) fn text(&self, connection: &Connection) -> String {
        let asked = self.clone().ask(Ask::Rows, connection);
        asked.map_or_else(|error| error.to_string(), |asked| asked.text().to_owned())
    }
}

impl Ask {
    fn take(&mut self, values: &mut Values<'_>) {
        match self {
            Self::Rows | Self::Count | Self::Exists | Self::Keys | Self::Delete => {}
            Self::Aggregate(nodes) => nodes.iter_mut().for_each(|node| node.take(values)),
            Self::Create(assignments) | Self::Update(assignments) => {
                assignments.iter_mut().for_each(|(field, node)| node.take_for(field, values));
            }
        }
    }
}

impl Asked {
    pub(super) fn text(&self) -> &str {
        &self.statement.sql.text
    }

    /// What its rows hold.
    pub(super) fn outputs(&self) -> &[Output] {
        &self.statement.outputs
    }

    /// The same statement behind other words, as a part of one that is not kept.
    pub(super) fn behind(self, words: &str) -> Sql<Value> {
        let mut sql = Sql::new(words);
        sql.push(self.text());
        Sql { params: self.params, ..sql }
    }

    /// Runs it and answers with its rows.
    pub(super) async fn query(&mut self, connection: &Connection) -> Result<Vec<Row>, DbError> {
        connection.rows(&self.statement.text, std::mem::take(&mut self.params)).await
    }

    /// Runs it and answers how many rows it changed.
    pub(super) async fn execute(self, connection: &Connection) -> Result<u64, DbError> {
        connection.execute(&self.statement.text, self.params).await
    }

    /// Runs it and gives its rows one after the other.
    pub(super) async fn stream(&mut self, connection: &Connection) -> Result<RowStream, DbError> {
        connection.stream(&self.statement.text, std::mem::take(&mut self.params)).await
    }
}

impl Statements {
    fn find(&self, shape: &Shape) -> Option<Arc<Statement>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).get(shape).cloned()
    }

    fn keep(&self, shape: Shape, statement: Arc<Statement>) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(shape, statement);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::lookups::{Like, Lookup};
    use super::super::q::Condition;
    use super::super::relations::Path;
    use super::*;
    use crate::db::{Db, DbOptions};
    use crate::schema::{Kind, Table};

    static FIELDS: [Field; 3] =
        [Field::auto(Kind::BigAuto), Field::new("name", Kind::Text), Field::new("stock", Kind::BigInteger)];
    static TABLE: Table = Table { fields: &FIELDS, ..Table::new("goods", "Sku", "goods_sku") };

    async fn connection() -> Connection {
        let url = "sqlite://:memory:".parse().unwrap();
        Connection::Db(Db::connect(&url, DbOptions::default()).await.unwrap())
    }

    fn number_of_statements(connection: &Connection) -> usize {
        connection.db().kept::<Statements>().kept.read().unwrap().len()
    }

    fn column(place: usize) -> Node {
        Node::Column(Path::HERE, &FIELDS[place])
    }

    fn filtered(lookups: impl IntoIterator<Item = (Node, Lookup)>) -> Query {
        let mut query = Query::new(&TABLE);
        for (left, lookup) in lookups {
            query.filter(Condition::Lookup(left, lookup));
        }
        query
    }

    fn equal(value: impl Into<Value>) -> Lookup {
        Lookup::Compare("=", Node::Value(value.into()))
    }

    #[tokio::test]
    async fn a_shape_has_one_statement_and_each_query_its_own_values() {
        let connection = connection().await;
        for (name, stock, rows) in [("pear", 7, 20), ("50%_\\", -1, u64::MAX)] {
            let like = Lookup::Like(Like::Contains, true, Node::Value(name.into()));
            let mut query = filtered([(column(1), like), (column(2), equal(stock))]);
            query.slice(Some(rows), 3);
            let asked = query.ask(Ask::Rows, &connection).unwrap();
            assert_eq!(
                asked.text(),
                "SELECT \"goods_sku\".\"id\", \"goods_sku\".\"name\", \"goods_sku\".\"stock\" FROM \"goods_sku\" \
                 WHERE \"goods_sku\".\"name\" LIKE ? ESCAPE '\\' AND \"goods_sku\".\"stock\" = ? LIMIT ? OFFSET ?"
            );
            let pattern = if name == "pear" { "%pear%" } else { "%50\\%\\_\\\\%" };
            let rows = i64::try_from(rows).unwrap_or(i64::MAX);
            assert_eq!(asked.params, [pattern.into(), Value::Int(stock), Value::Int(rows), Value::Int(3)]);
        }
        assert_eq!(number_of_statements(&connection), 1);
    }

    #[tokio::test]
    async fn what_the_text_depends_on_is_the_shape() {
        let connection = connection().await;
        let ask = |query: Query, ask: Ask| query.ask(ask, &connection).unwrap().text().to_owned();
        let among = |keys: &[i64]| Lookup::In(keys.iter().map(|key| Node::Value((*key).into())).collect());
        let mut texts = vec![
            ask(filtered([(column(1), equal("pear"))]), Ask::Rows),
            ask(filtered([(column(1), equal(None::<i64>))]), Ask::Rows),
            ask(filtered([(column(1), equal("pear"))]), Ask::Count),
            ask(filtered([(column(2), equal(7))]), Ask::Rows),
            ask(filtered([(column(0), among(&[1, 2]))]), Ask::Rows),
            ask(filtered([(column(0), among(&[1, 2, 3]))]), Ask::Rows),
            ask(filtered([]), Ask::Update(vec![(&FIELDS[2], Node::Value(7.into()))])),
            ask(filtered([]), Ask::Create(vec![(&FIELDS[2], Node::Value(7.into()))])),
        ];
        assert_eq!(number_of_statements(&connection), texts.len());
        texts.sort();
        texts.dedup();
        assert_eq!(number_of_statements(&connection), texts.len());
    }

    #[tokio::test]
    async fn equal_expressions_are_one_and_others_are_not() {
        let connection = connection().await;
        let plus = |value: i64| Node::Binary(Box::new(column(2)), "+", Box::new(Node::Value(value.into())));
        for (annotated, ordered, order, values) in
            [(1, 1, "4", vec![1, 1]), (1, 2, "(\"goods_sku\".\"stock\" + ?)", vec![1, 2])]
        {
            let mut query = filtered([]);
            query.annotate(plus(annotated));
            query.order(vec![(plus(ordered), false)]);
            let asked = query.ask(Ask::Rows, &connection).unwrap();
            assert!(asked.text().ends_with(&format!("ORDER BY {order} ASC")), "{}", asked.text());
            let values: Vec<Value> = values.into_iter().take(asked.params.len()).map(Value::from).collect();
            assert_eq!(asked.params, values);
        }
    }

    #[tokio::test]
    async fn the_number_of_statements_is_bounded() {
        let connection = connection().await;
        for operators in [["=", "<"], ["<", "<="], ["<=", "="]] {
            for number in 0..=KEPT {
                let bit = |place: usize| operators[number >> place & 1];
                let lookup = |place| (column(2), Lookup::Compare(bit(place), Node::Value(7.into())));
                filtered((0..11).map(lookup)).ask(Ask::Rows, &connection).unwrap();
                assert!(number_of_statements(&connection) <= KEPT);
            }
        }
        let many = Lookup::In((0..1000).map(|key: i64| Node::Value(key.into())).collect());
        let before = number_of_statements(&connection);
        let asked = filtered([(column(0), many)]).ask(Ask::Rows, &connection).unwrap();
        assert_eq!((asked.params.len(), number_of_statements(&connection)), (1000, before));
    }
}
