//! What is inside of JSON columns: `data__size__gt=5` is `Book::data.key("size").gt(json!(5))`.
//!
//! ```
//! # use nuages::{db::Db, orm::{Json, Model}};
//! # use serde_json::json;
//! # #[derive(Model)] #[model(app = "library")] struct Book { id: i64, data: Option<Json<serde_json::Value>> }
//! # async fn example(db: Db) -> nuages::Result<()> {
//! // Book.objects.filter(data__size__gt=5), filter(data__tags__0="new"), filter(data__has_key="size")
//! let large = Book::objects(&db).filter(Book::data.key("size").gt(json!(5))).await?;
//! let new = Book::objects(&db).filter(Book::data.key("tags").index(0).eq(json!("new"))).await?;
//! let sized = Book::objects(&db).filter(Book::data.has_key("size")).await?;
//! // Book.objects.filter(data__name__icontains="rust"), values_list(KT("data__name"))
//! let rust = Book::objects(&db).filter(Book::data.key("name").text().icontains("rust")).await?;
//! // Book.objects.filter(data__contains={"size": 5}); not on SQLite
//! let five = Book::objects(&db).filter(Book::data.contains_json(json!({"size": 5}))).await?;
//! # Ok(())
//! # }
//! ```
//!
//! As under Django: a key that is missing is SQL's NULL and `is_null()`, a key with `null` is not; `gt` and its kin compare
//! numbers with numbers and texts with texts. SQLite and MariaDB compare a whole object by its text: the order of its keys
//! counts there, and `serde_json::Value` sorts them unless that crate's feature `preserve_order` is on.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Any;

use super::dialect::Dialect;
use super::expression::Node;
use super::functions::{Call, Name};
use super::lookups::Lookup;
use super::q::Condition;
use super::{Column, Expression, FieldType, IntoExpression, Q};
use crate::db::{Json, Value, Vendor};
use crate::schema::{Field, Kind};

/// The types of JSON columns.
#[diagnostic::on_unimplemented(message = "a column of type `{Self}` holds no JSON")]
pub trait JsonField: FieldType {}

impl<T: Serialize + DeserializeOwned + Send + 'static> JsonField for Json<T> {}
impl<T: JsonField> JsonField for Option<T> {}

/// A part of a JSON value.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(super) struct Inside {
    pub(super) of: Node,
    /// Keys and indexes; where the database wants one path, it takes their place.
    pub(super) steps: Vec<Node>,
    pub(super) form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// JSON.
    Json,
    /// Text, without quotes.
    Text,
    /// Something, if the last key is there.
    Exists,
}

static JSON: Field = Field::new("", Kind::Json);
static INTEGER: Field = Field::new("", Kind::Integer);
static TEXT: Field = Field::new("", Kind::Text);

macro_rules! inside {
    ($of:ident) => {
        impl<M, T: JsonField> $of<M, T> {
            /// The value of a key (`data__size`).
            pub fn key(&self, key: &str) -> Expression<M, Option<Json<Any>>> {
                Expression::new(step(self.node(), Value::Text(key.to_owned()), Form::Json))
            }

            /// An element of a list, from 0 (`data__0`).
            pub fn index(&self, index: u32) -> Expression<M, Option<Json<Any>>> {
                Expression::new(step(self.node(), index.into(), Form::Json))
            }

            /// `has_key`.
            pub fn has_key(&self, key: &str) -> Q<M> {
                let node = step(self.node(), Value::Text(key.to_owned()), Form::Exists);
                Q::new(Condition::Lookup(node, Lookup::IsNull(false)))
            }

            /// `contains`: each key of this object, with its value, is in that one. SQLite cannot.
            pub fn contains_json(&self, part: Any) -> Q<M> {
                let part = Node::Value(Json(part).into());
                Q::new(Condition::Lookup(self.node(), Lookup::ContainsJson(part)))
            }
        }
    };
}

inside!(Column);
inside!(Expression);

impl<M> Expression<M, Option<Json<Any>>> {
    /// As text, for the lookups of text (`KT("data__name")`).
    pub fn text(&self) -> Expression<M, Option<String>> {
        Expression::new(match self.node() {
            Node::Inside(mut inside) => {
                inside.form = Form::Text;
                Node::Inside(inside)
            }
            other => other,
        })
    }
}

impl<M> IntoExpression<M, Option<Json<Any>>> for Any {
    type Outer = ();

