//! The item that the attribute is applied to: a function, or a module of functions.
//!
//! An item is parsed only up to the keyword that determines its kind. The rest is
//! passed on unchanged: its spans stay those of the user, so that editors work in it,
//! and the compiler reports its errors.

pub(crate) mod handler;
pub(crate) mod module;
pub(crate) mod order;

use cors_core::Code;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Visibility};

use self::handler::is_route;
use crate::report::Report;

/// Any item: its attributes, its visibility, and the rest.
pub(crate) struct RawItem {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) rest: TokenStream,
}

/// An item that the attribute can be applied to.
pub(crate) enum Item {
    Handler(Function),
    Module(InlineModule),
}

/// A function with its body.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    /// The tokens from `async fn` on, including the name.
    pub(crate) rest: TokenStream,
}

impl Function {
    /// The place of its generic parameters, if it has any.
    pub(crate) fn generics(&self) -> Option<Span> {
        let mut rest = self.rest.clone().into_iter();
        let is_name = |token: &TokenTree| matches!(token, TokenTree::Ident(it) if *it == self.name);
        rest.find(is_name)?;
        let is_angle =
            |token: &TokenTree| matches!(token, TokenTree::Punct(it) if it.as_char() == '<');
        rest.next().filter(is_angle).map(|token| token.span())
    }
}

/// A module with its content.
pub(crate) struct InlineModule {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    /// The keyword `mod` and the name.
    pub(crate) head: TokenStream,
    pub(crate) content: Group,
}

impl Item {
    /// Parses an item. If the attribute cannot be applied to it, this is reported, and
    /// the item is returned.
    pub(crate) fn parse(item: TokenStream, report: &mut Report) -> Result<Self, TokenStream> {
        let Ok(mut written) = syn::parse2::<RawItem>(item.clone()) else {
            return Err(refused(Span::call_site(), ANOTHER_ITEM, item, report));
        };
        report_second_attributes(&mut written.attributes, report);
        let RawItem { attributes, visibility, rest } = written;
        let tokens: Vec<_> = rest.clone().into_iter().collect();
        let keyword = tokens.first().map_or_else(Span::call_site, TokenTree::span);
        let content = tokens.last().and_then(braces);
        match (content, is(tokens.first(), "mod"), name_of_function(&tokens)) {
            (Some(content), true, _) => {
                let head = tokens.into_iter().take_while(|token| braces(token).is_none()).collect();
                Ok(Self::Module(InlineModule { attributes, visibility, head, content }))
            }
            (Some(_), false, Some(name)) if takes_self(&tokens) => {
                // Otherwise actix-web would report several errors about the same
                // mistake.
                let attributes = attributes.into_iter().filter(|it| !is_route(it));
                let method = quote!(#(#attributes)* #visibility #rest);
                Err(refused(name.span(), METHOD, method, report))
            }
            (Some(_), false, Some(name)) => {
                Ok(Self::Handler(Function { attributes, visibility, name, rest }))
            }
            (_, is_module, _) => {
                let why = if is_module { MODULE_IN_A_FILE } else { ANOTHER_ITEM };
                let item = quote!(#(#attributes)* #visibility #rest);
                Err(refused(keyword, why, item, report))
            }
        }
    }
}

/// The message about the item, and what to write instead.
type Refusal = (&'static str, &'static str);

const ANOTHER_ITEM: Refusal = (
    "`#[cors]` only applies to a handler function or to a module of handlers",
    "write it above the route attribute of an `async fn`",
);

const MODULE_IN_A_FILE: Refusal = (
    "`#[cors]` has no access to the handlers of a module in a separate file",
    "write `mod name { ... }` here, or write `#[cors]` on each handler in that file, or configure \
     their paths as a group in `cors.toml`: `[[cors.paths]]`",
);

const METHOD: Refusal = (
    "a method cannot be a handler, because actix-web has no `self` to pass to it",
    "write a function outside of the `impl`, and take the data as `web::Data<...>`",
);

fn refused(
    span: Span,
    (message, help): Refusal,
    item: TokenStream,
    report: &mut Report,
) -> TokenStream {
    report.error(Code::WRONG_ITEM, span, message, help);
    item
}

/// Reports the `#[cors]` attributes below the one that is being expanded.
fn report_second_attributes(attributes: &mut Vec<Attribute>, report: &mut Report) {
    attributes.retain(|attribute| {
        let second = is_cors(attribute).then(|| attribute.path().segments.last()).flatten();
        if let Some(second) = second {
            report.error(
                Code::SECOND_ATTRIBUTE,
                second.ident.span(),
                "this is a second `#[cors]` on the same item",
                "merge both attributes into one",
            );
        }
        second.is_none()
    });
}

/// Whether an attribute is `#[cors]`, under any path.
pub(crate) fn is_cors(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == "cors")
}

/// The braces, including those that come from another macro.
pub(crate) fn braces(token: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else { return None };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => {
            let mut inner = group.stream().into_iter();
            inner.next().as_ref().and_then(braces).filter(|_| inner.next().is_none())
        }
        _ => None,
    }
}

pub(crate) fn is(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

/// The name after `fn`, if only qualifiers precede it: `async fn name`.
fn name_of_function(tokens: &[TokenTree]) -> Option<Ident> {
    let keyword = tokens.iter().position(|token| is(Some(token), "fn"))?;
    let qualifies =
        |token: &TokenTree| matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_));
    match tokens.get(keyword + 1) {
        Some(TokenTree::Ident(name)) if tokens[..keyword].iter().all(qualifies) => {
            Some(name.clone())
        }
        _ => None,
    }
}

/// Whether the first parameter is `self`, `&'a mut self` or `self: Type`.
fn takes_self(tokens: &[TokenTree]) -> bool {
    let parameters = tokens.iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Some(group),
        _ => None,
    });
    let ends = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if [',', ':'].contains(&mark.as_char()));
    parameters.is_some_and(|parameters| {
        let mut first = parameters.stream().into_iter().take_while(|token| !ends(token));
        first.any(|token| is(Some(&token), "self"))
    })
}

impl Parse for RawItem {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            rest: input.parse()?,
        })
    }
}

impl ToTokens for RawItem {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, visibility, rest } = self;
        tokens.extend(quote!(#(#attributes)* #visibility #rest));
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, visibility, name: _, rest } = self;
        tokens.extend(quote!(#(#attributes)* #visibility #rest));
    }
}

impl ToTokens for InlineModule {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, visibility, head, content } = self;
        tokens.extend(quote!(#(#attributes)* #visibility #head #content));
    }
}
