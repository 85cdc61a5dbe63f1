//! From a [`Query`] to a statement: joins are found step by step, as Django's `sql.Query` finds them, and each clause is
//! written beside the others until all joins are known.

use std::borrow::Cow;

use super::dialect::Dialect;
use super::expression::Node;
use super::query::{Output, Query, Step};
use super::relations::{Path, key_of};
use super::sql::Sql;
use super::statement::Ask;
use crate::db::DbError;
use crate::schema::{Field, Table};

mod combined;
mod conditions;
mod expressions;
mod functions;
mod joins;
mod json;
mod subqueries;

use joins::{Join, Reuse, alias};
use subqueries::Scope;

const TOO_LONG: &str = "a path over more than six keys";
const NOT_SELECTED: &str =
    "select_for_update can lock the rows of relations that select_related reads along only";

/// A statement under construction over one table and what is joined to it.
pub(super) struct Compiler<'a> {
    pub(super) dialect: &'a Dialect,
    table: &'static Table,
    alias: Cow<'static, str>,
    depth: usize,
    /// Writes an expression over the row outside.
    outside: Option<&'a mut subqueries::Outside<'a>>,
    joins: Vec<Join>,
    filters: u32,
    /// Annotations in the form they got when they were made.
    annotated: Vec<(Node, Sql)>,
    wheres: Sql,
    having: Sql,
    /// Columns that HAVING and ORDER BY speak of, so that the rows are grouped by them too.
    grouped: Vec<Node>,
}

