//! The expansion of whole attributes, compared with committed code.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;

use crate::attribute;

/// Compares the expansion of an attribute with a committed file.
macro_rules! expansions {
    ($($test:ident: $written:literal => $expanded:literal;)+) => {$(
        #[test]
        fn $test() {
            let expanded = expand(include_str!($written));
            assert_eq!(expanded, normal(include_str!($expanded)));
        }
    )+};
}

expansions! {
    a_handler_becomes_a_service_that_registers_its_policy:
        "expansion/handler.rs" => "expansion/handler.expanded.rs";
    the_adapter_may_be_re_exported:
        "expansion/re_exported.rs" => "expansion/re_exported.expanded.rs";
    attributes_that_generate_items_are_moved_above:
        "expansion/utoipa.rs" => "expansion/utoipa.expanded.rs";
    a_module_passes_its_arguments_on_to_its_handlers:
        "expansion/module.rs" => "expansion/module.expanded.rs";
    constants_of_a_module_are_defined_beside_it:
        "expansion/module_constants.rs" => "expansion/module_constants.expanded.rs";
    a_handler_registers_what_it_inherits:
        "expansion/inherited.rs" => "expansion/inherited.expanded.rs";
}

#[test]
fn the_handler_is_kept_after_an_error() {
    let expanded = expand("#[cors(orgins = any)] #[get(\"/a\")] async fn f() -> X { body() }");
    let (error, item) = expanded.split_at(expanded.find("# [get").unwrap());
    assert!(error.contains("compile_error"), "{error}");
    assert_eq!(item, normal("#[get(\"/a\")] async fn f() -> X { body() }"));
}

/// Expands the attribute that an item begins with.
fn expand(item: &str) -> String {
    let mut tokens = item.parse::<TokenStream>().unwrap().into_iter();
    let Some(TokenTree::Group(cors)) = tokens.nth(1) else { panic!("no attribute: {item}") };
    let arguments = cors.stream().into_iter().nth(1);
    let arguments = match arguments {
        Some(TokenTree::Group(arguments)) => arguments.stream(),
        _ => TokenStream::new(),
    };
    normal(&attribute::cors(arguments, tokens.collect()).to_string())
}

/// The code as tokens, without its layout.
fn normal(code: &str) -> String {
    syn::parse_str::<syn::File>(code).unwrap().into_token_stream().to_string()
}
