//! A handler and its policy, as the code that registers both.

use cors_core::{MaxAgeValue, Source};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote};
use syn::{Attribute, ItemFn, LitStr, Meta, Path, Token, Visibility, parse_quote};

use crate::args::{Args, Clause, Says};
use crate::item::{Handler, Resource};
use crate::list::{Element, Kind, List};
use crate::report::Report;

/// The handler as a service that registers itself with its policy.
pub(crate) fn expand(args: &Args, handler: Handler, report: &Report) -> TokenStream {
    let Args { source, adapter, clauses } = args;
    let Handler { mut function, resources } = handler;
    let private: Path = parse_quote!(#adapter::__private);
    let rules = RulesCode { private: &private, report };

    mark_routes(&mut function, &resources, &private);
    let outer = move_out(&mut function);
    let on_impl = outer.iter().filter_map(for_impl);
    let visibility = std::mem::replace(&mut function.vis, Visibility::Inherited);
    let name = &function.sig.ident;
    let resources = resources.iter().map(|resource| {
        let Resource { attribute: _, path, methods, name, guarded } = resource;
        let named = name.as_ref().map(|name| quote!(.named(#name)));
        let guarded = guarded.then(|| quote!(.guarded()));
        quote!(#private::Resource::new(#path, [#(#methods),*]) #named #guarded)
    });
    let start = rules.here(source);
    let clauses = clauses.iter().map(|clause| rules.clause(clause));

    quote! {
        #(#outer)*
        #[allow(non_camel_case_types, missing_docs)]
        #visibility struct #name;

        #(#on_impl)*
        impl #private::HttpServiceFactory for #name {
            fn register(self, __cors_app: &mut #private::AppService) {
                #function

                #private::register(
                    #name,
                    __cors_app,
                    #private::Handler::new(
                        ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)),
                        [#(#resources),*],
                        #private::Rules::new(#start) #(#clauses)*,
                    ),
                );
            }
        }
    }
}

/// Wraps each route in the mark by which the edge knows it again.
fn mark_routes(function: &mut ItemFn, resources: &[Resource], private: &Path) {
    // actix-web reads the expression from a string.
    let private = private.to_token_stream().to_string().replace(' ', "");
    let mark = LitStr::new(&format!("{private}::Mark::take()"), Span::call_site());
    for Resource { attribute, .. } in resources {
        if let Some(Attribute { meta: Meta::List(route), .. }) = function.attrs.get_mut(*attribute)
        {
            let comma = (!ends_in_comma(&route.tokens)).then(<Token![,]>::default);
            route.tokens.extend(quote!(#comma wrap = #mark));
        }
    }
}

fn ends_in_comma(tokens: &TokenStream) -> bool {
    let last = tokens.clone().into_iter().last();
    matches!(last, Some(TokenTree::Punct(punct)) if punct.as_char() == ',')
}

/// Takes the attributes that are about the service as others see it. Moved, not
/// copied: the examples in a doc comment would be tested twice.
fn move_out(function: &mut ItemFn) -> Vec<Attribute> {
    let outward = |attribute: &Attribute| {
        ["doc", "cfg", "deprecated"].iter().any(|name| attribute.path().is_ident(name))
    };
    let (outer, inner) = std::mem::take(&mut function.attrs).into_iter().partition(outward);
    function.attrs = inner;
    outer
}

/// What an attribute of the service means for the `impl` beside it.
fn for_impl(outer: &Attribute) -> Option<Attribute> {
    if outer.path().is_ident("cfg") {
        return Some(outer.clone());
    }
    // Naming the service there is no use of it. This hides nothing in the body:
    // deprecated functions are free to use deprecated things.
    outer.path().is_ident("deprecated").then(|| parse_quote!(#[allow(deprecated)]))
}

/// Writes [`Args`] as a chain of calls on `Rules`.
struct RulesCode<'a> {
    private: &'a Path,
    report: &'a Report,
}

impl RulesCode<'_> {
    fn clause(&self, clause: &Clause) -> TokenStream {
        let Clause { says, source } = clause;
        let private = self.private;
        let here = self.here(source);
        match says {
            Says::Off => quote!(.off(#here)),
            Says::Replace => quote!(.replace(#here)),
            Says::Policy(name, source) => {
                let here = self.here(source);
                quote!(.policy(#name, #here))
            }
            Says::List(setting, op, list) => {
                let setting = format_ident!("{setting:?}");
                let op = format_ident!("{op:?}");
                let list = self.list(list);
                quote!(.list(#private::Setting::#setting, #private::Op::#op, #list, #here))
            }
            Says::Flag(setting, value) => {
                let setting = format_ident!("{setting:?}");
                quote!(.flag(#private::Setting::#setting, #value, #here))
            }
            Says::MaxAge(MaxAgeValue::Seconds(seconds), _) => quote!(.max_age(#seconds, #here)),
            Says::MaxAge(MaxAgeValue::Text(text), _) => quote!(.max_age(#text, #here)),
        }
    }

    fn list(&self, list: &List) -> TokenStream {
        let private = self.private;
        match list {
            List::Any(source) => {
                let here = self.here(source);
                quote!(#private::ListValue::Any(#here))
            }
            List::AnyWithAuthorization(source) => {
                let here = self.here(source);
                quote!(#private::ListValue::AnyWithAuthorization(#here))
            }
            List::Elements(elements) => {
                let elements = elements.iter().map(|element| self.element(element));
                quote!(#private::List::new() #(#elements)*)
            }
        }
    }

    fn element(&self, element: &Element) -> TokenStream {
        let Element { kind, source } = element;
        let here = self.here(source);
        match kind {
            Kind::Plain(text) => quote!(.plain(#text, #here)),
            Kind::Regex(text) => quote!(.regex(#text, #here)),
            Kind::Set(name) => quote!(.set(#name, #here)),
            Kind::Constant(path) => quote!(.constant(#path, #here)),
        }
    }

    /// The place in the user's file, as a startup report names it. `line!()`
    /// looks at where the outermost macro call stands: every token of the call
    /// has to stand where the user's token does.
    fn here(&self, source: &Source) -> TokenStream {
        let private = self.private;
        let span = self.report.span(source);
        let respan = |mut token: TokenTree| {
            token.set_span(span);
            token
        };
        quote!(#private::here!()).into_iter().map(respan).collect()
    }
}