/// What a statement selects.
#[derive(Clone, Copy)]
enum Selected<'q> {
    /// The outputs, under their own names.
    Outputs,
    /// The outputs and these expressions, named `c1`, `c2` …, as a subquery does.
    Numbered(&'q [Node]),
    /// These expressions alone, and no order.
    Only(&'q [Node]),
    /// `SELECT 1`.
    One,
}

/// The text for a query without values, and the place of the value for each `?`.
pub(super) fn compile(ask: &Ask, query: &Query, dialect: &Dialect) -> Result<Sql, DbError> {
    let sql = match ask {
        Ask::Rows => statement(query, dialect, Selected::Outputs),
        Ask::Count => count(query, dialect),
        Ask::Exists => exists(query, dialect),
        Ask::Aggregate(nodes) => aggregate(query, nodes, dialect),
        Ask::Keys => keys(query, dialect),
        Ask::Create(row) => {
            let mut sql = insert(query.table, std::slice::from_ref(row), false, dialect)?;
            sql.push(" RETURNING ");
            dialect.names(&mut sql, query.table.fields.iter().map(|field| field.name));
            sql
        }
        Ask::Update(assignments) => update(query, assignments, dialect)?,
        Ask::Delete => {
            let mut sql = Sql::new("DELETE FROM ");
            dialect.name(&mut sql, query.table.name);
            sql.append(filter(query, dialect));
            sql
        }
    };
    sql.refused.map_or(Ok(sql), |refused| Err(DbError::unsupported(refused)))
}

fn count(query: &Query, dialect: &Dialect) -> Sql {
    if !query.is_compound() {
        let mut sql = statement(query, dialect, Selected::One);
        sql.text.replace_range(.."SELECT 1".len(), "SELECT COUNT(*)");
        return sql;
    }
    let mut sql = Sql::new("SELECT COUNT(*) FROM (");
    sql.append(statement(&unordered(query), dialect, Selected::Numbered(&[]))).push(") AS subquery");
    sql
}

fn exists(query: &Query, dialect: &Dialect) -> Sql {
    if query.group.is_none() && !query.distinct && query.combination.is_none() {
        return statement(query, dialect, Selected::One);
    }
    let mut sql = Sql::new("SELECT 1 FROM (");
    sql.append(statement(query, dialect, Selected::Numbered(&[]))).push(") AS subquery");
    sql
}

/// Aggregates over all rows; over those of a subquery where the rows are sliced, distinct or grouped.
fn aggregate(query: &Query, nodes: &[Node], dialect: &Dialect) -> Sql {
    if !query.is_compound() {
        let query = unordered(query);
        return statement(&query, dialect, Selected::Only(nodes));
    }
    let of = |node: &Node| match node {
        Node::Aggregate(aggregate) => aggregate.of.clone().unwrap_or_else(|| node.clone()),
        other => other.clone(),
    };
    let inner: Vec<Node> = nodes.iter().map(of).collect();
    let mut sql = Sql::new("SELECT ");
    for (place, node) in nodes.iter().enumerate() {
        sql.comma(place);
        let column = format!("subquery.c{}", width(query) + place + 1);
        expressions::over_subquery(&mut sql, dialect, node, &column);
    }
    let inner = statement(&unordered(query), dialect, Selected::Numbered(&inner));
    sql.push(" FROM (").append(inner).push(") AS subquery");
    sql
}

fn keys(query: &Query, dialect: &Dialect) -> Sql {
    let key = Node::Column(Path::HERE, key_of(query.table));
    statement(&unordered(query), dialect, Selected::Only(&[key]))
}

fn update(query: &Query, assignments: &[(&'static Field, Node)], dialect: &Dialect) -> Result<Sql, DbError> {
    let mut sql = Sql::new("UPDATE ");
    dialect.name(&mut sql, query.table.name);
    sql.push(" SET ");
    let mut compiler = Compiler::new(query.table, query.table.name, Scope::new(dialect));
    for (place, (field, node)) in assignments.iter().enumerate() {
        sql.comma(place);
        dialect.name(&mut sql, field.name);
        sql.push(" = ");
        compiler.assigned(&mut sql, node, field)?;
    }
    sql.append(filter(query, dialect));
    Ok(sql)
}

/// `INSERT INTO … VALUES …`; every row sets the columns that the first one sets.
pub(super) fn insert(
    table: &'static Table,
    rows: &[Vec<(&'static Field, Node)>],
    ignore_conflicts: bool,
    dialect: &Dialect,
) -> Result<Sql, DbError> {
    let (before, behind) = dialect.insert(ignore_conflicts);
    let mut sql = Sql::new(before);
    dialect.name(&mut sql, table.name);
    let columns = rows.first().map_or(&[][..], Vec::as_slice);
    if columns.is_empty() {
        sql.push(dialect.default_values()).push(behind);
        return Ok(sql);
    }
    sql.push(" (");
    dialect.names(&mut sql, columns.iter().map(|(field, _)| field.name));
    sql.push(") VALUES ");
    let mut compiler = Compiler::new(table, table.name, Scope::new(dialect));
    for (place, row) in rows.iter().enumerate() {
        sql.push(if place == 0 { "(" } else { ", (" });
        for (place, (field, node)) in row.iter().enumerate() {
            sql.comma(place);
            compiler.assigned(&mut sql, node, field)?;
        }
        sql.push(")");
    }
    sql.push(behind);
    Ok(sql)
}

/// ` WHERE …` of a statement that writes, on the table itself; joins become a subquery of primary keys.
fn filter(query: &Query, dialect: &Dialect) -> Sql {
    let mut compiler = Compiler::new(query.table, query.table.name, Scope::new(dialect));
    let mut sql = Sql::default();
    for step in &query.steps {
        compiler.step(step);
    }
    if compiler.joins.is_empty() && compiler.having.is_empty() {
        if !compiler.wheres.is_empty() {
            sql.push(" WHERE ").append(compiler.wheres);
        }
        return sql;
    }
    let key = key_of(query.table).name;
    sql.push(" WHERE ");
    dialect.name(&mut sql, key);
    sql.push(" IN (").append(dialect.keys(key, keys(query, dialect))).push(")");
    sql
}

/// Without an order that decides nothing.
fn unordered(query: &Query) -> Query {
    let mut query = query.clone();
    if !query.is_sliced() && !query.distinct {
        query.ordering = Some(Vec::new());
    }
    query
}

/// How many columns the outputs have, the hidden ones of a distinct query's order among them.
fn width(query: &Query) -> usize {
    let of = |output: &Output| match output {
        Output::Row(_, table) => table.fields.len(),
        Output::Value(_) => 1,
    };
    query.outputs.iter().map(of).sum()
}

fn statement(query: &Query, dialect: &Dialect, selected: Selected<'_>) -> Sql {
    statement_in(Scope::new(dialect), query, selected)
}

fn statement_in(scope: Scope<'_>, query: &Query, selected: Selected<'_>) -> Sql {
    let dialect = scope.dialect;
    if let Some(combination) = &query.combination {
        return combined::combined(dialect, query, combination, selected);
    }
    let name = match scope.depth {
        0 => Cow::Borrowed(query.table.name),
        depth => Cow::Owned(alias(depth, 0)),
    };
    let mut compiler = Compiler::new(query.table, name, scope);
    for step in &query.steps {
        compiler.step(step);
    }
    let mut sql = Sql::new(if query.distinct { "SELECT DISTINCT " } else { "SELECT " });
    let mut place = 0;
    match selected {
        Selected::One => drop(sql.push("1")),
        Selected::Only(nodes) => compiler.values(&mut sql, nodes, &mut place, false),
        Selected::Outputs => compiler.outputs(&mut sql, &query.outputs, &mut place, false),
        Selected::Numbered(more) => {
            compiler.outputs(&mut sql, &query.outputs, &mut place, true);
            compiler.values(&mut sql, more, &mut place, true);
        }
    }
    let order = match selected {
        Selected::One | Selected::Only(_) => Sql::default(),
        _ => compiler.order(query, &mut sql, &mut place),
    };
    let group = query.group.as_ref().map(|group| compiler.group(group, &query.outputs));
    compiler.from(&mut sql);
    if !compiler.wheres.is_empty() {
        sql.push(" WHERE ").append(std::mem::take(&mut compiler.wheres));
    }
    if let Some(group) = group
        && !group.is_empty()
    {
        sql.push(" GROUP BY ").append(group);
    }
    if !compiler.having.is_empty() {
        sql.push(" HAVING ").append(std::mem::take(&mut compiler.having));
    }
    sql.append(order);
    dialect.slice(&mut sql, query.slice);
    if let (Some(lock), Selected::Outputs) = (&query.lock, selected) {
        let tables = lock.of.iter().map(|path| compiler.locked(query, *path));
        match tables.collect::<Option<Vec<_>>>() {
            Some(tables) => dialect.lock(&mut sql, lock, &tables),
            None => sql.refused = Some(NOT_SELECTED),
        }
    }
    sql
}

impl<'a> Compiler<'a> {
    fn new(table: &'static Table, alias: impl Into<Cow<'static, str>>, scope: Scope<'a>) -> Self {
        let Scope { dialect, depth, outside } = scope;
        Self {
            dialect,
            table,
            alias: alias.into(),
            depth,
            outside,
            joins: Vec::new(),
            filters: 0,
            annotated: Vec::new(),
            wheres: Sql::default(),
            having: Sql::default(),
            grouped: Vec::new(),
        }
    }

    /// What a column is set to, in a statement that writes: an expression over the row's own columns.
    fn assigned(&mut self, sql: &mut Sql, node: &Node, field: &Field) -> Result<(), DbError> {
        self.expression(sql, node, Some(field), Reuse::Any);
        if self.joins.is_empty() && !node.has_aggregate() {
            return Ok(());
        }
        Err(DbError::misuse(format!(
            "{}.{}: joined columns and aggregates are not permitted in a statement that writes",
            self.table.model, field.name
        )))
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Filter(condition) => {
                self.filters += 1;
                self.add_filter(condition);
            }
            Step::Annotate(node) => {
                let mut sql = Sql::default();
                self.expression(&mut sql, node, node.field(), Reuse::Any);
                self.annotated.push((node.clone(), sql));
            }
        }
    }

    fn outputs(&mut self, sql: &mut Sql, outputs: &[Output], place: &mut usize, numbered: bool) {
        for output in outputs {
            match output {
                Output::Value(node) => self.values(sql, std::slice::from_ref(node), place, numbered),
                Output::Row(path, table) => {
                    if path.is_too_long() {
                        sql.refused = Some(TOO_LONG);
                    }
                    let join = self.join(*path, Reuse::Any);
                    for field in table.fields {
                        sql.comma(*place);
                        self.dialect.name(sql, self.alias(join));
                        sql.push(".");
                        self.dialect.name(sql, field.name);
                        self.number(sql, place, numbered);
                    }
                }
            }
        }
    }

    fn values(&mut self, sql: &mut Sql, nodes: &[Node], place: &mut usize, numbered: bool) {
        for node in nodes {
            sql.comma(*place);
            self.annotation(sql, node);
            self.number(sql, place, numbered);
        }
    }

    fn number(&self, sql: &mut Sql, place: &mut usize, numbered: bool) {
        *place += 1;
        if numbered {
            sql.push(&format!(" AS c{place}"));
        }
    }

    /// ` ORDER BY …`; what a distinct query is ordered by has to be selected, as Django selects it.
    fn order(&mut self, query: &Query, select: &mut Sql, place: &mut usize) -> Sql {
        let mut sql = Sql::default();
        for (node, descending) in query.order_of() {
            sql.push(if sql.is_empty() { " ORDER BY " } else { ", " });
            match position(&query.outputs, &node) {
                Some(place) => drop(sql.push(&place.to_string())),
                None if query.distinct => {
                    select.comma(*place);
                    self.annotation(select, &node);
                    *place += 1;
                    sql.push(&place.to_string());
                }
                None => {
                    self.annotation(&mut sql, &node);
                    if !node.has_aggregate() {
                        self.grouped.push(node);
                    }
                }
            }
            sql.push(if descending { " DESC" } else { " ASC" });
        }
        sql
    }

    /// The list after GROUP BY: a row by its primary key, a value by its place in the answer where it has one.
    fn group(&mut self, group: &[Output], outputs: &[Output]) -> Sql {
        let mut sql = Sql::default();
        let also: Vec<_> = std::mem::take(&mut self.grouped).into_iter().map(Output::Value).collect();
        let rows: Vec<_> = group.iter().chain(outputs).chain(&also).collect();
        for (index, output) in rows.iter().enumerate() {
            if output.has_aggregate() || rows[..index].contains(output) {
                continue;
            }
            let mut element = Sql::default();
            match output {
                Output::Row(path, table) => {
                    self.annotation(&mut element, &Node::Column(*path, key_of(table)));
                }
                Output::Value(Node::Place(_)) => continue,
                Output::Value(node) => match position(outputs, node) {
                    Some(place) => drop(element.push(&place.to_string())),
                    None => self.annotation(&mut element, node),
                },
            }
            sql.push(if sql.is_empty() { "" } else { ", " }).append(element);
        }
        sql
    }

    /// The name of a table whose rows are selected.
    fn locked(&mut self, query: &Query, path: Path) -> Option<String> {
        let is_selected = |output: &Output| matches!(output, Output::Row(selected, _) if *selected == path);
        let is_selected = path == Path::HERE || query.outputs.iter().any(is_selected);
        is_selected.then(|| {
            let join = self.join(path, Reuse::Any);
            self.alias(join).to_owned()
        })
    }

    fn from(&self, sql: &mut Sql) {
        sql.push(" FROM ");
        self.dialect.name(sql, self.table.name);
        if self.alias != self.table.name {
            sql.push(" ");
            self.dialect.name(sql, &self.alias);
        }
        for join in &self.joins {
            self.join_clause(sql, join);
        }
    }
}

/// The place of an expression among the columns of the answer, from 1.
fn position(outputs: &[Output], node: &Node) -> Option<usize> {
    let mut place = 1;
    for output in outputs {
        match (output, node) {
            (Output::Value(value), node) if value == node => return Some(place),
            (Output::Row(path, table), Node::Column(of, field)) if path == of => {
                return table.fields.iter().position(|own| own == *field).map(|index| place + index);
            }
            _ => {}
        }
        place += match output {
            Output::Row(_, table) => table.fields.len(),
            Output::Value(_) => 1,
        };
    }
    None
}
