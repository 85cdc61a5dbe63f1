//! Conditions: `Q` with and, or, not.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::expression::Node;
use super::lookups::Lookup;
use super::relations::Path;

/// A condition on the rows of `M`; `&`, `|` and `!` combine conditions.
pub struct Q<M> {
    pub(super) condition: Condition,
    marker: PhantomData<fn() -> M>,
}

/// A condition without its model.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Lookup(Node, Lookup),
}

impl<M> Q<M> {
    pub(super) const fn new(condition: Condition) -> Self {
        Self { condition, marker: PhantomData }
    }
}

impl<M> BitAnd for Q<M> {
    type Output = Self;

    fn bitand(self, right: Self) -> Self {
        Self::new(self.condition.and(right.condition))
    }
}

impl<M> BitOr for Q<M> {
    type Output = Self;

    fn bitor(self, right: Self) -> Self {
        Self::new(match self.condition {
            Condition::Any(mut conditions) => {
                conditions.push(right.condition);
                Condition::Any(conditions)
            }
            left => Condition::Any(vec![left, right.condition]),
        })
    }
}

impl<M> Not for Q<M> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(Condition::Not(Box::new(self.condition)))
    }
}

impl Condition {
    /// Both, in one flat list.
    pub(super) fn and(self, right: Self) -> Self {
        match self {
            Self::All(mut conditions) => {
                conditions.push(right);
                Self::All(conditions)
            }
            left => Self::All(vec![left, right]),
        }
    }

    /// The same condition seen from the beginning of `path`.
    pub(super) fn behind(self, path: Path) -> Self {
        let each = |conditions: Vec<Self>| conditions.into_iter().map(|inner| inner.behind(path)).collect();
        match self {
            Self::All(conditions) => Self::All(each(conditions)),
            Self::Any(conditions) => Self::Any(each(conditions)),
            Self::Not(inner) => Self::Not(Box::new(inner.behind(path))),
            Self::Lookup(left, lookup) => Self::Lookup(left.behind(path), lookup.behind(path)),
        }
    }

    pub(super) fn has_aggregate(&self) -> bool {
        match self {
            Self::All(conditions) | Self::Any(conditions) => conditions.iter().any(Self::has_aggregate),
            Self::Not(inner) => inner.has_aggregate(),
            Self::Lookup(left, lookup) => {
                left.has_aggregate() || lookup.nodes().iter().any(Node::has_aggregate)
            }
        }
    }
}

impl<M> Clone for Q<M> {
    fn clone(&self) -> Self {
        Self::new(self.condition.clone())
    }
}

impl<M> fmt::Debug for Q<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}
