//! Handlers and their route attributes.

use cors_core::Code;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, MetaNameValue, Token, parse_quote};

use crate::item::Function;
use crate::report::Report;

/// A function with at least one route attribute.
pub(crate) struct Handler {
    pub(crate) function: Function,
    /// The resources of the route attributes, in the order written; never empty.
    pub(crate) resources: Vec<Resource>,
}

/// The resource that one route attribute registers.
pub(crate) struct Resource {
    /// The index of the route attribute among those of the function.
    pub(crate) attribute: usize,
    pub(crate) path: LitStr,
    pub(crate) methods: Vec<String>,
    /// The value of `name = "..."`; without one, the handler's name is used.
    pub(crate) name: Option<String>,
    /// Whether a `guard = "..."` may reject requests.
    pub(crate) guarded: bool,
}

/// A route attribute whose path is not a string literal.
struct Unreadable;

const ROUTE_ATTRIBUTES: [&str; 10] =
    ["get", "post", "put", "delete", "head", "connect", "options", "trace", "patch", "query"];

impl Handler {
    /// Parses the routes of a function. If there are none, this is reported, and the
    /// function is returned.
    pub(crate) fn read(mut function: Function, report: &mut Report) -> Result<Self, Function> {
        let (mut resources, mut unreadable) = (Vec::new(), false);
        for (index, attribute) in function.attributes.iter_mut().enumerate() {
            match Resource::read(index, attribute) {
                Some(Ok(resource)) => resources.push(resource),
                Some(Err(Unreadable)) => {
                    report_unreadable(attribute, report);
                    // Otherwise actix-web would report the same mistake again.
                    make_readable(attribute);
                    unreadable = true;
                }
                None => {}
            }
        }
        if resources.is_empty() {
            if !unreadable {
                report_missing(&function, report);
            }
            return Err(function);
        }
        Ok(Self { function, resources })
    }

    /// The distinct methods that the handler serves.
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
    /// Parses a route attribute; `None` for any other attribute.
    ///
    /// A route attribute starts with a path in quotes. With options only, it is another
    /// attribute of the same name, such as `#[fastrace::trace(short_name = true)]`.
    fn read(attribute: usize, written: &Attribute) -> Option<Result<Self, Unreadable>> {
        let name = written.path().segments.last()?.ident.unraw().to_string();
        if name != "route" && !ROUTE_ATTRIBUTES.contains(&name.as_str()) {
            return None;
        }
        let Meta::List(arguments) = &written.meta else { return None };
        let Ok((path, options)) = route_arguments.parse2(arguments.tokens.clone()) else {
            let of_a_namesake = options.parse2(arguments.tokens.clone()).is_ok();
            return (!of_a_namesake).then_some(Err(Unreadable));
        };
        let methods = match name.as_str() {
            "route" => texts(&options, "method").collect(),
            method => vec![method.to_ascii_uppercase()],
        };
        let (name, guarded) =
            (texts(&options, "name").next(), texts(&options, "guard").next().is_some());
        Some(Ok(Self { attribute, path, methods, name, guarded }))
    }
}

/// The methods of a route attribute; `None` for any other attribute.
pub(crate) fn served_by(attribute: &Attribute) -> Option<Vec<String>> {
    let resource = Resource::read(0, attribute)?;
    Some(resource.map_or_else(|Unreadable| Vec::new(), |resource| resource.methods))
}

/// Whether an attribute makes a function a handler.
pub(crate) fn is_route(attribute: &Attribute) -> bool {
    attribute.path().is_ident("routes") || served_by(attribute).is_some()
}

