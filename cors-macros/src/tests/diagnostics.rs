//! The corrections on the page about diagnostics are valid.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::ItemFn;

use crate::attribute;

const PAGE: &str = include_str!("../../docs/diagnostics.md");

#[test]
fn corrections_on_the_page_are_accepted() {
    let after = PAGE.split("\nInstead:\n\n```rust\n").skip(1);
    let instead: Vec<_> = after.filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(instead.len() > 40, "{} examples", instead.len());
    for written in instead {
        let handler = format!("{written} #[get(\"/\")] async fn handler() {{}}");
        let mut function: ItemFn = syn::parse_str(&handler).unwrap();
        let cors = function.attrs.remove(0);
        let args = cors.parse_args::<TokenStream>().unwrap_or_default();
        let expanded = attribute::cors(args, function.into_token_stream()).to_string();
        assert!(!expanded.contains("compile_error"), "{written} becomes {expanded}");
    }
}
