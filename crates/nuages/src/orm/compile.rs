//! From a condition to SQL text with `?` for each value: nothing of a value is ever in the text.

use super::expression::Node;
use super::field;
use super::q::{Condition, Like};
use crate::db::{Value, Vendor};
use crate::schema::{Field, Kind};

/// A statement under construction.
#[derive(Debug)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) params: Vec<Value>,
    vendor: Vendor,
}

impl Sql {
    pub(super) fn new(vendor: Vendor, text: &str) -> Self {
        let mut statement = String::with_capacity(256);
        statement.push_str(text);
        Self { text: statement, params: Vec::new(), vendor }
    }

    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// A name, always quoted: `order`, `desc` and `index` are columns too.
    pub(super) fn name(&mut self, name: &str) -> &mut Self {
        self.text.push('"');
        self.text.push_str(&name.replace('"', "\"\""));
        self.text.push('"');
        self
    }

    pub(super) fn names<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) -> &mut Self {
        for (place, name) in names.into_iter().enumerate() {
            self.push(if place == 0 { "" } else { ", " }).name(name);
        }
        self
    }

    pub(super) fn value(&mut self, value: Value) -> &mut Self {
        self.text.push('?');
        self.params.push(value);
        self
    }

    /// An expression that is compared with `field` or stored in it.
    pub(super) fn expression(&mut self, node: &Node, field: &Field) -> &mut Self {
        match node {
            Node::Value(value) => {
                let is_wide = self.vendor == Vendor::Postgres && exceeds(value, field.kind);
                self.value(field::write(value.clone(), field)).push(if is_wide { "::bigint" } else { "" })
            }
            Node::Column(column) => self.name(column.name),
            Node::Binary(left, operator, right) => {
                // SQLite gives a computed decimal no affinity; Django casts it (SQLiteNumericMixin).
                let cast = self.vendor == Vendor::Sqlite && matches!(field.kind, Kind::Decimal { .. });
                self.push(if cast { "CAST((" } else { "(" });
                self.expression(left, field).push(" ").push(operator).push(" ").expression(right, field);
                self.push(if cast { ") AS NUMERIC)" } else { ")" })
            }
        }
    }

    /// ` WHERE …`, or nothing.
    pub(super) fn filter(&mut self, condition: Option<&Condition>) -> &mut Self {
        if let Some(condition) = condition {
            self.push(" WHERE ").condition(condition, false);
        }
        self
    }

    /// `negated` as Django counts it: under an odd number of NOTs a comparison with a column that may be NULL also
    /// says that it is not, so that `exclude` keeps the rows without a value.
    fn condition(&mut self, condition: &Condition, negated: bool) {
        match condition {
            Condition::All(conditions) => self.joined(conditions, " AND ", negated),
            Condition::Any(conditions) => self.joined(conditions, " OR ", negated),
            Condition::Not(inner) => {
                self.push("NOT (").condition(inner, !negated);
                self.push(")");
            }
            Condition::IsNull(field) | Condition::Compare(field, "=", Node::Value(Value::Null)) => {
                self.name(field.name).push(" IS NULL");
            }
            lookup => {
                let field = lookup.field();
                let guard = field.filter(|field| negated && field.null);
                if guard.is_some() {
                    self.push("(");
                }
                self.lookup(lookup);
                if let Some(field) = guard {
                    self.push(" AND ").name(field.name).push(" IS NOT NULL)");
                }
            }
        }
    }

    fn joined(&mut self, conditions: &[Condition], operator: &str, negated: bool) {
        self.push("(");
        for (place, condition) in conditions.iter().enumerate() {
            self.push(if place == 0 { "" } else { operator }).condition(condition, negated);
        }
        self.push(")");
    }

    fn lookup(&mut self, condition: &Condition) {
        match condition {
            Condition::Compare(field, operator, right) => {
                self.name(field.name).push(" ").push(operator).push(" ").expression(right, field);
            }
            Condition::In(field, nodes) => {
                let nodes = nodes.iter().filter(|node| !matches!(node, Node::Value(Value::Null)));
                let begin = (self.text.len(), self.params.len());
                self.name(field.name).push(" IN (");
                let mut empty = true;
                for node in nodes {
                    self.push(if empty { "" } else { ", " }).expression(node, field);
                    empty = false;
                }
                self.push(")");
                if empty {
                    self.text.truncate(begin.0);
                    self.params.truncate(begin.1);
                    self.push("0 = 1");
                }
            }
            Condition::Like(field, like, fold, text) => self.like(field, *like, *fold, text),
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) | Condition::IsNull(_) => {}
        }
    }

    fn like(&mut self, field: &Field, like: Like, fold: bool, text: &str) {
        let pattern = match like {
            // Django escapes iexact's text for SQLite's LIKE only; PostgreSQL compares it with `=`.
            Like::Exact if self.vendor == Vendor::Postgres => text.to_owned(),
            Like::Exact => escaped(text),
            Like::Contains => format!("%{}%", escaped(text)),
            Like::StartsWith => format!("{}%", escaped(text)),
            Like::EndsWith => format!("%{}", escaped(text)),
        };
        match self.vendor {
            Vendor::Sqlite => self.name(field.name).push(" LIKE ").value(pattern.into()).push(" ESCAPE '\\'"),
            Vendor::Mysql if fold => self.name(field.name).push(" LIKE ").value(pattern.into()),
            Vendor::Mysql => self.name(field.name).push(" LIKE BINARY ").value(pattern.into()),
            Vendor::Postgres if !fold => self.name(field.name).push("::text LIKE ").value(pattern.into()),
            Vendor::Postgres => {
                let operator = if like == Like::Exact { "::text) = UPPER(" } else { "::text) LIKE UPPER(" };
                self.push("UPPER(").name(field.name).push(operator).value(pattern.into()).push(")")
            }
        };
    }
}

impl Condition {
    fn field(&self) -> Option<&'static Field> {
        match self {
            Self::Compare(field, ..) | Self::In(field, _) | Self::IsNull(field) | Self::Like(field, ..) => {
                Some(field)
            }
            Self::All(_) | Self::Any(_) | Self::Not(_) => None,
        }
    }
}

/// Whether an integer has more bits than its column: no row is equal to it, and PostgreSQL must be told its width.
fn exceeds(value: &Value, kind: Kind) -> bool {
    let Value::Int(value) = value else { return false };
    match kind {
        Kind::SmallInteger | Kind::PositiveSmallInteger => i16::try_from(*value).is_err(),
        Kind::Integer | Kind::PositiveInteger | Kind::Auto => i32::try_from(*value).is_err(),
        _ => false,
    }
}

/// `prep_for_like_query`.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
