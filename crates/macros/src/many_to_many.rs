//! Many-to-many relations: Django's through table, and the relation across it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{DeriveInput, LitStr, Path, Result};

use crate::attributes::{ManyToMany, ModelAttributes};

/// The through tables, the associated functions of the model, and those of its columns behind a relation.
pub(crate) struct Relations {
    pub(crate) statics: TokenStream,
    pub(crate) functions: TokenStream,
    pub(crate) methods: TokenStream,
}

pub(crate) fn expand(input: &DeriveInput, model: &ModelAttributes, table: &LitStr) -> Result<Relations> {
    let parts = model.many_to_many.iter().map(|relation| one(input, model, table, relation));
    let mut relations =
        Relations { statics: TokenStream::new(), functions: TokenStream::new(), methods: TokenStream::new() };
    for part in parts {
        relations.statics.extend(part.statics);
        relations.functions.extend(part.functions);
        relations.methods.extend(part.methods);
    }
    Ok(relations)
}

/// `many_to_many(tags = Tag)` of `Book` is the table `library_book_tags` with `id`, `book_id` and `tag_id`.
fn one(input: &DeriveInput, model: &ModelAttributes, table: &LitStr, relation: &ManyToMany) -> Relations {
    let ManyToMany { name, target } = relation;
    let (ident, visibility, app) = (&input.ident, &input.vis, &model.app);
    let bare = name.unraw().to_string();
    let upper = bare.to_uppercase();
    let (fields, through, keys) =
        (format_ident!("{upper}_FIELDS"), format_ident!("{upper}_TABLE"), format_ident!("{upper}_KEYS"));
    let function = format_ident!("through_{bare}");
    let (through_table, through_model) = (format!("{}_{bare}", table.value()), format!("{ident}_{bare}"));
    let (near, far) = names(&ident.unraw().to_string(), target);
    let (near_column, far_column) = (format!("{near}_id"), format!("{far}_id"));
    let reference = |of: TokenStream, column: &str| {
        quote! {
            ::nuages::schema::Field {
                references: Some(::nuages::schema::Reference {
                    table: <#of as ::nuages::orm::Model>::NAME,
                    column: <#of as ::nuages::orm::Model>::KEY,
                    on_delete: ::nuages::schema::OnDelete::Cascade,
                }),
                ..::nuages::schema::Field::new(
                    #column,
                    <<#of as ::nuages::orm::Model>::PrimaryKey as ::nuages::orm::FieldType>::KIND,
                )
            }
        }
    };
    let (near_field, far_field) =
        (reference(quote!(#ident), &near_column), reference(quote!(#target), &far_column));
    let doc = format!("The many-to-many relation over the table `{through_table}`.");
    let path = quote! {
        then(::nuages::orm::Hop::Reverse(&#keys[0])).then(::nuages::orm::Hop::Forward(&#keys[1]))
    };
    let statics = quote! {
        static #fields: [::nuages::schema::Field; 3] = [
            ::nuages::schema::Field::auto(::nuages::schema::Kind::BigAuto),
            #near_field,
            #far_field,
        ];
        static #through: ::nuages::schema::Table = ::nuages::schema::Table {
            fields: &#fields,
            unique: &[::nuages::schema::Unique { name: None, fields: &[#near_column, #far_column] }],
            ..::nuages::schema::Table::new(#app, #through_model, #through_table)
        };
        fn #function() -> &'static ::nuages::schema::Table {
            &#through
        }
        static #keys: [::nuages::orm::ForeignKey; 2] = [
            ::nuages::orm::ForeignKey {
                name: #near,
                field: &#fields[1],
                table: #function,
                target: <#ident as ::nuages::orm::Model>::table,
            },
            ::nuages::orm::ForeignKey {
                name: #far,
                field: &#fields[2],
                table: #function,
                target: <#target as ::nuages::orm::Model>::table,
            },
        ];
    };
    let functions = quote_spanned! {name.span()=>
        #[doc = #doc]
        #[allow(dead_code)]
        #visibility fn #name() -> ::nuages::orm::Relation<Self, #target, ::nuages::orm::Many> {
            ::nuages::orm::Relation::at(::nuages::orm::Path::HERE.#path)
        }
    };
    let methods = quote_spanned! {name.span()=>
        #visibility fn #name(&self) -> ::nuages::orm::Relation<R, #target, N::Then<::nuages::orm::Many>> {
            ::nuages::orm::Relation::at(self.__path.#path)
        }
    };
    Relations { statics, functions, methods }
}

/// The names of the through table's keys: the models', or `from_` and `to_` where they are one.
fn names(model: &str, target: &Path) -> (String, String) {
    let other = target.segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default();
    if other == model || other == "Self" {
        let model = model.to_lowercase();
        return (format!("from_{model}"), format!("to_{model}"));
    }
    (model.to_lowercase(), other.to_lowercase())
}
