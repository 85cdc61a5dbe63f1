//! The values of a query, taken out of it. What is left is its shape: a statement is built from the shape alone and kept
//! under it, so that a statement that was built once serves every query of the same shape.
//!
//! `filter(id=7, name=None)[:20]` leaves `id = place 0`, `name = place 1 (NULL)`, `LIMIT place 2` and `[7, NULL, 20]`.
//! What the text may depend on of a value is its [`Class`]: the compiler never sees the value itself.

use super::aggregates::Aggregate;
use super::dialect::Dialect;
use super::expression::Node;
use super::field;
use super::json;
use super::lookups::Lookup;
use super::q::Condition;
use super::query::{Output, Query, Step};
use crate::db::Value;
use crate::schema::Field;

/// Where a value is among those of its query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    index: usize,
    pub(super) class: Class,
}

/// What the text of a statement may depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Null,
    /// JSON's `null`, to which a column is not equal that is NULL.
    JsonNull,
    /// An integer of more than 16 bits, where the database must be told.
    Over16,
    /// An integer of more than 32 bits, where the database must be told.
    Over32,
    Other,
}

/// The values that were taken out of a query, in the order of their places.
#[derive(Debug)]
pub(super) struct Values<'a> {
    dialect: &'a Dialect,
    taken: Vec<Value>,
    /// The places of values in computed expressions. Equal ones share a place, so that an expression that was annotated is
    /// found again where it is filtered or ordered by.
    common: Vec<usize>,
    is_computed: bool,
}

impl<'a> Values<'a> {
    pub(super) const fn new(dialect: &'a Dialect) -> Self {
        Self { dialect, taken: Vec::new(), common: Vec::new(), is_computed: false }
    }

    pub(super) const fn len(&self) -> usize {
        self.taken.len()
    }

    pub(super) fn put(&mut self, value: Value) -> Place {
        let class = self.dialect.class(&value);
        if self.is_computed {
            let is_same = |index: &&usize| is_same(&self.taken[**index], &value);
            if let Some(&index) = self.common.iter().find(is_same) {
                return Place { index, class };
            }
            self.common.push(self.taken.len());
        }
        self.taken.push(value);
        Place { index: self.taken.len() - 1, class }
    }

    /// The values of a statement with these places.
    pub(super) fn bound(mut self, places: &[Place]) -> Vec<Value> {
        let in_order = || places.iter().map(|place| place.index).eq(0..places.len());
        if places.len() <= self.taken.len() && in_order() {
            self.taken.truncate(places.len());
            return self.taken;
        }
        places.iter().map(|place| self.taken.get(place.index).cloned().unwrap_or(Value::Null)).collect()
    }

    fn computed(&mut self, take: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.is_computed, true);
        take(self);
        self.is_computed = before;
    }
}

impl Query {
    /// Takes the values out, and leaves their places.
    pub(super) fn take(&mut self, values: &mut Values<'_>) {
        let parts = self.combination.iter_mut().flat_map(|combination| &mut combination.parts);
        parts.for_each(|part| part.take(values));
        self.steps.iter_mut().for_each(|step| match step {
            Step::Filter(condition) => condition.take(values),
            Step::Annotate(node) => node.take(values),
        });
        let group = self.group.iter_mut().flatten();
        self.outputs.iter_mut().chain(group).for_each(|output| match output {
            Output::Row(..) => {}
            Output::Value(node) => node.take(values),
        });
        self.ordering.iter_mut().flatten().for_each(|(node, _)| node.take(values));
        let slice = [self.limit.take(), self.offset.take()];
        self.slice = slice.map(|rows| rows.map(|rows| values.put(bounded(rows).into())));
    }
}

impl Condition {
    fn take(&mut self, values: &mut Values<'_>) {
        match self {
            Self::All(conditions) | Self::Any(conditions) => {
                conditions.iter_mut().for_each(|condition| condition.take(values));
            }
            Self::Not(inner) => inner.take(values),
            Self::Lookup(left, lookup) => {
                if let Some((inner, within)) = values.dialect.year(left, lookup) {
                    (*left, *lookup) = (inner, within);
                }
                json::prepare(left, lookup, values.dialect);
                left.take(values);
                lookup.take(values);
            }
            Self::Exists(subquery) => subquery.query.take(values),
        }
    }
}

impl Lookup {
    fn take(&mut self, values: &mut Values<'_>) {
        match self {
            Self::Compare(_, node) | Self::ContainsJson(node) => node.take(values),
            Self::InQuery(subquery) => subquery.query.take(values),
            Self::In(nodes) => nodes.iter_mut().for_each(|node| node.take(values)),
            Self::Range(ends) => ends.iter_mut().for_each(|node| node.take(values)),
            Self::IsNull(_) => {}
            Self::Like(like, _, pattern) => {
                if let Node::Value(Value::Text(text)) = pattern {
                    *text = values.dialect.like_pattern(*like, text);
                }
                pattern.take(values);
            }
            Self::Regex(fold, pattern) => {
                if let Node::Value(Value::Text(text)) = pattern {
                    *text = values.dialect.regex_pattern(*fold, text);
                }
                pattern.take(values);
            }
        }
    }
}

impl Node {
    /// The same of what a column is set to.
    pub(super) fn take_for(&mut self, field: &Field, values: &mut Values<'_>) {
        if let Self::Value(value) = self {
            *value = field::write(std::mem::replace(value, Value::Null), field);
        }
        self.take(values);
    }

    pub(super) fn take(&mut self, values: &mut Values<'_>) {
        match self {
            Self::Value(value) => {
                let value = std::mem::replace(value, Value::Null);
                *self = Self::Place(values.put(value));
            }
            Self::Place(_) | Self::Column(..) => {}
            Self::Binary(left, _, right) => values.computed(|values| {
                left.take(values);
                right.take(values);
            }),
            Self::Call(call) => values.computed(|values| {
                call.arguments.iter_mut().for_each(|argument| argument.take(values));
            }),
            Self::Inside(inside) => values.computed(|values| {
                inside.prepare(values.dialect);
                inside.of.take(values);
                inside.steps.iter_mut().for_each(|step| step.take(values));
            }),
            Self::Condition(condition) => values.computed(|values| condition.take(values)),
            Self::Subquery(subquery) => values.computed(|values| subquery.query.take(values)),
            Self::Part(_, inner) | Self::Outer(inner) => values.computed(|values| inner.take(values)),
            Self::Aggregate(aggregate) => values.computed(|values| {
                let Aggregate { function: _, of, distinct: _, filter } = aggregate.as_mut();
                of.iter_mut().for_each(|node| node.take(values));
                filter.iter_mut().for_each(|condition| condition.take(values));
            }),
        }
    }
}

/// Whether they are bound as the very same: `1.0` and `1.00`, `0.0` and `-0.0` are equal and are not.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Float(one), Value::Float(other)) => one.to_bits() == other.to_bits(),
        (Value::Decimal(one), Value::Decimal(other)) => one.serialize() == other.serialize(),
        (one, other) => one == other,
    }
}

/// Beyond 63 bits there are no rows anyway.
fn bounded(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