    fn into_expression(self) -> Expression<M, Option<Json<Any>>> {
        Expression::new(Node::Value(Json(self).into()))
    }
}

impl<M> IntoExpression<M, Json<Any>> for Any {
    type Outer = ();

    fn into_expression(self) -> Expression<M, Json<Any>> {
        Expression::new(Node::Value(Json(self).into()))
    }
}

impl Inside {
    pub(super) fn field(&self) -> Option<&'static Field> {
        match self.form {
            Form::Json => Some(&JSON),
            Form::Text => Some(&TEXT),
            Form::Exists => None,
        }
    }

    /// `$."tags"[0]`, where the database wants one path (`compile_json_path`).
    pub(super) fn prepare(&mut self, dialect: &Dialect) {
        if dialect.vendor == Vendor::Postgres {
            self.steps.iter_mut().for_each(typed);
            return;
        }
        let mut path = String::from("$");
        for step in &self.steps {
            match step {
                Node::Value(Value::Int(index)) => path.push_str(&format!("[{index}]")),
                Node::Value(Value::Text(key)) => {
                    let Value::Json(key) = Json(key.as_str()).into() else { continue };
                    path.push('.');
                    path.push_str(&key);
                }
                _ => {}
            }
        }
        self.steps = vec![Node::Value(path.into())];
    }
}

/// What stands on the right side of a lookup inside of JSON, as the database can compare it (`KeyTransformExact` and its
/// kin). MariaDB compares what it extracts without its quotes.
pub(super) fn prepare(left: &mut Node, lookup: &mut Lookup, dialect: &Dialect) {
    let Node::Inside(inside) = left else { return };
    if inside.form != Form::Json || dialect.vendor == Vendor::Postgres {
        return;
    }
    match lookup {
        Lookup::Compare("=", value) => extracted(value, dialect.vendor),
        Lookup::In(values) => {
            if dialect.vendor == Vendor::Mysql {
                inside.form = Form::Text;
            }
            values.iter_mut().for_each(|value| extracted(value, dialect.vendor));
        }
        Lookup::Compare(_, value) => plain(value),
        Lookup::Range(ends) => ends.iter_mut().for_each(plain),
        _ => {}
    }
}

/// A step says whether it is a key or an index.
fn typed(step: &mut Node) {
    let field = if matches!(step, Node::Value(Value::Int(_))) { &INTEGER } else { &TEXT };
    call(step, Name::Literal, field);
}

/// `JSON_EXTRACT(?, '$')`; what SQLite tells by its type is compared with the type's name.
fn extracted(node: &mut Node, vendor: Vendor) {
    let is_word = match node {
        Node::Value(Value::Json(text)) => matches!(text.as_str(), "true" | "false" | "null"),
        _ => return,
    };
    if vendor != Vendor::Sqlite || !is_word {
        call(node, Name::JsonExtract, &TEXT);
    }
}

/// Calls a function with what was there.
fn call(node: &mut Node, name: Name, field: &'static Field) {
    let arguments = vec![std::mem::replace(node, Node::Value(Value::Null))];
    *node = Node::Call(Box::new(Call { name, arguments, field }));
}

/// The number or the text of a JSON value.
fn plain(node: &mut Node) {
    let Node::Value(Value::Json(text)) = node else { return };
    *node = Node::Value(match serde_json::from_str(text) {
        Ok(Any::String(text)) => text.into(),
        Ok(Any::Number(number)) => match number.as_i64() {
            Some(integer) => integer.into(),
            None => number.as_f64().map_or(Value::Null, Value::Float),
        },
        _ => return,
    });
}

/// A value from inside of JSON, as JSON again: SQLite gives a number or a text without quotes.
pub(super) fn read(value: Value) -> Value {
    match value {
        Value::Int(number) => Value::Json(number.to_string()),
        Value::Float(number) => Json(number).into(),
        Value::Text(text) => match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
            Ok(_) => Value::Json(text),
            Err(_) => Json(text).into(),
        },
        other => other,
    }
}

fn step(of: Node, step: Value, form: Form) -> Node {
    let inside = match of {
        Node::Inside(mut inside) => {
            inside.steps.push(Node::Value(step));
            Inside { form, ..*inside }
        }
        of => Inside { of, steps: vec![Node::Value(step)], form },
    };
    Node::Inside(Box::new(inside))
}
