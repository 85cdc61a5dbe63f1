//! The attributes `#[model(...)]` and `#[field(...)]`, as they were written.

use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Ident, Lit, LitBool, LitInt, LitStr, Path, Result, Token};

/// `#[model(...)]`.
#[derive(Default)]
pub(crate) struct ModelAttributes {
    pub(crate) app: Option<LitStr>,
    pub(crate) table: Option<LitStr>,
    pub(crate) ordering: Vec<LitStr>,
    /// The name, if it has one, and the columns.
    pub(crate) unique: Vec<(Option<LitStr>, Vec<LitStr>)>,
    pub(crate) indexes: Vec<Vec<LitStr>>,
    /// The name and the condition.
    pub(crate) checks: Vec<(LitStr, LitStr)>,
    /// The name of a reverse relation, and the relation that it reverses: `orders = Order::user`.
    pub(crate) related: Vec<Related>,
    pub(crate) many_to_many: Vec<ManyToMany>,
}

/// `many_to_many(tags = Tag)`.
pub(crate) struct ManyToMany {
    pub(crate) name: Ident,
    pub(crate) target: Path,
}

/// `related(orders = Order::user)`.
pub(crate) struct Related {
    pub(crate) name: Ident,
    pub(crate) relation: Path,
    /// Whether it leads to one row at most.
    pub(crate) one: bool,
}

/// `references = "goods_category"`, `references = Category`, `references = Category::code`.
pub(crate) enum Target {
    Table(LitStr),
    Model(Path),
}

/// `#[field(...)]`.
#[derive(Default)]
pub(crate) struct FieldAttributes {
    pub(crate) column: Option<LitStr>,
    pub(crate) primary_key: bool,
    pub(crate) max_length: Option<LitInt>,
    pub(crate) max_digits: Option<LitInt>,
    pub(crate) decimal_places: Option<LitInt>,
    pub(crate) unique: bool,
    pub(crate) index: bool,
    pub(crate) auto_now: bool,
    pub(crate) auto_now_add: bool,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) references: Option<Target>,
    pub(crate) relation: Option<LitStr>,
    pub(crate) on_delete: Option<LitStr>,
    pub(crate) check: Option<LitStr>,
}

/// `default = true`, `default = -1`, `default = "text"`.
pub(crate) enum DefaultValue {
    Boolean(LitBool),
    Integer(bool, LitInt),
    Text(LitStr),
}

impl ModelAttributes {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut parsed = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("model")) {
            attribute.parse_nested_meta(|meta| {
                match name(&meta).as_str() {
                    "app" => parsed.app = Some(meta.value()?.parse()?),
                    "table" => parsed.table = Some(meta.value()?.parse()?),
                    "ordering" => parsed.ordering = strings(&meta)?,
                    "unique_together" => parsed.unique.push((None, strings(&meta)?)),
                    "unique" => {
                        let mut columns = strings(&meta)?;
                        if columns.len() < 2 {
                            return Err(meta.error("write the constraint's name and then its columns"));
                        }
                        parsed.unique.push((Some(columns.remove(0)), columns));
                    }
                    "index" => parsed.indexes.push(strings(&meta)?),
                    "check" => match strings(&meta)?.as_slice() {
                        [name, condition] => parsed.checks.push((name.clone(), condition.clone())),
                        _ => return Err(meta.error("write the constraint's name and its condition")),
                    },
                    "many_to_many" => meta.parse_nested_meta(|meta| {
                        let name = meta.path.require_ident()?.clone();
                        parsed.many_to_many.push(ManyToMany { name, target: meta.value()?.parse()? });
                        Ok(())
                    })?,
                    "related" => parsed.related.extend(related(&meta, false)?),
                    "related_one" => parsed.related.extend(related(&meta, true)?),
                    _ => {
                        return Err(meta.error(
                            "unknown attribute; a model has app, table, ordering, unique_together, unique, index, check, \
                             related, related_one, many_to_many",
                        ));
                    }
                }
                Ok(())
            })?;
        }
        Ok(parsed)
    }
}

impl FieldAttributes {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut parsed = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("field")) {
            attribute.parse_nested_meta(|meta| {
                match name(&meta).as_str() {
                    "column" => parsed.column = Some(meta.value()?.parse()?),
                    "primary_key" => parsed.primary_key = true,
                    "max_length" => parsed.max_length = Some(meta.value()?.parse()?),
                    "max_digits" => parsed.max_digits = Some(meta.value()?.parse()?),
                    "decimal_places" => parsed.decimal_places = Some(meta.value()?.parse()?),
                    "unique" => parsed.unique = true,
                    "index" => parsed.index = true,
                    "auto_now" => parsed.auto_now = true,
                    "auto_now_add" => parsed.auto_now_add = true,
                    "default" => parsed.default = Some(default(&meta)?),
                    "references" => {
                        let value = meta.value()?;
                        parsed.references = Some(if value.peek(LitStr) {
                            Target::Table(value.parse()?)
                        } else {
                            Target::Model(value.parse()?)
                        });
                    }
                    "relation" => parsed.relation = Some(meta.value()?.parse()?),
                    "on_delete" => parsed.on_delete = Some(meta.value()?.parse()?),
                    "check" => parsed.check = Some(meta.value()?.parse()?),
                    _ => {
                        return Err(meta.error(
                            "unknown attribute; a field has column, primary_key, max_length, max_digits, decimal_places, \
                             unique, index, default, auto_now, auto_now_add, references, relation, \
                             on_delete, check",
                        ));
                    }
                }
                Ok(())
            })?;
        }
        Ok(parsed)
    }
}

fn name(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(ToString::to_string).unwrap_or_default()
}

/// `name("a", "b")`.
fn strings(meta: &ParseNestedMeta<'_>) -> Result<Vec<LitStr>> {
    let content;
    syn::parenthesized!(content in meta.input);
    let list: Punctuated<LitStr, Token![,]> = Punctuated::parse_terminated(&content)?;
    if list.is_empty() {
        return Err(meta.error("write at least one name"));
    }
    Ok(list.into_iter().collect())
}

/// `related(orders = Order::user, lines = Line::buyer)`.
fn related(meta: &ParseNestedMeta<'_>, one: bool) -> Result<Vec<Related>> {
    let mut parsed = Vec::new();
    meta.parse_nested_meta(|meta| {
        let name = meta.path.require_ident()?.clone();
        parsed.push(Related { name, relation: meta.value()?.parse()?, one });
        Ok(())
    })?;
    Ok(parsed)
}

fn default(meta: &ParseNestedMeta<'_>) -> Result<DefaultValue> {
    let value = meta.value()?;
    let negative = value.parse::<Option<Token![-]>>()?.is_some();
    match value.parse()? {
        Lit::Int(integer) => Ok(DefaultValue::Integer(negative, integer)),
        Lit::Bool(boolean) if !negative => Ok(DefaultValue::Boolean(boolean)),
        Lit::Str(text) if !negative => Ok(DefaultValue::Text(text)),
        other => Err(Error::new(other.span(), "a default is true, false, an integer or text")),
    }
}
