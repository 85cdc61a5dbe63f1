//! Django's lookups on columns and expressions: `price__lt=10` is `Sku::price.lt(10)`.
//!
//! | Django | here |
//! |---|---|
//! | `exact`, `gt`, `gte`, `lt`, `lte` | `eq`, `gt`, `gte`, `lt`, `lte`; `eq(None)` is IS NULL |
//! | `in`, `range`, `isnull` | `in_` (a list or a queryset), `range`, `is_null` and `is_not_null` |
//! | `contains`, `startswith`, `endswith`, `regex` | the same; with an `i` before them they ignore case |
//! | `iexact` | `iexact`; `iexact(None)` is IS NULL |
//!
//! `%`, `_` and `\` in a text stand for themselves. On SQLite `LIKE` ignores the case of ASCII letters always, and of no
//! other letters, as under Django. A regular expression has the database's own dialect (on SQLite, the one of the
//! crate `regex`).

use super::expression::Node;
use super::q::{Condition, Q};
use super::relations::Path;
use super::subquery::{Among, Subquery};
use super::values::Class;
use super::{Column, Expression, FieldType, IntoExpression};
use crate::db::Value;

/// What is asked of an expression.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(super) enum Lookup {
    Compare(&'static str, Node),
    In(Vec<Node>),
    InQuery(Box<Subquery>),
    Range(Box<[Node; 2]>),
    IsNull(bool),
    ContainsJson(Node),
    /// Where the text has to be, whether case is ignored, and the text as it was given.
    Like(Like, bool, Node),
    /// Whether case is ignored, and the expression.
    Regex(bool, Node),
}

/// Where the text has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Like {
    Contains,
    StartsWith,
    EndsWith,
    Exact,
}

/// The types that text lookups work on.
#[diagnostic::on_unimplemented(message = "text lookups work on text, and `{Self}` is not")]
pub trait TextField {
    /// The type of its length.
    type Length: FieldType;
}

impl TextField for String {
    type Length = i32;
}

impl TextField for Option<String> {
    type Length = Option<i32>;
}

impl Lookup {
    /// The expressions on its right side.
    pub(super) fn nodes(&self) -> &[Node] {
        match self {
            Self::Compare(_, node) | Self::ContainsJson(node) => std::slice::from_ref(node),
            Self::In(nodes) => nodes,
            Self::Range(nodes) => nodes.as_slice(),
            Self::InQuery(_) | Self::IsNull(_) | Self::Like(..) | Self::Regex(..) => &[],
        }
    }

    /// Whether it asks for NULL: `isnull=True`, `exact=None`.
    pub(super) fn is_null(&self) -> bool {
        match self {
            Self::IsNull(is_null) => *is_null,
            Self::Compare("=", Node::Place(place)) => place.class == Class::Null,
            _ => false,
        }
    }

    /// JSON has a `null` of its own (`JSONExact.can_use_none_as_rhs`).
    fn on(self, node: &Node) -> Self {
        match self {
            Self::Compare("=", Node::Value(Value::Null)) if node.is_json() => {
                Self::Compare("=", Node::Value(Value::Json("null".to_owned())))
            }
            other => other,
        }
    }

    pub(super) fn behind(self, path: Path) -> Self {
        match self {
            Self::Compare(operator, node) => Self::Compare(operator, node.behind(path)),
            Self::In(nodes) => Self::In(nodes.into_iter().map(|node| node.behind(path)).collect()),
            Self::ContainsJson(node) => Self::ContainsJson(node.behind(path)),
            Self::InQuery(subquery) => Self::InQuery(Box::new(subquery.behind(path))),
            Self::Range(nodes) => Self::Range(Box::new(nodes.map(|node| node.behind(path)))),
            other @ (Self::IsNull(_) | Self::Like(..) | Self::Regex(..)) => other,
        }
    }
}

macro_rules! compared {
    ($($(#[$doc:meta])* $name:ident $sql:literal;)*) => {$(
        $(#[$doc])*
        pub fn $name<R: IntoExpression<M, T>>(&self, right: R) -> Q<M, R::Outer> {
            self.lookup(Lookup::Compare($sql, right.into_expression().node))
        }
    )*};
}

macro_rules! placed {
    ($($(#[$doc:meta])* $name:ident $like:ident $fold:literal;)*) => {$(
        $(#[$doc])*
        pub fn $name(&self, text: impl Into<String>) -> Q<M> {
            self.lookup(Lookup::Like(Like::$like, $fold, Node::Value(text.into().into())))
        }
    )*};
}

macro_rules! lookups {
    ($of:ident) => {
        impl<M, T: FieldType> $of<M, T> {
            compared! {
                /// `exact`; `None` is IS NULL, of a JSON column its `null`.
                eq "=";
                /// `gt`.
                gt ">";
                /// `gte`.
                gte ">=";
                /// `lt`.
                lt "<";
                /// `lte`.
                lte "<=";
            }

            /// What `exclude(column=value)` selects: a NULL is not equal to a value.
            pub fn ne<R: IntoExpression<M, T>>(&self, right: R) -> Q<M, R::Outer> {
                !self.eq(right)
            }

            /// `in` a list or a queryset; an empty list selects nothing, and a `None` in it is left out.
            pub fn in_(&self, values: impl Among<M, T>) -> Q<M> {
                self.lookup(values.among().0)
            }

            /// `range`: from `low` to `high`, both included.
            pub fn range(
                &self,
                low: impl IntoExpression<M, T, Outer = ()>,
                high: impl IntoExpression<M, T, Outer = ()>,
            ) -> Q<M> {
                self.lookup(Lookup::Range(Box::new([
                    low.into_expression().node,
                    high.into_expression().node,
                ])))
            }

            /// `isnull=True`.
            pub fn is_null(&self) -> Q<M> {
                self.lookup(Lookup::IsNull(true))
            }

            /// `isnull=False`.
            pub fn is_not_null(&self) -> Q<M> {
                self.lookup(Lookup::IsNull(false))
            }

            fn lookup<O>(&self, lookup: Lookup) -> Q<M, O> {
                let node = self.node();
                let lookup = lookup.on(&node);
                Q::new(Condition::Lookup(node, lookup))
            }
        }

        impl<M, T: FieldType + TextField> $of<M, T> {
            placed! {
                /// `contains`.
                contains Contains false;
                /// `icontains`.
                icontains Contains true;
                /// `startswith`.
                startswith StartsWith false;
                /// `istartswith`.
                istartswith StartsWith true;
                /// `endswith`.
                endswith EndsWith false;
                /// `iendswith`.
                iendswith EndsWith true;
            }

            /// `iexact`; `None` is IS NULL.
            pub fn iexact<'a>(&self, text: impl Into<Option<&'a str>>) -> Q<M> {
                self.lookup(match text.into() {
                    Some(text) => Lookup::Like(Like::Exact, true, Node::Value(text.into())),
                    None => Lookup::IsNull(true),
                })
            }

            /// `regex`.
            pub fn regex(&self, pattern: impl Into<String>) -> Q<M> {
                self.lookup(Lookup::Regex(false, Node::Value(pattern.into().into())))
            }

            /// `iregex`.
            pub fn iregex(&self, pattern: impl Into<String>) -> Q<M> {
                self.lookup(Lookup::Regex(true, Node::Value(pattern.into().into())))
            }
        }
    };
}

lookups!(Column);
lookups!(Expression);
