//! Conditions: `Q` with and, or, not.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::expression::Node;
use super::lookups::Lookup;
use super::relations::Path;
use super::subquery::{Outer, Subquery};

/// A condition on the rows of `M`; `&`, `|` and `!` combine conditions. It may speak of a row of `O` outside, where it
/// stands in a subquery ([`subquery`](super::subquery)).
pub struct Q<M, O = ()> {
    pub(super) condition: Condition,
    marker: PhantomData<fn() -> (M, O)>,
}

/// A condition without its model.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Lookup(Node, Lookup),
    Exists(Box<Subquery>),
}

impl<M, O> Q<M, O> {
    pub(super) const fn new(condition: Condition) -> Self {
        Self { condition, marker: PhantomData }
    }
}

impl<M, O: Outer<P>, P> BitAnd<Q<M, P>> for Q<M, O> {
    type Output = Q<M, O::Both>;

    fn bitand(self, right: Q<M, P>) -> Q<M, O::Both> {
        Q::new(self.condition.and(right.condition))
    }
}

impl<M, O: Outer<P>, P> BitOr<Q<M, P>> for Q<M, O> {
    type Output = Q<M, O::Both>;

    fn bitor(self, right: Q<M, P>) -> Q<M, O::Both> {
        Q::new(match self.condition {
            Condition::Any(mut conditions) => {
                conditions.push(right.condition);
                Condition::Any(conditions)
            }
            left => Condition::Any(vec![left, right.condition]),
        })
    }
}

impl<M, O> Not for Q<M, O> {
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
            Self::Exists(subquery) => Self::Exists(Box::new(subquery.behind(path))),
        }
    }

    pub(super) fn has_aggregate(&self) -> bool {
        match self {
            Self::All(conditions) | Self::Any(conditions) => conditions.iter().any(Self::has_aggregate),
            Self::Not(inner) => inner.has_aggregate(),
            Self::Lookup(left, lookup) => {
                left.has_aggregate() || lookup.nodes().iter().any(Node::has_aggregate)
            }
            Self::Exists(_) => false,
        }
    }
}

impl<M, O> Clone for Q<M, O> {
    fn clone(&self) -> Self {
        Self::new(self.condition.clone())
    }
}

impl<M, O> fmt::Debug for Q<M, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}
