//! The phases of the attribute, from tokens to tokens.

use proc_macro2::TokenStream;
use quote::ToTokens as _;

use crate::args::Args;
use crate::check::check;
use crate::expand::expand;
use crate::item::Handler;
use crate::report::Report;

/// Expands `#[cors(args)] item`. Where something is wrong, the item comes back
/// as it was, so that no other error hides ours.
pub(crate) fn cors(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut report = Report::default();
    let args = Args::parse(args, &mut report);
    let handler = Handler::parse(item, &mut report);
    if let Ok(handler) = &handler {
        check(&args, &handler.methods(), &mut report);
    }
    match (report.compile_errors(), handler) {
        (None, Ok(handler)) => expand(&args, handler, &report),
        (errors, handler) => {
            let mut tokens = errors.unwrap_or_default();
            tokens.extend(
                handler.map_or_else(|item| item, |handler| handler.function.into_token_stream()),
            );
            tokens
        }
    }
}
