//! A combination of querysets as SQL.

use super::super::combined::{Combination, Combinator};
use super::super::dialect::Dialect;
use super::super::query::Query;
use super::super::sql::Sql;
use super::{Scope, Selected, position, statement_in};
use crate::db::Vendor;

/// `(SELECT …) UNION (SELECT …) ORDER BY 2 ASC LIMIT ?`; SQLite knows no parentheses there, and no slices in them.
pub(super) fn combined(
    dialect: &Dialect,
    query: &Query,
    combination: &Combination,
    selected: Selected<'_>,
) -> Sql {
    let (open, close) = if dialect.vendor == Vendor::Sqlite { ("", "") } else { ("(", ")") };
    let operator = match combination.combinator {
        Combinator::Union => " UNION ",
        Combinator::UnionAll => " UNION ALL ",
        Combinator::Intersection => " INTERSECT ",
        Combinator::Difference => " EXCEPT ",
    };
    let mut sql = Sql::default();
    for (place, part) in combination.parts.iter().enumerate() {
        let mut part = part.clone();
        if part.is_sliced() && dialect.vendor == Vendor::Sqlite {
            sql.refused = Some("LIMIT/OFFSET not allowed in subqueries of compound statements.");
        }
        if !part.is_sliced() {
            part.ordering = Some(Vec::new());
        }
        sql.push(if place == 0 { "" } else { operator }).push(open);
        sql.append(statement_in(Scope::new(dialect), &part, selected)).push(close);
    }
    for (number, (node, descending)) in query.order_of().iter().enumerate() {
        sql.push(if number == 0 { " ORDER BY " } else { ", " });
        match position(&query.outputs, node) {
            Some(place) => drop(sql.push(&place.to_string())),
            None => sql.refused = Some("ORDER BY term does not match any column in the result set."),
        }
        sql.push(if *descending { " DESC" } else { " ASC" });
    }
    dialect.slice(&mut sql, query.slice);
    sql
}
