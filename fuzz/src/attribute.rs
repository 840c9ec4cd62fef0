//! Laws: no tokens, in the attribute or below it, make the attribute panic. What it accepts becomes
//! items; of what it refuses, each error points into what was written, and the item is given back
//! as it was, save for its attributes: those of the routes may have to change for their sake.
//!
//! Input: the arguments; after a line `---`, the item. Without one it is a handler.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::expansion;

const HANDLER: &str = "#[get(\"/a\")] async fn f() -> X { body() }";

/// Judges one attribute.
///
/// # Panics
///
/// When a law is violated.
pub fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (arguments, item) = text.split_once("\n---\n").unwrap_or((text, HANDLER));
    let parsed = (arguments.parse::<TokenStream>(), item.parse::<TokenStream>());
    if let (Ok(arguments), Ok(below)) = parsed {
        expand(arguments, below, text.len().max(item.len()));
    }
    // Otherwise each text that was ever parsed is kept for its spans.
    proc_macro2::extra::invalidate_current_thread_spans();
}

fn expand(arguments: TokenStream, item: TokenStream, longest: usize) {
    let expanded = expansion::cors(arguments, item.clone());
    let text = expanded.to_string();
    // The compiler gives one item to an attribute.
    let is_item = syn::parse2::<syn::Item>(item.clone()).is_ok();
    if !text.contains("compile_error") {
        let is_file = || syn::parse2::<syn::File>(expanded).is_ok();
        return assert!(!is_item || is_file(), "{text}");
    }
    let (kept, below) = (without_attributes(expanded.clone()), without_attributes(item));
    let is_kept = kept.to_string().ends_with(&below.to_string());
    assert!(!is_item || is_kept, "{below} becomes {text}");
    spans_inside(expanded, longest);
}

/// The tokens without any `#[...]`.
fn without_attributes(tokens: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let is_hash = matches!(kept.last(), Some(TokenTree::Punct(hash)) if hash.as_char() == '#');
        match token {
            TokenTree::Group(group) if is_hash && group.delimiter() == Delimiter::Bracket => {
                kept.pop();
            }
            TokenTree::Group(group) => {
                let inside = without_attributes(group.stream());
                kept.push(Group::new(group.delimiter(), inside).into());
            }
            token => kept.push(token),
        }
    }
    kept.into_iter().collect()
}

fn spans_inside(tokens: TokenStream, longest: usize) {
    for token in tokens {
        let range = token.span().byte_range();
        assert!(range.start <= range.end && range.end <= longest, "{token} at {range:?}");
        if let TokenTree::Group(group) = token {
            spans_inside(group.stream(), longest);
        }
    }
}
