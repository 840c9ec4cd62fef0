//! Handlers and their route attributes.

use cors_core::Code;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, MetaNameValue, Token, parse_quote};

use super::Function;
use crate::report::Report;

/// A function that handles requests.
pub(crate) struct Handler {
    pub(crate) function: Function,
    /// The resources of the route attributes, in the order written; empty for a function
    /// that is registered with `cors_actix::resource`.
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
struct PathNotText;

const ROUTE_ATTRIBUTES: [&str; 10] =
    ["get", "post", "put", "delete", "head", "connect", "options", "trace", "patch", "query"];

impl Handler {
    /// Parses the routes of a function. If they cannot be read, or the function cannot be
    /// registered without one, this is reported, and the function is returned.
    pub(crate) fn read(mut function: Function, report: &mut Report) -> Result<Self, Function> {
        let (mut resources, mut unreadable) = (Vec::new(), false);
        for (index, attribute) in function.attributes.iter_mut().enumerate() {
            match Resource::read(index, attribute) {
                Some(Ok(resource)) => resources.push(resource),
                Some(Err(PathNotText)) => {
                    report_unreadable(attribute, report);
                    // Otherwise actix-web would report the same mistake again.
                    make_readable(attribute);
                    unreadable = true;
                }
                None => {}
            }
        }
        if resources.is_empty() && (unreadable || report_unregistrable(&function, report)) {
            // Otherwise actix-web would report the same mistake again.
            function.attributes.retain(|it| !is_routes(it) && !is_route_without_path(it));
            return Err(function);
        }
        if let Some(resource) = resources.first()
            && function.attributes.iter().any(is_of_paperclip)
        {
            report_route_of_paperclip(&function.attributes[resource.attribute], resource, report);
            return Err(function);
        }
        Ok(Self { function, resources })
    }

