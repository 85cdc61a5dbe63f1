//! The tables that a statement joins.

use super::super::relations::{Hop, Path};
use super::super::sql::Sql;
use super::Compiler;

/// A table joined over a key.
pub(super) struct Join {
    parent: Option<usize>,
    hop: Hop,
    pub(super) alias: String,
    /// The `filter` that it was made for; 0 is none.
    filter: u32,
    /// Whether a condition can only hold when there is a row.
    is_needed: bool,
}

/// Which joins over a multi-valued relation may be used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reuse {
    /// The latest.
    Any,
    /// One of the same `filter`.
    Filter(u32),
}

/// Joins as bits: those that must lead somewhere for a condition to hold.
pub(super) type Needed = u64;

impl Compiler<'_> {
    /// The join at the end of `path`, made where it is not there yet; none is the table itself.
    pub(super) fn join(&mut self, path: Path, reuse: Reuse) -> Option<usize> {
        let mut at = None;
        for hop in path.hops() {
            let known = self.joins.iter().rposition(|join| {
                let reusable = match reuse {
                    Reuse::Any => true,
                    Reuse::Filter(filter) => !hop.is_many() || join.filter == filter,
                };
                reusable && join.parent == at && join.hop.is(hop)
            });
            at = known.or_else(|| Some(self.add_join(at, hop, reuse)));
        }
        at
    }

    /// The join that this `filter` already has over `hop`.
    pub(super) fn known_join(&self, parent: Option<usize>, hop: Hop, reuse: Reuse) -> Option<usize> {
        let Reuse::Filter(filter) = reuse else { return None };
        let same = |join: &Join| join.filter == filter && join.parent == parent && join.hop.is(hop);
        self.joins.iter().rposition(same)
    }

    fn add_join(&mut self, parent: Option<usize>, hop: Hop, reuse: Reuse) -> usize {
        let alias = alias(self.depth, self.joins.len() + 2);
        let filter = match reuse {
            Reuse::Any => 0,
            Reuse::Filter(filter) => filter,
        };
        self.joins.push(Join { parent, hop, alias, filter, is_needed: false });
        self.joins.len() - 1
    }

    pub(super) fn alias(&self, join: Option<usize>) -> &str {
        join.and_then(|index| self.joins.get(index)).map_or(&self.alias, |join| &join.alias)
    }

    /// A join and those that lead to it.
    pub(super) fn chain(&self, mut at: Option<usize>) -> Needed {
        let mut needed = 0;
        while let Some(index) = at {
            needed |= 1_u64.checked_shl(u32::try_from(index).unwrap_or(u32::MAX)).unwrap_or(0);
            at = self.joins.get(index).and_then(|join| join.parent);
        }
        needed
    }

    /// Where a condition of the whole statement needs a row, the join is an INNER one (Django's `JoinPromoter`).
    pub(super) fn need(&mut self, needed: Needed) {
        for (index, join) in self.joins.iter_mut().enumerate().take(64) {
            join.is_needed |= needed & (1 << index) != 0;
        }
    }

    pub(super) fn join_clause(&self, sql: &mut Sql, join: &Join) {
        let inner = join.is_needed || !self.is_outer(join);
        sql.push(if inner { " INNER JOIN " } else { " LEFT OUTER JOIN " });
        self.dialect.name(sql, join.hop.table().name);
        sql.push(" ");
        self.dialect.name(sql, &join.alias);
        let (near, far) = join.hop.columns();
        sql.push(" ON (");
        self.dialect.name(sql, self.alias(join.parent));
        sql.push(".");
        self.dialect.name(sql, near);
        sql.push(" = ");
        self.dialect.name(sql, &join.alias);
        sql.push(".");
        self.dialect.name(sql, far);
        sql.push(")");
    }

    /// Behind a join that may lead nowhere, all do.
    fn is_outer(&self, join: &Join) -> bool {
        join.hop.is_optional()
            || join
                .parent
                .and_then(|parent| self.joins.get(parent))
                .is_some_and(|parent| !parent.is_needed && self.is_outer(parent))
    }
}

/// `U3`: the name of a table in a subquery; each depth has a letter of its own.
pub(super) fn alias(depth: usize, number: usize) -> String {
    let letters = ["T", "U", "V", "W", "X", "Y", "Z"];
    match letters.get(depth) {
        Some(letter) => format!("{letter}{number}"),
        None => format!("Z{depth}_{number}"),
    }
}
