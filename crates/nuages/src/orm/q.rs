//! Conditions: `Q` with and, or, not.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::expression::Node;
use crate::schema::Field;

/// A condition on the rows of `M`; `&`, `|` and `!` combine conditions.
pub struct Q<M> {
    pub(super) condition: Condition,
    marker: PhantomData<fn() -> M>,
}

/// A condition without its model.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare(&'static Field, &'static str, Node),
    In(&'static Field, Vec<Node>),
    IsNull(&'static Field),
    /// The shape, whether case is ignored, and the text as it was given.
    Like(&'static Field, Like, bool, String),
}

/// Where the text has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Like {
    Contains,
    StartsWith,
    EndsWith,
    Exact,
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
