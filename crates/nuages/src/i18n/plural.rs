//! The plural rule of a catalog: a small C expression over `n`.
//!
//! `Plural-Forms: nplurals=2; plural=(n != 1);`

/// A parsed rule: how many forms, and which one a number takes.
#[derive(Clone, Debug)]
pub(super) struct PluralRule {
    forms: usize,
    expression: Expression,
}

#[derive(Clone, Debug)]
enum Expression {
    N,
    Number(u64),
    Not(Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
}

/// Operators from the weakest to the strongest; C's own order.
const LEVELS: [&[&str]; 6] =
    [&["||"], &["&&"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

const MAX_LENGTH: usize = 1000;
const MAX_DEPTH: usize = 40;

impl PluralRule {
    /// One form for 1, another for everything else: gettext's rule where a catalog has none.
    pub(super) fn germanic() -> Self {
        Self {
            forms: 2,
            expression: Expression::Binary("!=", Box::new(Expression::N), Box::new(Expression::Number(1))),
        }
    }

    /// Parses the value of the header `Plural-Forms`; `None` if it is not well formed.
    pub(super) fn parse(header: &str) -> Option<Self> {
        if header.len() > MAX_LENGTH {
            return None;
        }
        let mut parts = header.split(';').map(str::trim);
        let forms = parts
            .next()?
            .strip_prefix("nplurals=")?
            .trim()
            .parse()
            .ok()
            .filter(|forms| (1..=10).contains(forms))?;
        let text = parts.next()?.strip_prefix("plural=")?;
        let mut parser = Parser { rest: text, depth: 0 };
        let expression = parser.choice()?;
        parser.rest.trim().is_empty().then_some(Self { forms, expression })
    }

    /// The index of the form that `number` takes.
    pub(super) fn form(&self, number: u64) -> usize {
        usize::try_from(self.expression.evaluate(number)).unwrap_or(0).min(self.forms - 1)
    }
}

impl Expression {
    fn evaluate(&self, n: u64) -> u64 {
        match self {
            Self::N => n,
            Self::Number(number) => *number,
            Self::Not(inner) => u64::from(inner.evaluate(n) == 0),
            Self::Choice(condition, yes, no) => {
                if condition.evaluate(n) != 0 {
                    yes.evaluate(n)
                } else {
                    no.evaluate(n)
                }
            }
            Self::Binary(operator, left, right) => {
                let (a, b) = (left.evaluate(n), right.evaluate(n));
                match *operator {
                    "||" => u64::from(a != 0 || b != 0),
                    "&&" => u64::from(a != 0 && b != 0),
                    "==" => u64::from(a == b),
                    "!=" => u64::from(a != b),
                    "<=" => u64::from(a <= b),
                    ">=" => u64::from(a >= b),
                    "<" => u64::from(a < b),
                    ">" => u64::from(a > b),
                    "+" => a.saturating_add(b),
                    "-" => a.saturating_sub(b),
                    "*" => a.saturating_mul(b),
                    "/" => a.checked_div(b).unwrap_or(0),
                    _ => a.checked_rem(b).unwrap_or(0),
                }
            }
        }
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn take(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn choice(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let condition = self.binary(0)?;
        let expression = if self.take("?") {
            let yes = self.choice()?;
            let no = if self.take(":") { self.choice()? } else { return None };
            Expression::Choice(Box::new(condition), Box::new(yes), Box::new(no))
        } else {
            condition
        };
        self.depth -= 1;
        Some(expression)
    }

    fn binary(&mut self, level: usize) -> Option<Expression> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.take(operator)) {
            left = Expression::Binary(operator, Box::new(left), Box::new(self.binary(level + 1)?));
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<Expression> {
        if !self.rest.trim_start().starts_with("!=") && self.take("!") {
            self.depth += 1;
            return if self.depth > MAX_DEPTH {
                None
            } else {
                Some(Expression::Not(Box::new(self.unary()?)))
            };
        }
        if self.take("(") {
            let inner = self.choice()?;
            return self.take(")").then_some(inner);
        }
        if self.take("n") {
            return Some(Expression::N);
        }
        let rest = self.rest.trim_start();
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..digits].parse().ok()?;
        self.rest = &rest[digits..];
        Some(Expression::Number(number))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn russian() {
        let rule = PluralRule::parse("nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);").unwrap();
        let forms: Vec<usize> = [1, 2, 5, 11, 21, 22, 111].into_iter().map(|n| rule.form(n)).collect();
        assert_eq!(forms, [0, 1, 2, 2, 0, 1, 2]);
        assert_eq!(PluralRule::germanic().form(1), 0);
        assert!(PluralRule::parse("nplurals=2; plural=system(n);").is_none());
    }
}
