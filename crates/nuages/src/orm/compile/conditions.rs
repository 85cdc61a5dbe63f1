//! Conditions as SQL, with Django's three rules: NULL is not equal to a value, so `exclude` keeps it; a multi-valued
//! relation that is excluded is a subquery; a condition on an aggregate belongs to HAVING.

use super::super::expression::Node;
use super::super::json::Inside;
use super::super::lookups::Lookup;
use super::super::q::Condition;
use super::super::relations::{Hop, Path, key_of};
use super::super::sql::Sql;
use super::super::values::Class;
use super::joins::{Needed, Reuse, alias};
use super::{Compiler, Scope};

/// Under how many NOTs a condition stands.
#[derive(Debug, Clone, Copy, Default)]
struct Negation {
    /// An odd number.
    odd: bool,
    /// Any number.
    any: bool,
}

impl Compiler<'_> {
    /// The condition of one `filter`, to WHERE or to HAVING.
    pub(super) fn add_filter(&mut self, condition: &Condition) {
        if !condition.has_aggregate() {
            let mut sql = std::mem::take(&mut self.wheres);
            sql.push(if sql.is_empty() { "" } else { " AND " });
            let needed = self.condition(&mut sql, condition, Reuse::Filter(self.filters));
            self.need(needed);
            self.wheres = sql;
            return;
        }
        if let Condition::All(conditions) = condition {
            conditions.iter().for_each(|condition| self.add_filter(condition));
            return;
        }
        let mut sql = std::mem::take(&mut self.having);
        sql.push(if sql.is_empty() { "" } else { " AND " });
        self.condition(&mut sql, condition, Reuse::Any);
        self.having = sql;
        self.group_columns(condition);
    }

    pub(super) fn condition(&mut self, sql: &mut Sql, condition: &Condition, reuse: Reuse) -> Needed {
        self.negated(sql, condition, Negation::default(), reuse)
    }

    /// Writes the condition; the joins without whose row it cannot hold.
    fn negated(&mut self, sql: &mut Sql, condition: &Condition, negation: Negation, reuse: Reuse) -> Needed {
        match condition {
            Condition::All(conditions) => self.joined(sql, conditions, " AND ", negation, reuse),
            Condition::Any(conditions) => self.joined(sql, conditions, " OR ", negation, reuse),
            Condition::Not(inner) => {
                sql.push("NOT (");
                let negation = Negation { odd: !negation.odd, any: true };
                let needed = self.negated(sql, inner, negation, reuse);
                sql.push(")");
                needed
            }
            Condition::Lookup(left, lookup) => {
                if negation.any
                    && let Some((before, hop, behind)) = first_many(left)
                {
                    self.excluded(sql, left, lookup, (before, hop, behind), reuse);
                    return 0;
                }
                self.lookup(sql, left, lookup, negation, reuse)
            }
            Condition::Exists(subquery) => {
                self.exists(sql, subquery, reuse);
                0
            }
        }
    }

    fn joined(
        &mut self,
        sql: &mut Sql,
        conditions: &[Condition],
        operator: &str,
        negation: Negation,
        reuse: Reuse,
    ) -> Needed {
        // Under NOT, an AND holds when one of its parts does not.
        let every = (operator == " AND ") != negation.odd;
        let mut needed = if every { 0 } else { Needed::MAX };
        sql.push("(");
        for (place, condition) in conditions.iter().enumerate() {
            sql.push(if place == 0 { "" } else { operator });
            let more = self.negated(sql, condition, negation, reuse);
            needed = if every { needed | more } else { needed & more };
        }
        sql.push(")");
        if conditions.is_empty() { 0 } else { needed }
    }

    fn lookup(
        &mut self,
        sql: &mut Sql,
        left: &Node,
        lookup: &Lookup,
        negation: Negation,
        reuse: Reuse,
    ) -> Needed {
        let mut column = Sql::default();
        let needed = match left {
            Node::Column(..) => self.expression(&mut column, left, None, reuse),
            _ => self.computed(&mut column, left, reuse),
        };
        if lookup.is_null() {
            sql.append(column).push(" IS NULL");
            return if negation.odd { needed } else { 0 };
        }
        if *lookup == Lookup::IsNull(false) {
            sql.append(column).push(" IS NOT NULL");
            return if negation.odd { 0 } else { needed };
        }
        let guards = if negation.odd { self.guards(left, lookup, reuse) } else { Vec::new() };
        sql.push(if guards.is_empty() { "" } else { "(" });
        let needed = needed | self.compare(sql, column, left, lookup, reuse);
        let guarded = !guards.is_empty();
        for guard in guards {
            sql.push(" AND ").append(guard).push(" IS NOT NULL");
        }
        sql.push(if guarded { ")" } else { "" });
        if negation.odd { 0 } else { needed }
    }

    /// An annotation, or an expression that is written where it stands.
    fn computed(&mut self, sql: &mut Sql, node: &Node, reuse: Reuse) -> Needed {
        match self.annotated.iter().find(|(annotated, _)| annotated == node) {
            Some((_, annotated)) => {
                sql.append(annotated.clone());
                0
            }
            None => self.expression(sql, node, node.field(), reuse),
        }
    }

    fn compare(&mut self, sql: &mut Sql, column: Sql, left: &Node, lookup: &Lookup, reuse: Reuse) -> Needed {
        let field = left.field();
        match lookup {
            Lookup::Compare(operator, right) => {
                sql.append(column).push(" ").push(operator).push(" ");
                self.expression(sql, right, field, reuse)
            }
            Lookup::Range(ends) => {
                let [low, high] = ends.as_ref();
                sql.append(column).push(" BETWEEN ");
                let needed = self.expression(sql, low, field, reuse);
                sql.push(" AND ");
                needed | self.expression(sql, high, field, reuse)
            }
            Lookup::In(nodes) => {
                let is_null = |node: &Node| matches!(node, Node::Place(place) if place.class == Class::Null);
                let present: Vec<_> = nodes.iter().filter(|node| !is_null(node)).collect();
                if present.is_empty() {
                    // What never holds needs every join.
                    sql.push("0 = 1");
                    return Needed::MAX;
                }
                sql.append(column).push(" IN (");
                for (place, node) in present.into_iter().enumerate() {
                    sql.comma(place);
                    self.expression(sql, node, field, reuse);
                }
                sql.push(")");
                0
            }
            Lookup::ContainsJson(part) => {
                let mut right = Sql::default();
                self.expression(&mut right, part, None, reuse);
                self.dialect.contains_json(sql, column, right);
                0
            }
            Lookup::InQuery(subquery) => {
                sql.append(column).push(" IN (");
                self.among(sql, subquery, reuse);
                sql.push(")");
                0
            }
            Lookup::Like(like, fold, pattern) => {
                let (column, right) = self.against(left, column, *fold, pattern, reuse);
                self.dialect.like(sql, column, *like, *fold, right);
                0
            }
            Lookup::Regex(fold, pattern) => {
                let (column, right) = self.against(left, column, *fold, pattern, reuse);
                self.dialect.regex(sql, column, *fold, right);
                0
            }
            Lookup::IsNull(_) => {
                sql.append(column).push(" IS NOT NULL");
                0
            }
        }
    }

    /// Both sides of a lookup of text.
    fn against(&mut self, left: &Node, column: Sql, fold: bool, pattern: &Node, reuse: Reuse) -> (Sql, Sql) {
        let mut right = Sql::default();
        self.expression(&mut right, pattern, None, reuse);
        match left {
            Node::Inside(_) if fold => self.dialect.folded(column, right),
            _ => (column, right),
        }
    }

    /// The columns that must not be NULL for a negated comparison to say what it says in Python.
    fn guards(&mut self, left: &Node, lookup: &Lookup, reuse: Reuse) -> Vec<Sql> {
        // Django guards nothing that is compared with None, which of JSON is `null`.
        if matches!(lookup, Lookup::Compare("=", right) if is_json_null(right)) {
            return Vec::new();
        }
        let right = match lookup {
            Lookup::Compare(_, right @ Node::Column(..)) => Some(right),
            _ => None,
        };
        let left = match left {
            Node::Part(_, inner) => inner,
            Node::Inside(inside) => &inside.of,
            other => other,
        };
        let mut guards = Vec::new();
        for node in [Some(left), right].into_iter().flatten() {
            if let Node::Column(path, field) = node
                && (field.null || path.hops().any(Hop::is_optional))
            {
                let mut guard = Sql::default();
                self.column(&mut guard, *path, field, reuse);
                guards.push(guard);
            }
        }
        guards
    }

    /// A lookup behind a multi-valued relation that is excluded: `EXISTS (…)` under its NOT (`split_exclude`).
    fn excluded(
        &mut self,
        sql: &mut Sql,
        left: &Node,
        lookup: &Lookup,
        (before, hop, behind): (Path, Hop, Path),
        reuse: Reuse,
    ) {
        let outer = self.join(before, reuse);
        let depth = self.depth + 1;
        let alias = alias(depth, 0);
        // A row without a related one is found from this side of the relation only.
        let (table, inner, columns) = if lookup.is_null() {
            let table = self.joins_table(before);
            let key = key_of(table).name;
            (table, Path::HERE.then(hop).join(behind), (key, key))
        } else {
            (hop.table(), behind, hop.columns())
        };
        let (outer_alias, columns) = match self.known_join(outer, hop, reuse) {
            Some(same) if !lookup.is_null() => {
                let key = key_of(hop.table()).name;
                (self.alias(Some(same)).to_owned(), (key, key))
            }
            _ => (self.alias(outer).to_owned(), columns),
        };
        let mut sub = Compiler::new(table, alias, Scope { depth, ..Scope::new(self.dialect) });
        sub.filters = 1;
        let mut condition = Sql::default();
        let moved = moved(left, inner);
        let mut column = Sql::default();
        let needed = sub.expression(&mut column, &moved, None, Reuse::Filter(1));
        if lookup.is_null() {
            condition.append(column).push(" IS NULL");
        } else {
            sub.need(needed);
            // The right side speaks of the outer rows.
            self.compare(&mut condition, column, &moved, lookup, reuse);
        }
        sql.push("EXISTS(SELECT 1");
        sub.from(sql);
        sql.push(" WHERE (").append(condition).push(" AND ");
        self.dialect.name(sql, &sub.alias);
        sql.push(".");
        self.dialect.name(sql, columns.1);
        sql.push(" = ");
        self.dialect.name(sql, &outer_alias);
        sql.push(".");
        self.dialect.name(sql, columns.0);
        sql.push("))");
    }

    fn joins_table(&self, path: Path) -> &'static crate::schema::Table {
        path.hops().last().map_or(self.table, Hop::table)
    }

    fn group_columns(&mut self, condition: &Condition) {
        match condition {
            Condition::All(conditions) | Condition::Any(conditions) => {
                conditions.iter().for_each(|condition| self.group_columns(condition));
            }
            Condition::Not(inner) => self.group_columns(inner),
            Condition::Lookup(left, lookup) => {
                for node in std::iter::once(left).chain(lookup.nodes()) {
                    if !node.has_aggregate() && !matches!(node, Node::Place(_)) {
                        self.grouped.push(node.clone());
                    }
                }
            }
            Condition::Exists(_) => {}
        }
    }
}

