//! What the attribute sits on: a handler with its route attributes.

use cors_core::Code;
use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, ItemFn, Lit, LitStr, Meta, MetaNameValue, Token, Visibility};

use crate::report::Report;

/// A handler, without its `#[cors]`.
pub(crate) struct Handler {
    pub(crate) function: ItemFn,
    /// One for each route attribute, in the order written; never empty.
    pub(crate) resources: Vec<Resource>,
}

/// What one route attribute registers.
pub(crate) struct Resource {
    /// The index of the route attribute among those of the function.
    pub(crate) attribute: usize,
    pub(crate) path: LitStr,
    pub(crate) methods: Vec<String>,
    /// Its `name = "..."`; without one, it is named after the handler.
    pub(crate) name: Option<String>,
    /// Whether a `guard = "..."` may turn requests away.
    pub(crate) guarded: bool,
}

const ROUTE_ATTRIBUTES: [&str; 10] =
    ["get", "post", "put", "delete", "head", "connect", "options", "trace", "patch", "query"];

impl Handler {
    /// Reads the item. If it is no handler, this is reported, and the item is
    /// given back.
    pub(crate) fn parse(item: TokenStream, report: &mut Report) -> Result<Self, TokenStream> {
        let Ok(mut function) = syn::parse2::<ItemFn>(item.clone()) else {
            wrong_item(&item, report);
            return Err(item);
        };
        remove_second_attributes(&mut function, report);
        let resources: Vec<_> = function
            .attrs
            .iter()
            .enumerate()
            .filter_map(|(index, attribute)| Resource::read(index, attribute))
            .collect();
        if resources.is_empty() {
            report.error(
                Code::NO_ROUTE_ATTRIBUTE,
                Span::call_site(),
                "there is no route attribute below this `#[cors]`: one that stands above it has \
                 already been expanded",
                format!(
                    "write `#[cors(...)]` first and the route below it:\n    \
                     #[cors(...)]\n    #[get(\"/path\")]\n    async fn {}(...)",
                    function.sig.ident
                ),
            );
            return Err(function.into_token_stream());
        }
        Ok(Self { function, resources })
    }

    /// Every method that the handler serves, once.
    pub(crate) fn methods(&self) -> Vec<&str> {
        let mut methods = Vec::new();
        for method in self.resources.iter().flat_map(|resource| &resource.methods) {
            if !methods.contains(&method.as_str()) {
                methods.push(method.as_str());
            }
        }
        methods
    }
}

impl Resource {
    /// What a route attribute registers, or `None` for any other attribute.
    ///
    /// A path in quotes comes first in every route attribute; this tells them
    /// from namesakes such as `#[fastrace::trace]`.
    fn read(attribute: usize, written: &Attribute) -> Option<Self> {
        let name = written.path().segments.last()?.ident.unraw().to_string();
        let Meta::List(arguments) = &written.meta else { return None };
        let (path, options) = route_arguments.parse2(arguments.tokens.clone()).ok()?;
        let methods = if name == "route" {
            texts(&options, "method").collect()
        } else if ROUTE_ATTRIBUTES.contains(&name.as_str()) {
            vec![name.to_ascii_uppercase()]
        } else {
            return None;
        };
        let (name, guarded) =
            (texts(&options, "name").next(), texts(&options, "guard").next().is_some());
        Some(Self { attribute, path, methods, name, guarded })
    }
}

fn route_arguments(
    input: ParseStream<'_>,
) -> syn::Result<(LitStr, Punctuated<MetaNameValue, Token![,]>)> {
    let path = input.parse()?;
    input.parse::<Option<Token![,]>>()?;
    Ok((path, Punctuated::parse_terminated(input)?))
}

/// The values of the options `key = "..."`.
fn texts(
    options: &Punctuated<MetaNameValue, Token![,]>,
    key: &str,
) -> impl Iterator<Item = String> {
    options.iter().filter_map(move |option| match &option.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if option.path.is_ident(key) => {
            Some(text.value())
        }
        _ => None,
    })
}

/// Reports the `#[cors]` attributes below the one that is being expanded.
fn remove_second_attributes(function: &mut ItemFn, report: &mut Report) {
    function.attrs.retain(|attribute| {
        let name = attribute.path().segments.last();
        let second = name.filter(|segment| segment.ident == "cors");
        if let Some(second) = second {
            report.error(
                Code::SECOND_ATTRIBUTE,
                second.ident.span(),
                "this is a second `#[cors]` on one handler",
                "merge the two into one",
            );
        }
        second.is_none()
    });
}

/// Reports an item that is no function at its first keyword: `struct`, `impl`.
fn wrong_item(item: &TokenStream, report: &mut Report) {
    let keyword = |input: ParseStream<'_>| {
        Attribute::parse_outer(input)?;
        input.parse::<Visibility>()?;
        let keyword = (input.span(), input.to_string());
        input.parse::<TokenStream>()?;
        Ok(keyword)
    };
    let (span, rest) =
        keyword.parse2(item.clone()).unwrap_or_else(|_| (Span::call_site(), String::new()));
    let help = if rest.starts_with("mod ") {
        "write it on each handler in the module, or give the paths a group in `cors.toml`: \
         `[[cors.paths]]`"
    } else {
        "write it above the route attribute of an `async fn`"
    };
    let message = "`#[cors]` belongs on a handler function";
    report.error(Code::WRONG_ITEM, span, message, help);
}
