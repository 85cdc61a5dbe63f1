//! Parts of JSON values as SQL.

use super::super::expression::Node;
use super::super::json::{Form, Inside};
use super::super::sql::Sql;
use super::Compiler;
use super::joins::{Needed, Reuse};
use crate::db::Vendor;

impl Compiler<'_> {
    pub(super) fn inside(&mut self, sql: &mut Sql, inside: &Inside, reuse: Reuse) -> Needed {
        let mut of = Sql::default();
        let needed = self.expression(&mut of, &inside.of, None, reuse);
        match (self.dialect.vendor, inside.form) {
            (Vendor::Postgres, form) => self.steps(sql, of, &inside.steps, form, reuse),
            (vendor, form) => {
                let mut path = Sql::default();
                for step in &inside.steps {
                    self.expression(&mut path, step, None, reuse);
                }
                let call = |name: &str, between: &str| {
                    let mut call = Sql::default();
                    call.push(name).push("(").append(of.clone()).push(between).append(path.clone()).push(")");
                    call
                };
                match (vendor, form) {
                    (Vendor::Sqlite, Form::Exists) => sql.append(call("JSON_TYPE", ", ")),
                    (Vendor::Sqlite, Form::Json | Form::Text) => sql
                        .push("(CASE WHEN ")
                        .append(call("JSON_TYPE", ", "))
                        .push(" IN ('false', 'true', 'null') THEN ")
                        .append(call("JSON_TYPE", ", "))
                        .push(" ELSE ")
                        .append(call("JSON_EXTRACT", ", "))
                        .push(" END)"),
                    (_, Form::Json) => sql.append(call("JSON_EXTRACT", ", ")),
                    (_, Form::Text) => sql.push("JSON_UNQUOTE(").append(call("JSON_EXTRACT", ", ")).push(")"),
                    (_, Form::Exists) => {
                        sql.push("NULLIF(").append(call("JSON_CONTAINS_PATH", ", 'one', ")).push(", 0)")
                    }
                };
            }
        }
        needed
    }

    /// `((data -> 'tags') ->> 0)`.
    fn steps(&mut self, sql: &mut Sql, of: Sql, steps: &[Node], form: Form, reuse: Reuse) {
        let Some((last, before)) = steps.split_last() else { return };
        let mut inner = of;
        for step in before {
            inner = self.descend(inner, " -> ", step, reuse);
        }
        let inner = match form {
            Form::Json => self.descend(inner, " -> ", last, reuse),
            Form::Text => self.descend(inner, " ->> ", last, reuse),
            Form::Exists => {
                // The operator of this function is a question mark.
                let mut exists = Sql::new("NULLIF(jsonb_exists(");
                exists.append(inner).push(", ");
                self.expression(&mut exists, last, None, reuse);
                exists.push("), false)");
                exists
            }
        };
        sql.append(inner);
    }

    fn descend(&mut self, of: Sql, operator: &str, step: &Node, reuse: Reuse) -> Sql {
        let mut sql = Sql::new("(");
        sql.append(of).push(operator);
        self.expression(&mut sql, step, None, reuse);
        sql.push(")");
        sql
    }
}
