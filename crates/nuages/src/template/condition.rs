//! The conditions of `{% if %}`: `or and not in is == != < > <= >=` with Python's precedence (Django's `smartif`).

use super::error::{ErrorKind, TemplateError};
use super::expression::Expression;

/// A compiled condition.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Value(Expression),
    Not(Box<Condition>),
    Binary(Operator, Box<Condition>, Box<Condition>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    In,
    NotIn,
    Is,
    IsNot,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// Parses the words of an `{% if %}`; `compile` turns a word into an expression.
pub(crate) fn parse(
    words: &[&str],
    compile: &dyn Fn(&str) -> Result<Expression, TemplateError>,
) -> Result<Condition, TemplateError> {
    if words.len() > MAX_WORDS {
        return Err(ErrorKind::Limit("words in a condition").into());
    }
    let mut parser = Parser { tokens: tokens(words), at: 0, compile };
    let condition = parser.expression(0)?;
    match parser.peek() {
        None => Ok(condition),
        Some(token) => {
            Err(TemplateError::syntax(format!("Unused '{}' at end of if expression.", token.text())))
        }
    }
}

#[derive(Clone, Copy)]
enum Token<'t> {
    Word(&'t str),
    Not,
    Operator(Operator),
}

struct Parser<'p> {
    tokens: Vec<Token<'p>>,
    at: usize,
    compile: &'p dyn Fn(&str) -> Result<Expression, TemplateError>,
}

/// A condition is walked recursively, so its length bounds the depth.
const MAX_WORDS: usize = 400;

impl<'p> Parser<'p> {
    fn peek(&self) -> Option<Token<'p>> {
        self.tokens.get(self.at).copied()
    }

    fn expression(&mut self, binding: u8) -> Result<Condition, TemplateError> {
        let mut left = self.prefix()?;
        while let Some(Token::Operator(operator)) = self.peek()
            && operator.binding() > binding
        {
            self.at += 1;
            let right = self.expression(operator.binding())?;
            left = Condition::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn prefix(&mut self) -> Result<Condition, TemplateError> {
        let token = self.peek();
        self.at += 1;
        match token {
            None => Err(TemplateError::syntax("Unexpected end of expression in if tag.")),
            Some(Token::Word(word)) => (self.compile)(word).map(Condition::Value),
            Some(Token::Not) => Ok(Condition::Not(Box::new(self.expression(NOT_BINDING)?))),
            Some(Token::Operator(operator)) => Err(TemplateError::syntax(format!(
                "Not expecting '{}' in this position in if tag.",
                operator.text()
            ))),
        }
    }
}

const NOT_BINDING: u8 = 8;

impl Token<'_> {
    fn text(&self) -> &str {
        match self {
            Token::Word(word) => word,
            Token::Not => "not",
            Token::Operator(operator) => operator.text(),
        }
    }
}

impl Operator {
    fn binding(self) -> u8 {
        match self {
            Self::Or => 6,
            Self::And => 7,
            Self::In | Self::NotIn => 9,
            _ => 10,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Is => "is",
            Self::IsNot => "is not",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }
}

fn tokens<'t>(words: &[&'t str]) -> Vec<Token<'t>> {
    let mut tokens = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let next = words.get(at + 1).copied();
        let (token, length) = match (*word, next) {
            ("is", Some("not")) => (Token::Operator(Operator::IsNot), 2),
            ("not", Some("in")) => (Token::Operator(Operator::NotIn), 2),
            ("not", _) => (Token::Not, 1),
            (word, _) => {
                let operator = [
                    Operator::Or,
                    Operator::And,
                    Operator::In,
                    Operator::Is,
                    Operator::Equal,
                    Operator::NotEqual,
                ]
                .into_iter()
                .chain([Operator::Greater, Operator::GreaterOrEqual, Operator::Less, Operator::LessOrEqual])
                .find(|operator| operator.text() == word);
                (operator.map_or(Token::Word(word), Token::Operator), 1)
            }
        };
        tokens.push(token);
        at += length;
    }
    tokens
}
