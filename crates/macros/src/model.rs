//! `derive(Model)`: the table as plain data, the typed columns, and how a row becomes the struct.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Ident, LitStr, Result, Type, Visibility};

use crate::attributes::{DefaultValue, FieldAttributes, ModelAttributes, Target};
use crate::relations::{self, Relations};

/// A field of the struct.
pub(crate) struct Column<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) visibility: &'a Visibility,
    pub(crate) rust_type: &'a Type,
    pub(crate) name: LitStr,
    pub(crate) attributes: FieldAttributes,
    pub(crate) is_auto: bool,
}

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    if !input.generics.params.is_empty() {
        return Err(Error::new(input.generics.span(), "a model has no generic parameters"));
    }
    let model = ModelAttributes::parse(&input.attrs)?;
    let columns = columns(input)?;
    let Some(app) = &model.app else {
        return Err(Error::new(input.ident.span(), "name the app of the model: #[model(app = \"goods\")]"));
    };
    let table_name = model.table.clone().unwrap_or_else(|| {
        LitStr::new(
            &format!("{}_{}", app.value(), input.ident.to_string().to_lowercase()),
            input.ident.span(),
        )
    });

    let (ident, visibility) = (&input.ident, &input.vis);
    let model_name = ident.to_string();
    let key = primary_key(input, &columns)?;
    let (key_ident, key_type, key_name) = (key.ident, key.rust_type, &key.name);
    let count = columns.len();
    let fields = columns.iter().map(field).collect::<Result<Vec<_>>>()?;
    let constants = columns.iter().enumerate().map(|(place, column)| {
        let Column { ident: name, visibility, rust_type, .. } = column;
        let doc = format!("The column `{}`.", column.name.value());
        quote_spanned! {rust_type.span()=>
            #[doc = #doc]
            #[allow(non_upper_case_globals, dead_code)]
            #visibility const #name: ::nuages::orm::Column<#ident, #rust_type> =
                ::nuages::orm::Column::new(&FIELDS[#place]);
        }
    });
    let reads = columns.iter().enumerate().map(|(place, column)| {
        let name = column.ident;
        quote!(#name: ::nuages::orm::read_field(values, &FIELDS[#place])?)
    });
    let writes = columns.iter().map(|column| {
        let name = column.ident;
        quote!(::nuages::db::Value::from(::std::clone::Clone::clone(&self.#name)))
    });
    let unique = unique(&model, &columns)?;
    let indexes = indexes(&model, &columns)?;
    let checks = checks(&model, &columns, &table_name);
    let ordering = ordering(&model, &columns)?;
    let Relations { keys, functions, columns: columns_struct, name: columns_name } =
        relations::expand(input, &model, &columns, &table_name)?;

    Ok(quote! {
        const _: () = {
            static FIELDS: [::nuages::schema::Field; #count] = [#(#fields),*];

            static TABLE: ::nuages::schema::Table = ::nuages::schema::Table {
                app: #app,
                model: #model_name,
                name: #table_name,
                fields: &FIELDS,
                unique: &[#(#unique),*],
                indexes: &[#(#indexes),*],
                checks: &[#(#checks),*],
                ordering: &[#(#ordering),*],
            };

            #keys

            #columns_struct

            impl #ident {
                #(#constants)*

                #functions

                /// The manager: a queryset of all rows, on the pool or in a transaction.
                #[allow(dead_code)]
                #visibility fn objects(
                    executor: &impl ::nuages::db::Executor,
                ) -> ::nuages::orm::QuerySet<Self> {
                    <Self as ::nuages::orm::Model>::objects(executor)
                }

                /// The table as plain data.
                #[allow(dead_code)]
                #visibility fn table() -> &'static ::nuages::schema::Table {
                    &TABLE
                }
            }

            #[automatically_derived]
            impl ::nuages::orm::Model for #ident {
                const NAME: &'static str = #table_name;
                const KEY: &'static str = #key_name;

                type PrimaryKey = #key_type;
                type Columns<R, N: ::nuages::orm::Cardinality> = #columns_name<R, N>;

                fn table() -> &'static ::nuages::schema::Table {
                    &TABLE
                }

                fn columns<R, N: ::nuages::orm::Cardinality>(
                    path: ::nuages::orm::Path,
                ) -> Self::Columns<R, N> {
                    #columns_name::at(path)
                }

                fn from_values(
                    values: &mut impl ::std::iter::Iterator<Item = ::nuages::db::Value>,
                ) -> ::std::result::Result<Self, ::nuages::db::DbError> {
                    ::std::result::Result::Ok(Self { #(#reads),* })
                }

                fn values(&self) -> ::std::vec::Vec<::nuages::db::Value> {
                    ::std::vec![#(#writes),*]
                }

                fn key(&self) -> Self::PrimaryKey {
                    ::std::clone::Clone::clone(&self.#key_ident)
                }
            }
        };
    })
}

fn columns(input: &DeriveInput) -> Result<Vec<Column<'_>>> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(input.ident.span(), "a model is a struct"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new(input.ident.span(), "a model is a struct with named fields"));
    };
    let mut columns = Vec::with_capacity(fields.named.len());
    for (place, field) in fields.named.iter().enumerate() {
        let Some(ident) = &field.ident else { continue };
        let attributes = FieldAttributes::parse(&field.attrs)?;
        let bare = ident.unraw();
        let name = attributes.column.clone().unwrap_or_else(|| LitStr::new(&bare.to_string(), ident.span()));
        let is_auto = place == 0 && bare == "id" && !attributes.primary_key;
        columns.push(Column {
            ident,
            visibility: &field.vis,
            rust_type: &field.ty,
            name,
            attributes,
            is_auto,
        });
    }
    Ok(columns)
}

fn primary_key<'a, 'b>(input: &DeriveInput, columns: &'a [Column<'b>]) -> Result<&'a Column<'b>> {
    let mut keys = columns.iter().filter(|column| column.is_auto || column.attributes.primary_key);
    let missing = || {
        let message = "a model begins with `id: i64`, or one of its fields is #[field(primary_key)]";
        Error::new(input.ident.span(), message)
    };
    let key = keys.next().ok_or_else(missing)?;
    match keys.next() {
        Some(second) => Err(Error::new(second.ident.span(), "a model has one primary key")),
        None => Ok(key),
    }
}

/// The column as `schema::Field`.
fn field(column: &Column<'_>) -> Result<TokenStream> {
    let Column { name, rust_type, attributes, is_auto, .. } = column;
    let kind = kind(column)?;
    let primary_key = *is_auto || attributes.primary_key;
    let FieldAttributes { unique, index, .. } = attributes;
    let auto = match (attributes.auto_now, attributes.auto_now_add) {
        (false, false) => quote!(None),
        (true, false) => quote!(Some(::nuages::schema::AutoNow::Always)),
        (false, true) => quote!(Some(::nuages::schema::AutoNow::Add)),
        (true, true) => {
            return Err(Error::new(column.ident.span(), "auto_now and auto_now_add exclude each other"));
        }
    };
    let default = match &attributes.default {
        None => quote!(None),
        Some(DefaultValue::Boolean(value)) => quote!(Some(::nuages::schema::Default::Boolean(#value))),
        Some(DefaultValue::Integer(true, value)) => quote!(Some(::nuages::schema::Default::Integer(-#value))),
        Some(DefaultValue::Integer(false, value)) => quote!(Some(::nuages::schema::Default::Integer(#value))),
        Some(DefaultValue::Text(value)) => quote!(Some(::nuages::schema::Default::Text(#value))),
    };
    let references = references(column)?;
    Ok(quote_spanned! {rust_type.span()=>
        ::nuages::schema::Field {
            null: <#rust_type as ::nuages::orm::FieldType>::NULL,
            primary_key: #primary_key,
            unique: #unique,
            index: #index,
            auto: #auto,
            default: #default,
            references: #references,
            ..::nuages::schema::Field::new(#name, #kind)
        }
    })
}

fn kind(column: &Column<'_>) -> Result<TokenStream> {
    let Column { rust_type, attributes, .. } = column;
    let digits = (&attributes.max_digits, &attributes.decimal_places);
    Ok(match (&attributes.max_length, digits) {
        (Some(length), (None, None)) => quote!(::nuages::schema::Kind::Char(#length)),
        (None, (Some(digits), Some(places))) => {
            quote!(::nuages::schema::Kind::Decimal { digits: #digits, places: #places })
        }
        (None, (None, None)) if column.is_auto => {
            quote!(::nuages::orm::auto_kind(<#rust_type as ::nuages::orm::FieldType>::KIND))
        }
        (None, (None, None)) => quote!(<#rust_type as ::nuages::orm::FieldType>::KIND),
        (Some(_), _) => {
            return Err(Error::new(column.ident.span(), "max_length and max_digits exclude each other"));
        }
        (None, _) => {
            return Err(Error::new(column.ident.span(), "a decimal has max_digits and decimal_places"));
        }
    })
}

fn references(column: &Column<'_>) -> Result<TokenStream> {
    let (target, on_delete) = match (&column.attributes.references, &column.attributes.on_delete) {
        (None, None) => return Ok(quote!(None)),
        (None, Some(on_delete)) => return Err(Error::new(on_delete.span(), "on_delete without references")),
        (Some(target), None) => {
            let span = match target {
                Target::Table(name) => name.span(),
                Target::Model(path) => path.span(),
            };
            return Err(Error::new(span, "say what becomes of the row: on_delete = \"cascade\", …"));
        }
        (Some(target), Some(on_delete)) => (target, on_delete),
    };
    let action = match on_delete.value().as_str() {
        "cascade" => quote!(Cascade),
        "protect" => quote!(Protect),
        "set_null" => quote!(SetNull),
        "restrict" => quote!(Restrict),
        "do_nothing" => quote!(DoNothing),
        _ => {
            let message =
                "on_delete is \"cascade\", \"protect\", \"restrict\", \"set_null\" or \"do_nothing\"";
            return Err(Error::new(on_delete.span(), message));
        }
    };
    let (table, to) = match target {
        Target::Table(name) => {
            let name = name.value();
            let (table, to) = name.split_once('.').unwrap_or((&name, "id"));
            (quote!(#table), quote!(#to))
        }
        Target::Model(path) => {
            let (model, column) = relations::target(path)?;
            let to =
                column.map_or(quote!(<#model as ::nuages::orm::Model>::KEY), |column| quote!(#column.name()));
            (quote!(<#model as ::nuages::orm::Model>::NAME), to)
        }
    };
    Ok(quote! {
        Some(::nuages::schema::Reference {
            table: #table,
            column: #to,
            on_delete: ::nuages::schema::OnDelete::#action,
        })
    })
}

fn unique(model: &ModelAttributes, columns: &[Column<'_>]) -> Result<Vec<TokenStream>> {
    let constraint = |(name, fields): &(Option<LitStr>, Vec<LitStr>)| {
        known(fields, columns)?;
        let name = name.as_ref().map_or(quote!(None), |name| quote!(Some(#name)));
        Ok(quote!(::nuages::schema::Unique { name: #name, fields: &[#(#fields),*] }))
    };
    model.unique.iter().map(constraint).collect()
}

fn indexes(model: &ModelAttributes, columns: &[Column<'_>]) -> Result<Vec<TokenStream>> {
    let index = |fields: &Vec<LitStr>| {
        known(fields, columns)?;
        Ok(quote!(::nuages::schema::Index { name: None, fields: &[#(#fields),*] }))
    };
    model.indexes.iter().map(index).collect()
}

fn checks(model: &ModelAttributes, columns: &[Column<'_>], table: &LitStr) -> Vec<TokenStream> {
    let of_fields = columns.iter().filter_map(|column| {
        let condition = column.attributes.check.as_ref()?;
        let name = format!("{}_{}_check", table.value(), column.name.value());
        Some(quote!(::nuages::schema::Check { name: #name, condition: #condition }))
    });
    let of_model = model
        .checks
        .iter()
        .map(|(name, condition)| quote!(::nuages::schema::Check { name: #name, condition: #condition }));
    of_fields.chain(of_model).collect()
}

fn ordering(model: &ModelAttributes, columns: &[Column<'_>]) -> Result<Vec<TokenStream>> {
    known(&model.ordering, columns)?;
    let order = model.ordering.iter().map(|name| {
        let text = name.value();
        let (field, descending) =
            text.strip_prefix('-').map_or((text.as_str(), false), |field| (field, true));
        quote!(::nuages::schema::Order { field: #field, descending: #descending })
    });
    Ok(order.collect())
}

/// Each name, without its `-`, is a column.
fn known(names: &[LitStr], columns: &[Column<'_>]) -> Result<()> {
    for name in names {
        let text = name.value();
        let bare = text.strip_prefix('-').unwrap_or(&text);
        if !columns.iter().any(|column| column.name.value() == bare) {
            return Err(Error::new(name.span(), format!("the model has no column `{bare}`")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn refusal(input: &str) -> String {
        expand(&syn::parse_str(input).unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_said_where_it_is() {
        for (input, part) in [
            ("struct A { id: i64 }", "name the app"),
            ("#[model(app = \"a\")] enum A { B }", "a model is a struct"),
            ("#[model(app = \"a\")] struct A { name: String }", "begins with `id: i64`"),
            ("#[model(app = \"a\")] struct A { id: i64, #[field(primary_key)] b: i64 }", "one primary key"),
            (
                "#[model(app = \"a\", order = \"id\")] struct A { id: i64 }",
                "unknown attribute; a model has app",
            ),
            ("#[model(app = \"a\", ordering(\"-pirce\"))] struct A { id: i64 }", "no column `pirce`"),
            (
                "#[model(app = \"a\")] struct A { id: i64, #[field(length = 3)] b: String }",
                "unknown attribute; a field",
            ),
            ("#[model(app = \"a\")] struct A { id: i64, #[field(max_digits = 3)] b: D }", "decimal_places"),
            (
                "#[model(app = \"a\")] struct A { id: i64, #[field(references = \"b\")] b: i64 }",
                "what becomes of the row",
            ),
            (
                "#[model(app = \"a\")] struct A { id: i64, #[field(auto_now, auto_now_add)] b: T }",
                "exclude each other",
            ),
        ] {
            assert!(refusal(input).contains(part), "{input}: {}", refusal(input));
        }
    }
}
