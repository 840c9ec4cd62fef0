//! A module whose handlers inherit what its `#[cors]` says.
//!
//! The handlers are not expanded here: `#[scope]` has still to write its prefix
//! into their routes. Each is given the arguments of the module, spans and all,
//! in a `#[cors]` of its own, which the compiler expands when it gets there.

use cors_core::Code;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Meta, Path, Token, parse_quote};

use crate::args::{INHERIT, ON};
use crate::handler::{add_to_conditional_routes, conditional, is_route, needs_comma, served_by};
use crate::item::{InlineModule, RawItem, braces, is, is_cors};
use crate::report::Report;

/// A module, read as far as its handlers are concerned.
pub(crate) struct Module {
    module: InlineModule,
    content: Content,
}

/// What stands between the braces of a module.
struct Content {
    /// `#![...]`.
    inner: Vec<Attribute>,
    members: Vec<Member>,
    /// What the compiler would not take for items either.
    unread: TokenStream,
}

/// One item of a module.
enum Member {
    /// With the methods that its routes serve.
    Handler(RawItem, Vec<String>),
    Module {
        written: RawItem,
        braces: Group,
        content: Content,
    },
    Other(RawItem),
}

impl Module {
    /// Reads a module. One without a handler is reported.
    pub(crate) fn read(module: InlineModule, report: &mut Report) -> Self {
        let content = Content::read(&module.content);
        if !content.has_handlers() {
            report.error(
                Code::NO_ROUTE_ATTRIBUTE,
                Span::call_site(),
                "no function in this module has a route attribute, so nothing would inherit this",
                "write `#[get(\"/path\")]` or another route above the handlers; those that \
                 `web::get().to(...)` registers take a group in `cors.toml`: `[[cors.paths]]`",
            );
        }
        Self { module, content }
    }

    /// Every method that some handler serves, once.
    pub(crate) fn methods(&self) -> Vec<&str> {
        let mut methods = Vec::new();
        self.content.add_methods(&mut methods);
        methods
    }

    /// Gives each handler the arguments of this module's attribute.
    pub(crate) fn pass_on(&mut self, adapter: &Path, args: &TokenStream) {
        self.content.pass_on(&PassOn { adapter, args });
    }
}

impl Content {
    fn read(braces: &Group) -> Self {
        let read = |input: ParseStream<'_>| {
            let inner = input.call(Attribute::parse_inner)?;
            let mut members = Vec::new();
            while !input.is_empty() {
                members.push(Member::read(input)?);
            }
            Ok(Self { inner, members, unread: TokenStream::new() })
        };
        let unread = |_| Self { inner: Vec::new(), members: Vec::new(), unread: braces.stream() };
        read.parse2(braces.stream()).unwrap_or_else(unread)
    }

    fn has_handlers(&self) -> bool {
        self.members.iter().any(|member| match member {
            Member::Handler(..) => true,
            Member::Module { content, .. } => content.has_handlers(),
            Member::Other(_) => false,
        })
    }

    fn add_methods<'m>(&'m self, all: &mut Vec<&'m str>) {
        for member in &self.members {
            match member {
                Member::Handler(_, methods) => {
                    for method in methods {
                        if !all.contains(&method.as_str()) {
                            all.push(method);
                        }
                    }
                }
                Member::Module { content, .. } => content.add_methods(all),
                Member::Other(_) => {}
            }
        }
    }

    fn pass_on(&mut self, layer: &PassOn<'_>) {
        for member in &mut self.members {
            match member {
                Member::Handler(handler, _) => layer.to_handler(&mut handler.attributes),
                Member::Module { written, content, .. } => {
                    match written.attributes.iter_mut().find(|attribute| is_cors(attribute)) {
                        // It passes on what it has been given with what it says itself.
                        Some(cors) => layer.to_attribute(cors),
                        None => content.pass_on(layer),
                    }
                }
                Member::Other(_) => {}
            }
        }
    }
}

impl Member {
    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let (rest, body) = up_to_body(input)?;
        let is_module = is(rest.clone().into_iter().next().as_ref(), "mod");
        let conditional = attributes.iter().filter_map(conditional).flatten();
        let all: Vec<_> = attributes.iter().cloned().chain(conditional).collect();
        let mut served = all.iter().filter_map(served_by).peekable();
        let is_handler = served.peek().is_some();
        let methods = served.flatten().collect();
        let written = RawItem { attributes, visibility, rest };
        Ok(match body {
            _ if is_handler => Self::Handler(written, methods),
            Some(braces) if is_module => {
                Self::Module { written, content: Content::read(&braces), braces }
            }
            _ => Self::Other(written),
        })
    }
}

/// The tokens of one item after its visibility. Where a brace in a type or a
/// constant ends them too early, what follows counts as an item without a name.
fn up_to_body(input: ParseStream<'_>) -> syn::Result<(TokenStream, Option<Group>)> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let body = braces(&token);
        let ends = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ';');
        tokens.extend([token]);
        if ends || body.is_some() {
            return Ok((tokens, body));
        }
    }
    Ok((tokens, None))
}

/// The arguments of a module, on their way to its handlers.
struct PassOn<'a> {
    adapter: &'a Path,
    args: &'a TokenStream,
}

impl PassOn<'_> {
    fn to_handler(&self, attributes: &mut Vec<Attribute>) {
        if let Some(own) = attributes.iter_mut().find(|attribute| is_cors(attribute)) {
            return self.to_attribute(own);
        }
        let (adapter, inherited) = (self.adapter, self.arguments(INHERIT));
        if let Some(first) = attributes.iter().position(is_route) {
            // What stands above the route stands above ours, too: `#[utoipa::path]`
            // has to see the function.
            return attributes.insert(first, parse_quote!(#[#adapter::cors(#inherited)]));
        }
        add_to_conditional_routes(attributes, &quote!(#adapter::cors(#inherited)));
    }

    fn to_attribute(&self, own: &mut Attribute) {
        let below = self.arguments(ON);
        match &mut own.meta {
            Meta::List(args) => {
                let comma = needs_comma(&args.tokens).then(<Token![,]>::default);
                args.tokens.extend(quote!(#comma #below));
            }
            Meta::Path(path) => own.meta = parse_quote!(#path(#below)),
            // `#[cors = ...]`, which the compiler refuses.
            Meta::NameValue(_) => {}
        }
    }

    /// The keyword stands where the module's attribute does, as its place.
    fn arguments(&self, keyword: &str) -> TokenStream {
        let (keyword, args) = (Ident::new(keyword, Span::call_site()), self.args);
        quote!(#keyword(#args))
    }
}

impl ToTokens for Module {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            module: InlineModule { attributes, visibility, head, content: braces },
            content,
        } = self;
        let content = content.within(braces);
        tokens.extend(quote!(#(#attributes)* #visibility #head #content));
    }
}

impl Content {
    /// The content between the braces that it was read from.
    fn within(&self, braces: &Group) -> Group {
        let Self { inner, members, unread } = self;
        let mut group = Group::new(braces.delimiter(), quote!(#(#inner)* #(#members)* #unread));
        group.set_span(braces.span());
        group
    }
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Handler(written, _) | Self::Other(written) => written.to_tokens(tokens),
            Self::Module { written, braces, content } => {
                let RawItem { attributes, visibility, rest } = written;
                let content = content.within(braces);
                let head =
                    rest.clone().into_iter().take_while(|token| self::braces(token).is_none());
                tokens.extend(quote!(#(#attributes)* #visibility #(#head)* #content));
            }
        }
    }
}
