//! Modules whose handlers inherit the arguments of a `#[cors]`.
//!
//! The handlers are not expanded here: `#[scope]` must write its prefix into their
//! routes first. Each handler gets the arguments of the module, with their spans, in
//! its own `#[cors]`, which the compiler expands later.

use cors_core::Code;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Meta, Path, Token, parse_quote};

use super::handler::{
    add_to_conditional_routes, condition, conditional, is_route, needs_comma, served_by,
};
use super::{InlineModule, RawItem, braces, is, is_cors};
use crate::args::{CONSTANTS, INHERIT, ON};
use crate::module_constants::ModuleConstants;
use crate::report::Report;

/// A module, parsed as far as needed to find its handlers.
pub(crate) struct Module {
    module: InlineModule,
    content: Content,
}

/// The content between the braces of a module.
struct Content {
    /// Inner attributes: `#![...]`.
    inner: Vec<Attribute>,
    members: Vec<Member>,
    /// Tokens that are not items; the compiler reports them.
    unread: TokenStream,
}

/// One item of a module.
enum Member {
    /// A handler, with the methods that its routes serve; none of a function with a `#[cors]`
    /// of its own that is registered elsewhere.
    Handler(RawItem, Vec<String>),
    Module {
        written: RawItem,
        braces: Group,
        content: Content,
    },
    Other(RawItem),
}

impl Module {
    /// Parses a module; reports one without a handler.
    pub(crate) fn read(module: InlineModule, report: &mut Report) -> Self {
        let content = Content::read(&module.content);
        if !content.has_handlers() {
            report.error(
                Code::NO_ROUTE_ATTRIBUTE,
                Span::call_site(),
                "no function in this module has a route attribute or a `#[cors]`, so this attribute would have no \
                 effect",
                "write `#[get(\"/path\")]` or another route above the handlers, or `#[cors]` above those that \
                 `cors_actix::resource(...)` registers; for those that `web::get().to(...)` registers, add a \
                 group to `cors.toml`: `[[cors.paths]]`",
            );
        }
        Self { module, content }
    }

    /// The distinct methods that the handlers serve, if those of all are known.
    pub(crate) fn methods(&self) -> Option<Vec<&str>> {
        let mut methods = Vec::new();
        self.content.add_methods(&mut methods).then_some(methods)
    }

    /// Adds the arguments of this module's attribute to each handler. Returns the
    /// definitions of the constants in them, for the scope of the module.
    pub(crate) fn pass_on(
        &mut self,
        adapter: &Path,
        args: &TokenStream,
        report: &Report,
    ) -> TokenStream {
        let InlineModule { attributes, head, .. } = &self.module;
        let name = syn::parse2(head.clone().into_iter().skip(1).collect());
        let beside =
            name.ok().and_then(|name| ModuleConstants::of(&name, attributes, adapter, report));
        self.content.pass_on(&ModuleArgs { adapter, args, beside: beside.as_ref(), depth: 0 });
        beside.map(|beside| beside.definitions).unwrap_or_default()
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

    /// Returns whether the methods of all handlers are known.
    fn add_methods<'m>(&'m self, all: &mut Vec<&'m str>) -> bool {
        let mut are_known = true;
        for member in &self.members {
            match member {
                Member::Handler(_, methods) => {
                    are_known &= !methods.is_empty();
                    for method in methods {
                        if !all.contains(&method.as_str()) {
                            all.push(method);
                        }
                    }
                }
                Member::Module { content, .. } => are_known &= content.add_methods(all),
                Member::Other(_) => {}
            }
        }
        are_known
    }

    fn pass_on(&mut self, layer: &ModuleArgs<'_>) {
        for member in &mut self.members {
            match member {
                Member::Handler(handler, _) => layer.to_handler(&mut handler.attributes),
                Member::Module { written, content, .. } => {
                    match written.attributes.iter_mut().find(|attribute| is_cors(attribute)) {
                        // Its own attribute passes on what it inherits, together with
                        // its own arguments.
                        Some(cors) => layer.to_attribute(cors),
                        None => content.pass_on(&layer.one_deeper()),
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
        let is_registered = served.peek().is_some();
        let methods = served.flatten().collect();
        let is_handler = is_registered || !is_module && all.iter().any(is_cors);
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

/// Parses the tokens of one item after its visibility. If a brace in a type or a
/// constant ends them too early, the rest becomes an item without a name.
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

/// The arguments of a module, to be passed to its handlers.
struct ModuleArgs<'a> {
    adapter: &'a Path,
    args: &'a TokenStream,
    /// The constants in the arguments.
    beside: Option<&'a ModuleConstants>,
    /// The number of modules between the module and the handlers.
    depth: usize,
}

impl ModuleArgs<'_> {
    const fn one_deeper(&self) -> Self {
        Self { depth: self.depth + 1, ..*self }
    }

    fn to_handler(&self, attributes: &mut Vec<Attribute>) {
        if let Some(own) = attributes.iter_mut().find(|attribute| is_cors(attribute)) {
            return self.to_attribute(own);
        }
        let conditions: Vec<_> =
            attributes.iter_mut().filter_map(|it| self.to_conditional(it)).collect();
        let (adapter, inherited) = (self.adapter, self.arguments(INHERIT));
        let inherits = match &conditions[..] {
            [] => quote!(#adapter::cors(#inherited)),
            _ => quote!(cfg_attr(not(any(#(#conditions),*)), #adapter::cors(#inherited))),
        };
        if let Some(first) = attributes.iter().position(is_route) {
            // Attributes above the route must also be above this one: `#[utoipa::path]`
            // needs the function.
            return attributes.insert(first, parse_quote!(#[#inherits]));
        }
        add_to_conditional_routes(attributes, &inherits);
    }

    /// Adds the arguments to the `cors(...)` in a `#[cfg_attr(condition, ...)]`, and returns
    /// the condition.
    fn to_conditional(&self, attribute: &mut Attribute) -> Option<TokenStream> {
        let mut inner = conditional(attribute)?;
        let own = inner.iter_mut().find(|attribute| is_cors(attribute))?;
        self.to_attribute(own);
        let Meta::List(list) = &mut attribute.meta else { return None };
        let condition = condition(&list.tokens);
        let metas = inner.iter().map(|attribute| &attribute.meta);
        list.tokens = quote!(#condition, #(#metas),*);
        Some(condition)
    }

    fn to_attribute(&self, own: &mut Attribute) {
        let below = self.arguments(ON);
        match &mut own.meta {
            Meta::List(args) => {
                let comma = needs_comma(&args.tokens).then(<Token![,]>::default);
                args.tokens.extend(quote!(#comma #below));
            }
            Meta::Path(path) => own.meta = parse_quote!(#path(#below)),
            // `#[cors = ...]`, which the compiler rejects.
            Meta::NameValue(_) => {}
        }
    }

    /// The keyword has the span of the module's attribute, which is its place.
    fn arguments(&self, keyword: &str) -> TokenStream {
        let Self { adapter: _, args, beside, depth } = self;
        let keyword = Ident::new(keyword, Span::call_site());
        let constants = beside.map(|beside| {
            let comma = needs_comma(args).then(<Token![,]>::default);
            let (key, path) = (Ident::new(CONSTANTS, Span::call_site()), beside.path_from(*depth));
            quote!(#comma #key(#path))
        });
        quote!(#keyword(#args #constants))
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
    /// Puts the content back between the braces that it was parsed from.
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
