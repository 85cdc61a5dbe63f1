//! Querysets inside of a statement. What they say of the row outside is written by the compiler outside, whose joins it
//! may need.

use super::super::dialect::Dialect;
use super::super::expression::Node;
use super::super::sql::Sql;
use super::super::subquery::Subquery;
use super::joins::Reuse;
use super::{Compiler, Selected, statement_in};

/// Writes an expression over the row outside.
pub(super) type Outside<'a> = dyn FnMut(&mut Sql, &Node) + 'a;

/// Where a statement stands: by itself, or so many subqueries deep.
pub(super) struct Scope<'a> {
    pub(super) dialect: &'a Dialect,
    pub(super) depth: usize,
    pub(super) outside: Option<&'a mut Outside<'a>>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(dialect: &'a Dialect) -> Self {
        Self { dialect, depth: 0, outside: None }
    }
}

impl Compiler<'_> {
    /// `EXISTS(SELECT 1 …)`. A group or a slice of different rows is selected as it is: what it is made of are the
    /// columns.
    pub(super) fn exists(&mut self, sql: &mut Sql, subquery: &Subquery, reuse: Reuse) {
        let as_it_is = subquery.query.distinct || subquery.query.group.is_some();
        sql.push("EXISTS(");
        self.inner(sql, subquery, if as_it_is { Selected::Outputs } else { Selected::One }, reuse);
        sql.push(")");
    }

    /// The statement behind `IN`; the order of its rows decides nothing unless it is sliced.
    pub(super) fn among(&mut self, sql: &mut Sql, subquery: &Subquery, reuse: Reuse) {
        let mut inner = subquery.clone();
        if !inner.query.is_sliced() {
            inner.query.ordering = Some(Vec::new());
        }
        self.inner(sql, &inner, Selected::Outputs, reuse);
    }

    /// The statement whose only row has the value.
    pub(super) fn value_of(&mut self, sql: &mut Sql, subquery: &Subquery, reuse: Reuse) {
        self.inner(sql, subquery, Selected::Outputs, reuse);
    }

    /// An expression over the row outside.
    pub(super) fn outer(&mut self, sql: &mut Sql, node: &Node) {
        match &mut self.outside {
            Some(outside) => outside(sql, node),
            None => sql.refused = Some("a column of the queryset outside, and there is none"),
        }
    }

    fn inner(&mut self, sql: &mut Sql, subquery: &Subquery, selected: Selected<'_>, reuse: Reuse) {
        let (dialect, depth, from) = (self.dialect, self.depth + 1, subquery.from);
        let mut outside = |sql: &mut Sql, node: &Node| {
            self.expression(sql, &node.clone().behind(from), None, reuse);
        };
        let scope = Scope { dialect, depth, outside: Some(&mut outside) };
        sql.append(statement_in(scope, &subquery.query, selected));
        sql.refused = sql.refused.or(subquery.query.misuse);
    }
}
