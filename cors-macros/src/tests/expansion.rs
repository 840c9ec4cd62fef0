//! The whole attribute, against code that is committed beside this file.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::ItemFn;

use crate::attribute;

#[test]
fn a_handler_becomes_a_service_that_registers_its_policy() {
    let expanded = expand(include_str!("expansion/handler.rs"));
    assert_eq!(expanded, normal(include_str!("expansion/handler.expanded.rs")));
}

#[test]
fn the_adapter_may_be_re_exported() {
    let expanded = expand(include_str!("expansion/re_exported.rs"));
    assert_eq!(expanded, normal(include_str!("expansion/re_exported.expanded.rs")));
}

#[test]
fn after_a_mistake_the_handler_is_still_there() {
    let expanded = expand("#[cors(orgins = any)] #[get(\"/a\")] async fn f() -> X { body() }");
    let (error, item) = expanded.split_at(expanded.find("# [get").unwrap());
    assert!(error.contains("compile_error"), "{error}");
    assert_eq!(item, normal("#[get(\"/a\")] async fn f() -> X { body() }"));
}

/// Expands the first attribute of a function.
fn expand(item: &str) -> String {
    let mut function: ItemFn = syn::parse_str(item).unwrap();
    let cors = function.attrs.remove(0);
    let args = cors.parse_args::<TokenStream>().unwrap_or_default();
    normal(&attribute::cors(args, function.into_token_stream()).to_string())
}

/// The code as tokens, without its layout.
fn normal(code: &str) -> String {
    syn::parse_str::<syn::File>(code).unwrap().into_token_stream().to_string()
}
