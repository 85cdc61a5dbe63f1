//! The relations of a model: its foreign keys as data, `Order::user()`, and the columns behind a relation.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DeriveInput, Error, GenericArgument, Ident, LitStr, Path, PathArguments, Result, Type};

use crate::attributes::{ModelAttributes, Target};
use crate::many_to_many;
use crate::model::Column;

/// What the derive writes for relations.
pub(crate) struct Relations {
    /// The static foreign keys, and the check of their types.
    pub(crate) keys: TokenStream,
    /// `Order::user()`.
    pub(crate) functions: TokenStream,
    /// The struct of the columns behind a relation.
    pub(crate) columns: TokenStream,
    /// Its name.
    pub(crate) name: Ident,
}

/// A foreign key to a model.
struct Key<'a> {
    column: &'a Column<'a>,
    name: Ident,
    model: Path,
    to: Option<Path>,
    cardinality: TokenStream,
}

pub(crate) fn expand(
    input: &DeriveInput,
    model: &ModelAttributes,
    columns: &[Column<'_>],
    table: &LitStr,
) -> Result<Relations> {
    let name = format_ident!("{}Columns", input.ident);
    let many = many_to_many::expand(input, model, table)?;
    let keys = columns.iter().filter_map(|column| key(column).transpose()).collect::<Result<Vec<_>>>()?;
    Ok(Relations {
        keys: [statics(&input.ident, columns, &keys), many.statics].into_iter().collect(),
        functions: [functions(input, model, &keys), many.functions].into_iter().collect(),
        columns: columns_struct(input, model, columns, (&keys, &many.methods), &name),
        name,
    })
}

/// `Category` → the model; `Category::code` → the model and its column.
pub(crate) fn target(path: &Path) -> Result<(Path, Option<Path>)> {
    let last = path.segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default();
    if !last.starts_with(|first: char| first.is_lowercase() || first == '_') {
        return Ok((path.clone(), None));
    }
    let mut model = path.clone();
    model.segments.pop();
    model.segments.pop_punct();
    if model.segments.is_empty() {
        return Err(Error::new(path.span(), "write the model, or one of its columns: references = Category"));
    }
    Ok((model, Some(path.clone())))
}

fn key<'a>(column: &'a Column<'a>) -> Result<Option<Key<'a>>> {
    let Some(Target::Model(path)) = &column.attributes.references else { return Ok(None) };
    let (model, to) = target(path)?;
    let own = column.ident.unraw().to_string();
    let name = match (&column.attributes.relation, own.strip_suffix("_id")) {
        (Some(name), _) => Ident::new(&name.value(), name.span()),
        (None, Some(name)) => Ident::new(name, column.ident.span()),
        (None, None) => {
            let message = format!(
                "a relation is named after its field without `_id`: call the field `{own}_id`, or write relation = \"…\""
            );
            return Err(Error::new(column.ident.span(), message));
        }
    };
    let cardinality = if present(column.rust_type).is_some() { quote!(ZeroOrOne) } else { quote!(One) };
    Ok(Some(Key { column, name, model, to, cardinality }))
}

fn statics(ident: &Ident, columns: &[Column<'_>], keys: &[Key<'_>]) -> TokenStream {
    let count = keys.len();
    let places =
        keys.iter().filter_map(|key| columns.iter().position(|column| column.ident == key.column.ident));
    let entries = keys.iter().zip(places).map(|(key, place)| {
        let (name, model) = (key.name.unraw().to_string(), &key.model);
        quote! {
            ::nuages::orm::ForeignKey {
                name: #name,
                field: &FIELDS[#place],
                table: <#ident as ::nuages::orm::Model>::table,
                target: <#model as ::nuages::orm::Model>::table,
            }
        }
    });
    let checks = keys.iter().map(|key| {
        let own = present(key.column.rust_type).unwrap_or(key.column.rust_type);
        let model = &key.model;
        let span = key.column.rust_type.span();
        match &key.to {
            None => quote_spanned! {span=>
                const _: fn(#own) -> <#model as ::nuages::orm::Model>::PrimaryKey = |key| key;
            },
            Some(to) => quote_spanned! {span=>
                const _: ::nuages::orm::Column<#model, #own> = #to;
            },
        }
    });
    quote! {
        #[allow(dead_code)]
        static KEYS: [::nuages::orm::ForeignKey; #count] = [#(#entries),*];
        #(#checks)*
    }
}

fn functions(input: &DeriveInput, model: &ModelAttributes, keys: &[Key<'_>]) -> TokenStream {
    let own = keys.iter().enumerate().map(|(place, key)| {
        let Key { column, name, model, cardinality, .. } = key;
        let visibility = column.visibility;
        let doc = format!("The relation over the column `{}`.", column.name.value());
        quote_spanned! {name.span()=>
            #[doc = #doc]
            #[allow(dead_code)]
            #visibility fn #name() -> ::nuages::orm::Relation<Self, #model, ::nuages::orm::#cardinality> {
                ::nuages::orm::Relation::at(
                    ::nuages::orm::Path::HERE.then(::nuages::orm::Hop::Forward(&KEYS[#place])),
                )
            }
        }
    });
    let visibility = &input.vis;
    let reverse = model.related.iter().map(|related| {
        let (name, relation, other) = (&related.name, &related.relation, owner(&related.relation));
        let doc = "The way back over a relation of the other model.";
        let (cardinality, method) = reverse(related.one);
        quote_spanned! {name.span()=>
            #[doc = #doc]
            #[allow(dead_code)]
            #visibility fn #name() -> ::nuages::orm::Relation<Self, #other, ::nuages::orm::#cardinality> {
                #relation().#method()
            }
        }
    });
    quote!(#(#own)* #(#reverse)*)
}

fn columns_struct(
    input: &DeriveInput,
    model: &ModelAttributes,
    columns: &[Column<'_>],
    (keys, many): (&[Key<'_>], &TokenStream),
    name: &Ident,
) -> TokenStream {
    let (visibility, model_ident) = (&input.vis, &input.ident);
    let fields = columns.iter().map(|column| {
        let (ident, visibility) = (column.ident, column.visibility);
        let own = column.rust_type;
        let seen = match present(own) {
            Some(_) => quote!(#own),
            None => quote!(N::Of<#own>),
        };
        quote_spanned!(own.span()=> #visibility #ident: ::nuages::orm::Column<R, #seen>)
    });
    let values = columns.iter().enumerate().map(|(place, column)| {
        let ident = column.ident;
        quote!(#ident: ::nuages::orm::Column::at(path, &FIELDS[#place]))
    });
    let forward = keys.iter().enumerate().map(|(place, key)| {
        let Key { column, name, model, cardinality, .. } = key;
        let visibility = column.visibility;
        quote_spanned! {name.span()=>
            #visibility fn #name(
                &self,
            ) -> ::nuages::orm::Relation<R, #model, N::Then<::nuages::orm::#cardinality>> {
                ::nuages::orm::Relation::at(self.__path.then(::nuages::orm::Hop::Forward(&KEYS[#place])))
            }
        }
    });
    let back = model.related.iter().map(|related| {
        let (name, other) = (&related.name, owner(&related.relation));
        let (cardinality, _) = reverse(related.one);
        quote_spanned! {name.span()=>
            #visibility fn #name(
                &self,
            ) -> ::nuages::orm::Relation<R, #other, N::Then<::nuages::orm::#cardinality>> {
                ::nuages::orm::Relation::at(self.__path.join(#model_ident::#name().path()))
            }
        }
    });
    quote! {
        #[doc = "The columns and relations of the model behind a relation."]
        #[allow(dead_code)]
        #visibility struct #name<R, N: ::nuages::orm::Cardinality> {
            #(#fields,)*
            __path: ::nuages::orm::Path,
            __marker: ::nuages::orm::relations::Marker<R, N>,
        }

        impl<R, N: ::nuages::orm::Cardinality> #name<R, N> {
            fn at(path: ::nuages::orm::Path) -> Self {
                Self { #(#values,)* __path: path, __marker: ::std::marker::PhantomData }
            }
        }

        #[allow(dead_code)]
        impl<R: ::nuages::orm::Model, N: ::nuages::orm::Cardinality> #name<R, N> {
            #(#forward)*
            #(#back)*
            #many
        }
    }
}

/// `Order::user` → `Order`.
fn owner(relation: &Path) -> Path {
    let mut owner = relation.clone();
    owner.segments.pop();
    owner.segments.pop_punct();
    owner
}

fn reverse(one: bool) -> (TokenStream, TokenStream) {
    if one { (quote!(ZeroOrOne), quote!(reverse_one)) } else { (quote!(Many), quote!(reverse)) }
}

/// `Option<T>` → `T`.
fn present(rust_type: &Type) -> Option<&Type> {
    let Type::Path(path) = rust_type else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}
