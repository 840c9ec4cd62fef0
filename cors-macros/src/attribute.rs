//! The phases of expanding the attribute.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote};

use crate::args::Args;
use crate::corrections::corrected_line;
use crate::expand::expand;
use crate::item::Item;
use crate::item::handler::{Handler, add_to_conditional_routes, is_route};
use crate::item::module::Module;
use crate::item::order::add_below_generators;
use crate::report::Report;
use crate::{check, item};

/// Expands `#[cors(args)] item`. After an error, the item is returned unchanged, so
/// that errors about a missing item do not hide this one.
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
    if report.is_empty() {
        let adapter = args.adapter_or_default();
        let again = quote!(#adapter::cors(#written));
        // A route may be conditional, so it is unknown here whether there is one.
        let attributes = &mut function.attributes;
        if add_below_generators(attributes, &again)
            || !attributes.iter().any(is_route) && add_to_conditional_routes(attributes, &again)
        {
            return function.into_token_stream();
        }
    }
    let handler = match Handler::read(function, report) {
        Ok(handler) => handler,
        Err(function) => return function.into_token_stream(),
    };
    let methods = handler.methods();
    check_arguments(args, report, |args, report| check::handler(args, methods.as_deref(), report));
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
    let methods = module.methods();
    check_arguments(args, report, |args, report| check::module(args, methods.as_deref(), report));
    let mut tokens = TokenStream::new();
    if report.is_empty() {
        tokens = module.pass_on(&args.adapter_or_default(), written, report);
    }
    module.to_tokens(&mut tokens);
    tokens
}

/// Adds the problems in the meaning of the arguments, and the corrected line.
fn check_arguments(args: &Args, report: &mut Report, check: impl Fn(&Args, &mut Report)) {
    check(args, report);
    if let Some(line) = corrected_line(args, report, check) {
        report.help_at_last(format!("with everything corrected: `{line}`"));
    }
}