/// The attributes in a `#[cfg_attr(condition, ...)]`, whose condition the compiler has
/// not evaluated yet.
pub(crate) fn conditional(attribute: &Attribute) -> Option<Vec<Attribute>> {
    let Meta::List(arguments) = &attribute.meta else { return None };
    let metas = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(arguments.tokens.clone());
    let metas = metas.ok().filter(|_| attribute.path().is_ident("cfg_attr"))?;
    Some(metas.iter().skip(1).map(|meta| parse_quote!(#[#meta])).collect())
}

/// Adds an attribute to each `#[cfg_attr(condition, ...)]` that contains a route, so
/// that it is above the route if the condition is true.
pub(crate) fn add_to_conditional_routes(attributes: &mut [Attribute], added: &TokenStream) -> bool {
    let mut has_added = false;
    for attribute in attributes {
        if conditional(attribute).is_some_and(|inner| inner.iter().any(is_route))
            && let Meta::List(arguments) = &mut attribute.meta
        {
            let mut tokens = arguments.tokens.clone().into_iter();
            let is_comma = |token: &TokenTree| token.to_string() == ",";
            let condition: TokenStream = tokens.by_ref().take_while(|t| !is_comma(t)).collect();
            let rest: TokenStream = tokens.collect();
            arguments.tokens = quote!(#condition, #added, #rest);
            has_added = true;
        }
    }
    has_added
}

/// Whether a comma is needed before another argument.
pub(crate) fn needs_comma(arguments: &TokenStream) -> bool {
    let last = arguments.clone().into_iter().last();
    last.is_some_and(|last| !matches!(last, TokenTree::Punct(punct) if punct.as_char() == ','))
}

type Options = Punctuated<MetaNameValue, Token![,]>;

fn route_arguments(input: ParseStream<'_>) -> syn::Result<(LitStr, Options)> {
    let path = input.parse()?;
    input.parse::<Option<Token![,]>>()?;
    Ok((path, options(input)?))
}

fn options(input: ParseStream<'_>) -> syn::Result<Options> {
    Punctuated::parse_terminated(input)
}

/// The values of the options `key = "..."`.
fn texts(options: &Options, key: &str) -> impl Iterator<Item = String> {
    options.iter().filter_map(move |option| match &option.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if option.path.is_ident(key) => {
            Some(text.value())
        }
        _ => None,
    })
}

fn report_unreadable(attribute: &Attribute, report: &mut Report) {
    let name = attribute.path().to_token_stream();
    let place = match &attribute.meta {
        Meta::List(arguments) => arguments.tokens.clone().into_iter().next(),
        _ => None,
    };
    report.error(
        Code::NO_ROUTE_ATTRIBUTE,
        place.map_or_else(Span::call_site, |token| token.span()),
        format!(
            "the path of `#[{name}]` is not text in quotes, and the values of constants and macros are \
             not known here"
        ),
        format!("write the path as text: `#[{name}(\"/path\")]`"),
    );
}

fn make_readable(attribute: &mut Attribute) {
    if let Meta::List(arguments) = &mut attribute.meta {
        arguments.tokens = parse_quote!("/");
    }
}

fn report_missing(function: &Function, report: &mut Report) {
    if let Some(renamed) = function.attributes.iter().find(|it| is_like_a_route(it)) {
        let path = renamed.path();
        let name = path.to_token_stream().to_string().replace(' ', "");
        report.error(
            Code::NO_ROUTE_ATTRIBUTE,
            path.span(),
            format!(
                "`#[{name}]` is not the name of an actix-web route attribute, so the methods that it \
                 serves are unknown"
            ),
            "write the attribute by its original name, for example `#[get(\"/path\")]`",
        );
        return;
    }
    report.error(
        Code::NO_ROUTE_ATTRIBUTE,
        Span::call_site(),
        "there is no route attribute below this `#[cors]`: a route attribute above it has already \
         been expanded",
        format!(
            "write `#[cors(...)]` first and the route below it:\n    \
             #[cors(...)]\n    #[get(\"/path\")]\n    async fn {}(...)",
            function.name
        ),
    );
}

/// Whether this may be a route attribute that was imported under another name.
fn is_like_a_route(attribute: &Attribute) -> bool {
    let Meta::List(arguments) = &attribute.meta else { return false };
    let arguments = route_arguments.parse2(arguments.tokens.clone());
    arguments.is_ok_and(|(path, _)| path.value().starts_with('/'))
}
