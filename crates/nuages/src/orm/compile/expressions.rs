//! Expressions as SQL.

use super::super::aggregates::{Aggregate, Function};
use super::super::dialect::Dialect;
use super::super::expression::Node;
use super::super::relations::{Hop, Path};
use super::super::sql::Sql;
use super::joins::{Needed, Reuse};
use super::{Compiler, TOO_LONG};
use crate::schema::{Field, Kind};

impl Compiler<'_> {
    /// An expression, beside one of the type of `field`; the joins that it needs.
    pub(super) fn expression(
        &mut self,
        sql: &mut Sql,
        node: &Node,
        field: Option<&Field>,
        reuse: Reuse,
    ) -> Needed {
        match node {
            Node::Place(place) => {
                let width = field.map_or("", |field| self.dialect.width(place.class, field));
                sql.value(*place).push(width);
                0
            }
            Node::Value(_) => {
                sql.refused = Some("a value that was not taken out of its query");
                0
            }
            Node::Column(path, column) => {
                let join = self.column(sql, *path, column, reuse);
                self.chain(join)
            }
            Node::Binary(left, operator, right) => {
                let field = node.field().or(field);
                let is_decimal = matches!(field, Some(Field { kind: Kind::Decimal { .. }, .. }));
                let (open, close) = self.dialect.numeric(is_decimal);
                sql.push(open).push("(");
                let needed = self.expression(sql, left, field, reuse);
                sql.push(" ").push(operator).push(" ");
                let needed = needed | self.expression(sql, right, field, reuse);
                sql.push(")").push(close);
                needed
            }
            Node::Part(part, inner) => {
                let is_instant = matches!(inner.field(), Some(Field { kind: Kind::DateTime, .. }));
                let mut of = Sql::default();
                let needed = self.expression(&mut of, inner, None, reuse);
                self.dialect.part(sql, *part, of, is_instant);
                needed
            }
            Node::Inside(inside) => self.inside(sql, inside, reuse),
            Node::Call(call) => self.call(sql, call, reuse),
            Node::Condition(condition) => self.condition(sql, condition, reuse),
            Node::Subquery(subquery) => {
                sql.push("(");
                self.value_of(sql, subquery, reuse);
                sql.push(")");
                0
            }
            Node::Outer(inner) => {
                self.outer(sql, inner);
                0
            }
            Node::Aggregate(aggregate) => {
                if let Some(annotated) = self.annotated(node) {
                    sql.append(annotated);
                } else {
                    self.aggregate(sql, node, aggregate);
                }
                0
            }
        }
    }

    /// An expression as it was annotated, or as it is now.
    pub(super) fn annotation(&mut self, sql: &mut Sql, node: &Node) {
        match self.annotated(node) {
            Some(annotated) => drop(sql.append(annotated)),
            None => {
                self.expression(sql, node, node.field(), Reuse::Any);
            }
        }
    }

    fn annotated(&self, node: &Node) -> Option<Sql> {
        self.annotated.iter().find(|(annotated, _)| annotated == node).map(|(_, sql)| sql.clone())
    }

    /// A column. The key that a foreign key refers to is in the foreign key already, without a join (`trim_joins`).
    pub(super) fn column(&mut self, sql: &mut Sql, path: Path, field: &Field, reuse: Reuse) -> Option<usize> {
        if path.is_too_long() {
            sql.refused = Some(TOO_LONG);
        }
        let (path, name) = match path.split_last() {
            Some((before, hop @ Hop::Forward(_))) if hop.columns().1 == field.name => {
                (before, hop.columns().0)
            }
            _ => (path, field.name),
        };
        let join = self.join(path, reuse);
        self.dialect.name(sql, self.alias(join));
        sql.push(".");
        self.dialect.name(sql, name);
        join
    }

    fn aggregate(&mut self, sql: &mut Sql, node: &Node, aggregate: &Aggregate) {
        let mut of = Sql::default();
        match &aggregate.of {
            Some(inner) => drop(self.expression(&mut of, inner, inner.field(), Reuse::Any)),
            None => drop(of.push("*")),
        }
        let filter = aggregate.filter.as_ref().map(|condition| {
            let mut sql = Sql::default();
            self.condition(&mut sql, condition, Reuse::Any);
            sql
        });
        write(sql, self.dialect, node, aggregate, of, filter);
    }
}

/// An aggregate over a column of a subquery.
pub(super) fn over_subquery(sql: &mut Sql, dialect: &Dialect, node: &Node, column: &str) {
    let mut of = Sql::default();
    of.push(column);
    match node {
        Node::Aggregate(aggregate) => write(sql, dialect, node, aggregate, of, None),
        _ => drop(sql.append(of)),
    }
}

fn write(sql: &mut Sql, dialect: &Dialect, node: &Node, aggregate: &Aggregate, of: Sql, filter: Option<Sql>) {
    let source = aggregate.of.as_ref().and_then(Node::field);
    let (open, close) = dialect.aggregate(aggregate.function, source, node.is_decimal());
    let name = match aggregate.function {
        Function::Sum => "SUM",
        Function::Count => "COUNT",
        Function::Min => "MIN",
        Function::Max => "MAX",
        Function::Avg => "AVG",
    };
    let (of, behind) = match filter {
        Some(filter) => dialect.only(of, filter),
        None => (of, Sql::default()),
    };
    sql.push(open).push(name).push(if aggregate.distinct { "(DISTINCT " } else { "(" }).append(of).push(")");
    sql.append(behind).push(close);
}