fn is_json_null(node: &Node) -> bool {
    match node {
        Node::Place(place) => place.class == Class::JsonNull,
        Node::Call(call) => call.arguments.first().is_some_and(is_json_null),
        _ => false,
    }
}

/// The first multi-valued key of an expression's path, with what is before and behind it.
fn first_many(node: &Node) -> Option<(Path, Hop, Path)> {
    match node {
        Node::Column(path, _) => {
            let many = path.hops().position(Hop::is_many)?;
            let hop = path.hops().nth(many)?;
            let before = path.hops().take(many).fold(Path::HERE, Path::then);
            let behind = path.hops().skip(many + 1).fold(Path::HERE, Path::then);
            Some((before, hop, behind))
        }
        Node::Part(_, inner) => first_many(inner),
        Node::Inside(inside) => first_many(&inside.of),
        Node::Value(_)
        | Node::Place(_)
        | Node::Binary(..)
        | Node::Aggregate(_)
        | Node::Call(_)
        | Node::Condition(_)
        | Node::Subquery(_)
        | Node::Outer(_) => None,
    }
}

/// The same expression at another path.
fn moved(node: &Node, path: Path) -> Node {
    match node {
        Node::Column(_, field) => Node::Column(path, field),
        Node::Part(part, inner) => Node::Part(*part, Box::new(moved(inner, path))),
        Node::Inside(inside) => {
            let of = moved(&inside.of, path);
            Node::Inside(Box::new(Inside { of, ..inside.as_ref().clone() }))
        }
        other => other.clone(),
    }
}
