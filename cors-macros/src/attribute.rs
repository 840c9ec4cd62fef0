//! The phases of the attribute, from tokens to tokens.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote};

use crate::args::Args;
use crate::corrected::corrected_line;
use crate::expand::expand;
use crate::handler::{Handler, add_to_conditional_routes, is_route};
use crate::item::Item;
use crate::module::Module;
use crate::report::Report;
use crate::{check, item};

/// Expands `#[cors(args)] item`. Where something is wrong, the item comes back
/// as it was, so that no other error hides ours.
pub(crate) fn cors(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut report = Report::default();
    let written = args.clone();
    let args = Args::parse(args, Span::call_site(), &mut report);
    let expanded = match Item::parse(item, &mut report) {
        Ok(Item::Handler(item)) => on_handler(&args, &written, item, &mut report),
        Ok(Item::Module(item)) => on_module(&args, &written, item, &mut report),
        Err(item) => item,
    };
    let mut tokens = report.compile_errors().unwrap_or_default();
    tokens.extend(expanded);
    tokens
}

fn on_handler(
    args: &Args,
    written: &TokenStream,
    mut function: item::Function,
    report: &mut Report,
) -> TokenStream {
    if !function.attributes.iter().any(is_route) && report.is_empty() {
        let adapter = args.adapter_or_default();
        // Whether there is a route, and so a handler, is known when the condition is.
        let again = quote!(#adapter::cors(#written));
        if add_to_conditional_routes(&mut function.attributes, &again) {
            return function.into_token_stream();
        }
    }
    let handler = match Handler::read(function, report) {
        Ok(handler) => handler,
        Err(function) => return function.into_token_stream(),
    };
    judge(args, report, |args, report| check::handler(args, &handler.methods(), report));
    match report.is_empty() {
        true => expand(args, handler, report),
        false => handler.function.into_token_stream(),
    }
}

fn on_module(
    args: &Args,
    written: &TokenStream,
    module: item::InlineModule,
    report: &mut Report,
) -> TokenStream {
    let mut module = Module::read(module, report);
    judge(args, report, |args, report| check::module(args, &module.methods(), report));
    if report.is_empty() {
        module.pass_on(&args.adapter_or_default(), written);
    }
    module.into_token_stream()
}

/// Adds what is wrong with the meaning of the arguments, and the line to write
/// instead.
fn judge(args: &Args, report: &mut Report, check: impl Fn(&Args, &mut Report)) {
    check(args, report);
    if let Some(line) = corrected_line(args, report, check) {
        report.help_at_last(format!("with everything corrected: `{line}`"));
    }
}
