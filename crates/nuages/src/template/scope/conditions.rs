//! Whether a condition of `{% if %}` holds over the variables in reach.

use std::borrow::Cow;

use super::{Scope, Stop};
use crate::template::condition::{Condition, Operator};
use crate::template::env::Env;
use crate::template::value::Value;

impl Scope<'_> {
    /// Whether a condition of `{% if %}` holds.
    pub(crate) fn holds(&self, condition: &Condition, env: &Env) -> Result<bool, Stop> {
        match self.condition(condition, env) {
            Ok(value) => Ok(value.is_true()),
            Err(Stop::Missing(_)) => Ok(false),
            Err(stop) => Err(stop),
        }
    }

    fn condition<'v>(&'v self, condition: &'v Condition, env: &Env) -> Result<Cow<'v, Value>, Stop> {
        let (operator, left, right) = match condition {
            Condition::Value(expression) => return self.evaluate_or_none(expression, env),
            Condition::Not(inner) => {
                return failing_is_false(
                    self.condition(inner, env).map(|value| Cow::Owned(Value::Bool(!value.is_true()))),
                );
            }
            Condition::Binary(operator, left, right) => (*operator, left, right),
        };
        failing_is_false(self.binary(operator, left, right, env))
    }

    fn binary<'v>(
        &'v self,
        operator: Operator,
        left: &'v Condition,
        right: &'v Condition,
        env: &Env,
    ) -> Result<Cow<'v, Value>, Stop> {
        let a = self.condition(left, env)?;
        match operator {
            Operator::Or if a.is_true() => return Ok(a),
            Operator::And if !a.is_true() => return Ok(a),
            Operator::Or | Operator::And => return self.condition(right, env),
            _ => {}
        }
        let b = self.condition(right, env)?;
        let holds = match operator {
            Operator::In => b.contains(&a) == Some(true),
            Operator::NotIn => b.contains(&a) == Some(false),
            Operator::Is => a.is(&b),
            Operator::IsNot => !a.is(&b),
            Operator::Equal => a.equals(&b),
            Operator::NotEqual => !a.equals(&b),
            Operator::Greater => a.compare(&b).is_some_and(std::cmp::Ordering::is_gt),
            Operator::GreaterOrEqual => a.compare(&b).is_some_and(std::cmp::Ordering::is_ge),
            Operator::Less => a.compare(&b).is_some_and(std::cmp::Ordering::is_lt),
            Operator::LessOrEqual => a.compare(&b).is_some_and(std::cmp::Ordering::is_le),
            Operator::Or | Operator::And => false,
        };
        Ok(Cow::Owned(Value::Bool(holds)))
    }
}

/// An operator whose operands fail is false, in Django too; what only needs time goes on up.
fn failing_is_false<'v>(result: Result<Cow<'v, Value>, Stop>) -> Result<Cow<'v, Value>, Stop> {
    match result {
        Err(Stop::Missing(_) | Stop::Error(_)) => Ok(Cow::Owned(Value::Bool(false))),
        result => result,
    }
}
