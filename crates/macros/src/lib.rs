//! Derives for Nuages.

use proc_macro::TokenStream;

mod attributes;
mod many_to_many;
mod model;
mod relations;

/// Makes a struct a row of a table; the attributes are described at `nuages::orm::Model`.
#[proc_macro_derive(Model, attributes(model, field))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    model::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
