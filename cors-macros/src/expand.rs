//! A handler and its policy, as the code that registers both.

use cors_core::{MaxAgeValue, Source};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Meta, Token, Visibility, parse_quote};

use crate::args::{Args, Clause, Layer, Says};
use crate::handler::{Handler, Resource, needs_comma};
use crate::item::Function;
use crate::list::{Element, Kind, List};
use crate::report::{Location, Report};

/// The handler as a service that registers itself with its policy.
pub(crate) fn expand(args: &Args, handler: Handler, report: &Report) -> TokenStream {
    let Handler { mut function, resources } = handler;
    let adapter = args.adapter_or_default();
    let rules = RulesCode { report };

    mark_routes(&mut function, &resources);
    let outer = move_out(&mut function);
    let on_impl = outer.iter().filter_map(for_impl);
    let visibility = std::mem::replace(&mut function.visibility, Visibility::Inherited);
    let name = &function.name;
    let resources = resources.iter().map(|resource| {
        let Resource { attribute: _, path, methods, name, guarded } = resource;
        let named = name.as_ref().map(|name| quote!(.named(#name)));
        let guarded = guarded.then(|| quote!(.guarded()));
        quote!(__cors::Resource::new(#path, [#(#methods),*]) #named #guarded)
    });
    let modules = args.modules.iter().map(|layer| rules.layer(layer));
    let own = args.own.iter().map(|layer| rules.layer(layer));

    quote! {
        #(#outer)*
        #[allow(non_camel_case_types, missing_docs)]
        #visibility struct #name;

        #(#on_impl)*
        impl #adapter::__private::HttpServiceFactory for #name {
            fn register(self, __cors_app: &mut #adapter::__private::AppService) {
                use #adapter::__private as __cors;

                #function

                __cors::register(
                    #name,
                    __cors_app,
                    __cors::Handler::new(
                        ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)),
                        [#(#resources),*],
                    )
                    #(.module(#modules))*
                    #(.rules(#own))*,
                );
            }
        }
    }
}

/// Wraps each route in the mark by which the edge knows it again.
fn mark_routes(function: &mut Function, resources: &[Resource]) {
    for Resource { attribute, .. } in resources {
        if let Some(Attribute { meta: Meta::List(route), .. }) =
            function.attributes.get_mut(*attribute)
        {
            let comma = needs_comma(&route.tokens).then(<Token![,]>::default);
            // actix-web reads the expression from a string.
            route.tokens.extend(quote!(#comma wrap = "__cors::Mark::take()"));
        }
    }
}

/// Takes the attributes that are about the service as others see it. Moved, not
/// copied: the examples in a doc comment would be tested twice.
fn move_out(function: &mut Function) -> Vec<Attribute> {
    let outward = |attribute: &Attribute| {
        ["doc", "cfg", "deprecated"].iter().any(|name| attribute.path().is_ident(name))
    };
    let (outer, inner) = std::mem::take(&mut function.attributes).into_iter().partition(outward);
    function.attributes = inner;
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

/// Writes a [`Layer`] as a chain of calls on `Rules`.
struct RulesCode<'a> {
    report: &'a Report,
}

impl RulesCode<'_> {
    fn layer(&self, layer: &Layer) -> TokenStream {
        let Layer { source, clauses } = layer;
        let here = self.here(source);
        let clauses = clauses.iter().map(|clause| self.clause(clause));
        quote!(__cors::Rules::new(#here) #(#clauses)*)
    }

    fn clause(&self, clause: &Clause) -> TokenStream {
        let Clause { says, source } = clause;
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
                quote!(.list(__cors::Setting::#setting, __cors::Op::#op, #list, #here))
            }
            Says::Flag(setting, value) => {
                let setting = format_ident!("{setting:?}");
                quote!(.flag(__cors::Setting::#setting, #value, #here))
            }
            Says::MaxAge(MaxAgeValue::Seconds(seconds), _) => quote!(.max_age(#seconds, #here)),
            Says::MaxAge(MaxAgeValue::Text(text), _) => quote!(.max_age(#text, #here)),
        }
    }

    fn list(&self, list: &List) -> TokenStream {
        match list {
            List::Any(source) => {
                let here = self.here(source);
                quote!(__cors::ListValue::Any(#here))
            }
            List::AnyWithAuthorization(source) => {
                let here = self.here(source);
                quote!(__cors::ListValue::AnyWithAuthorization(#here))
            }
            List::Elements(elements) => {
                let elements = elements.iter().map(|element| self.element(element));
                quote!(__cors::List::new() #(#elements)*)
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

    /// The place in the user's file, as a startup report names it. Written out,
    /// because `line!()` and its kin would be four more macros for each place.
    fn here(&self, source: &Source) -> TokenStream {
        let Location { file, line, column } = self.report.location(source);
        quote!(__cors::at(#file, #line, #column))
    }
}