    /// The distinct methods that the handler serves; `None` if that is known only where it
    /// is registered.
    pub(crate) fn methods(&self) -> Option<Vec<&str>> {
        let mut methods = Vec::new();
        for method in self.resources.iter().flat_map(|resource| &resource.methods) {
            if !methods.contains(&method.as_str()) {
                methods.push(method.as_str());
            }
        }
        (!self.resources.is_empty()).then_some(methods)
    }
}

impl Resource {
    /// Parses a route attribute; `None` for any other attribute.
    ///
    /// A route attribute starts with a path in quotes. With options only, it is another
    /// attribute of the same name, such as `#[fastrace::trace(short_name = true)]`.
    fn read(attribute: usize, written: &Attribute) -> Option<Result<Self, PathNotText>> {
        let name = written.path().segments.last()?.ident.unraw().to_string();
        if name != "route" && !ROUTE_ATTRIBUTES.contains(&name.as_str()) {
            return None;
        }
        let Meta::List(arguments) = &written.meta else { return None };
        let Ok((path, options)) = route_arguments.parse2(arguments.tokens.clone()) else {
            let of_a_namesake = options.parse2(arguments.tokens.clone()).is_ok();
            return (!of_a_namesake).then_some(Err(PathNotText));
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
    Some(resource.map_or_else(|PathNotText| Vec::new(), |resource| resource.methods))
}

/// Whether an attribute makes a function a handler.
pub(crate) fn is_route(attribute: &Attribute) -> bool {
    is_routes(attribute) || served_by(attribute).is_some()
}

fn is_routes(attribute: &Attribute) -> bool {
    attribute.path().is_ident("routes")
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
            let condition = condition(&arguments.tokens);
            let rest = arguments.tokens.clone().into_iter();
            let rest: TokenStream = rest.skip_while(|t| !is_comma(t)).skip(1).collect();
            arguments.tokens = quote!(#condition, #added, #rest);
            has_added = true;
        }
    }
    has_added
}

/// The condition in the arguments of a `#[cfg_attr(...)]`.
pub(crate) fn condition(arguments: &TokenStream) -> TokenStream {
    arguments.clone().into_iter().take_while(|token| !is_comma(token)).collect()
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
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

/// Reports a function that has no route attribute and cannot be registered without one.
fn report_unregistrable(function: &Function, report: &mut Report) -> bool {
    let Function { attributes, name, .. } = function;
    if let Some(renamed) = attributes.iter().find(|it| is_like_a_route(it)) {
        let path = renamed.path();
        let written = path.to_token_stream().to_string().replace(' ', "");
        report.error(
            Code::NO_ROUTE_ATTRIBUTE,
            path.span(),
            format!(
                "`#[{written}]` is not the name of an actix-web route attribute, so the methods that \
                 it serves are unknown"
            ),
            "write the attribute by its original name, for example `#[get(\"/path\")]`",
        );
    } else if let Some(empty) = attributes.iter().find(|it| is_route_without_path(it)) {
        let written = empty.path().to_token_stream().to_string().replace(' ', "");
        report.error(
            Code::NO_ROUTE_ATTRIBUTE,
            empty.span(),
            format!("`#[{written}]` has no path"),
            format!(
                "write one: `#[{written}(\"/path\")]`; or remove the attribute, and register the \
                 handler with `cors_actix::resource(\"/path\")`"
            ),
        );
    } else if let Some(routes) = attributes.iter().find(|it| is_routes(it)) {
        report.error(
            Code::NO_ROUTE_ATTRIBUTE,
            routes.span(),
            "there is no route attribute below `#[routes]`",
            "write `#[get(\"/path\")]` or another route below it",
        );
    } else if name == "main" {
        report.error(
            Code::WRONG_ITEM,
            name.span(),
            "`main` handles no requests, so it has no policy",
            "write `#[cors(...)]` above the handlers, and configure the whole application with \
             `.wrap(Cors::from_config())`",
        );
    } else if let Some(generics) = function.generics() {
        report.error(
            Code::WRONG_ITEM,
            generics,
            format!("`{name}` is generic, and `#[cors]` makes one handler of a function"),
            format!(
                "give the rules where it is registered: `cors_actix::route(Method::GET, \
                 {name}::<...>).cors(cors_actix::rules()...)`"
            ),
        );
    } else {
        return false;
    }
    true
}

/// Whether this makes a function one that paperclip describes. Its route attributes have the
/// names of those of actix-web, and all need this one.
fn is_of_paperclip(attribute: &Attribute) -> bool {
    let segments = &attribute.path().segments;
    segments.last().is_some_and(|last| last.ident == "api_v2_operation")
}

/// Reports a route attribute of paperclip, which ignores the middleware that it is given.
fn report_route_of_paperclip(attribute: &Attribute, resource: &Resource, report: &mut Report) {
    let (path, written) = (resource.path.value(), attribute.path());
    report.error(
        Code::WRONG_ITEM,
        written.span(),
        "`#[cors]` cannot be above a route attribute of paperclip, whose `App` only takes services that \
         implement its trait `Mountable`",
        format!(
            "configure the path as a group, `[[cors.paths]]` with `match = \"{path}\"`; or remove the \
             route attribute, and register the handler after `.build()` of paperclip's `App`: \
             `.service(cors_actix::resource(\"{path}\")...)`"
        ),
    );
}

/// Whether this is the name of a route attribute and nothing else. Some are also those of
/// other attributes, which need no arguments.
fn is_route_without_path(attribute: &Attribute) -> bool {
    let is_empty = match &attribute.meta {
        Meta::Path(_) => true,
        Meta::List(arguments) => arguments.tokens.is_empty(),
        Meta::NameValue(_) => false,
    };
    let name = attribute.path().segments.last().map(|segment| segment.ident.unraw().to_string());
    let is_route = |name: &String| match &**name {
        "trace" | "query" | "connect" => false,
        name => name == "route" || ROUTE_ATTRIBUTES.contains(&name),
    };
    is_empty && name.as_ref().is_some_and(is_route)
}

/// Whether this may be a route attribute that was imported under another name.
fn is_like_a_route(attribute: &Attribute) -> bool {
    let Meta::List(arguments) = &attribute.meta else { return false };
    let arguments = route_arguments.parse2(arguments.tokens.clone());
    arguments.is_ok_and(|(path, _)| path.value().starts_with('/'))
}
