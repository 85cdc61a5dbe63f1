//! A queryset without its types: what was asked for, in the order in which it was asked.

use super::combined::Combination;
use super::expression::Node;
use super::lock::Lock;
use super::q::Condition;
use super::relations::{Path, key_of};
use super::values::Place;
use crate::schema::Table;

/// What a queryset has collected so far.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(super) struct Query {
    pub(super) table: &'static Table,
    pub(super) steps: Vec<Step>,
    pub(super) outputs: Vec<Output>,
    /// What the rows are grouped by, once an aggregate is annotated.
    pub(super) group: Option<Vec<Output>>,
    /// None is the model's own ordering.
    pub(super) ordering: Option<Vec<(Node, bool)>>,
    pub(super) reversed: bool,
    pub(super) limit: Option<u64>,
    pub(super) offset: Option<u64>,
    /// LIMIT and OFFSET, once their numbers are taken out.
    pub(super) slice: [Option<Place>; 2],
    pub(super) distinct: bool,
    pub(super) lock: Option<Lock>,
    /// The querysets whose rows these are.
    pub(super) combination: Option<Box<Combination>>,
    /// What was done wrong on the way here, told when the query runs.
    pub(super) misuse: Option<&'static str>,
}

/// `filter` and `annotate` in their order, which decides what joins they share.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(super) enum Step {
    Filter(Condition),
    Annotate(Node),
}

/// One thing that a row of the answer holds.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(super) enum Output {
    /// A whole row of a table.
    Row(Path, &'static Table),
    Value(Node),
}

impl Query {
    pub(super) fn new(table: &'static Table) -> Self {
        Self {
            table,
            steps: Vec::new(),
            outputs: vec![Output::Row(Path::HERE, table)],
            group: None,
            ordering: None,
            reversed: false,
            limit: None,
            offset: None,
            slice: [None; 2],
            distinct: false,
            lock: None,
            combination: None,
            misuse: None,
        }
    }

    pub(super) fn filter(&mut self, condition: Condition) {
        if self.is_sliced() {
            self.misuse = Some("Cannot filter a query once a slice has been taken.");
        }
        self.steps.push(Step::Filter(condition));
    }

    pub(super) fn annotate(&mut self, node: Node) {
        if node.has_aggregate() && self.group.is_none() {
            self.group = Some(self.outputs.clone());
        }
        self.steps.push(Step::Annotate(node.clone()));
        self.outputs.push(Output::Value(node));
    }

    /// Selects these values instead of what was selected before.
    pub(super) fn select(&mut self, nodes: Vec<Node>) {
        let known = |step: &Step, node: &Node| matches!(step, Step::Annotate(annotated) if annotated == node);
        for node in &nodes {
            if !self.steps.iter().any(|step| known(step, node)) {
                self.steps.push(Step::Annotate(node.clone()));
            }
        }
        let outputs: Vec<_> = nodes.into_iter().map(Output::Value).collect();
        if self.group.is_none() && outputs.iter().any(Output::has_aggregate) {
            self.group = Some(outputs.iter().filter(|output| !output.has_aggregate()).cloned().collect());
        }
        self.outputs = outputs;
    }

    pub(super) fn order(&mut self, ordering: Vec<(Node, bool)>) {
        if self.is_sliced() {
            self.misuse = Some("Cannot reorder a query once a slice has been taken.");
        }
        self.ordering = Some(ordering);
        self.reversed = false;
    }

    pub(super) fn slice(&mut self, limit: Option<u64>, offset: u64) {
        // A slice of a slice: what is skipped counts within the rows that are left.
        self.offset = match (self.offset, offset) {
            (None, 0) => None,
            (before, offset) => Some(before.unwrap_or(0).saturating_add(offset)),
        };
        let left = self.limit.map(|rows| rows.saturating_sub(offset));
        self.limit = match (left, limit) {
            (Some(left), Some(limit)) => Some(left.min(limit)),
            (left, limit) => left.or(limit),
        };
    }

    /// As `EXISTS(…)` asks it: for one row, in no order.
    pub(super) fn only_existence(&mut self) {
        self.distinct &= self.is_sliced();
        self.ordering = Some(Vec::new());
        self.limit = Some(self.limit.unwrap_or(1).min(1));
    }

    /// The order that applies; the model's own does not to groups.
    pub(super) fn order_of(&self) -> Vec<(Node, bool)> {
        let own = || {
            let column = |order: &crate::schema::Order| {
                Some((Node::Column(Path::HERE, self.table.field(order.field)?), order.descending))
            };
            self.table.ordering.iter().filter_map(column).collect::<Vec<_>>()
        };
        let mut ordering = match (&self.ordering, &self.group) {
            (Some(ordering), _) => ordering.clone(),
            (None, Some(_)) => Vec::new(),
            (None, None) => own(),
        };
        if self.reversed {
            ordering.iter_mut().for_each(|(_, descending)| *descending = !*descending);
        }
        ordering
    }

    /// Ordered by the primary key, unless it has an order already (`first` and `last`).
    pub(super) fn order_by_key(&mut self) {
        if self.order_of().is_empty() && self.group.is_none() {
            self.ordering = Some(vec![(Node::Column(Path::HERE, key_of(self.table)), false)]);
        }
    }

    pub(super) const fn is_sliced(&self) -> bool {
        self.limit.is_some() || self.offset.is_some() || !matches!(self.slice, [None, None])
    }

    /// Whether a statement over its rows needs it as a subquery.
    pub(super) const fn is_compound(&self) -> bool {
        self.is_sliced() || self.distinct || self.group.is_some() || self.combination.is_some()
    }
}

impl Output {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Row(_, table) => table.model.to_owned(),
            Self::Value(node) => node.name(),
        }
    }

    pub(super) fn has_aggregate(&self) -> bool {
        matches!(self, Self::Value(node) if node.has_aggregate())
    }
}
