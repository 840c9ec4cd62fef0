//! Generating the code that registers a handler with its policy.

use cors_core::{Clause, ClauseKind, Element, ElementKind, ListValue, MaxAgeValue, Rules, Source};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Meta, Token, Visibility, parse_quote};

use crate::args::Args;
use crate::item::handler::{Handler, Resource, needs_comma};
use crate::item::{Function, is};
use crate::location::Location;
use crate::module_constants::is_beside;
use crate::report::Report;

/// Generates what registers the handler with its policy.
pub(crate) fn expand(args: &Args, handler: Handler, report: &Report) -> TokenStream {
    match handler.resources.is_empty() {
        true => expand_function(args, handler.function, report),
        false => expand_service(args, handler, report),
    }
}

/// Generates a service that registers the handler with its policy.
fn expand_service(args: &Args, handler: Handler, report: &Report) -> TokenStream {
    let Handler { mut function, resources } = handler;
    let adapter = args.adapter_or_default();

    mark_routes(&mut function, &resources);
    let SharedAttributes { of_service, of_registration, of_description } = move_out(&mut function);
    let visibility = std::mem::replace(&mut function.visibility, Visibility::Inherited);
    let name = &function.name;
    let resources = resources.iter().map(|resource| {
        let Resource { attribute: _, path, methods, name, guarded } = resource;
        let named = name.as_ref().map(|name| quote!(.named(#name)));
        let guarded = guarded.then(|| quote!(.guarded()));
        quote!(__cors::Resource::new(#path, [#(#methods),*]) #named #guarded)
    });
    let description = describe(args, name, quote!(#(#resources),*), report);
    // With the user's span, the compiler warns about an unused service, as it does not
    // for generated code. This reports handlers that are never registered.
    let described = quote_spanned!(name.span()=> fn #name() -> __cors::Handler { #description });

    quote! {
        #(#of_service)*
        #[allow(non_camel_case_types)]
        #visibility struct #name;

        #(#of_registration)*
        const _: () = {
            use #adapter::__private as __cors;

            #(#of_description)*
            #described

            impl __cors::HttpServiceFactory for #name {
                fn register(self, __cors_app: &mut __cors::AppService) {
                    let __cors_handler = #name();
                    {
                        #function

                        __cors::register(#name, __cors_app, __cors_handler);
                    }
                }
            }
        };
    }
}

/// Generates a constant that a resource registers: the type of it, which has the same name,
/// is shown in the compiler's messages.
fn expand_function(args: &Args, mut function: Function, report: &Report) -> TokenStream {
    let adapter = args.adapter_or_default();
    let SharedAttributes { of_service, of_registration, of_description } = move_out(&mut function);
    let visibility = std::mem::replace(&mut function.visibility, Visibility::Inherited);
    let name = &function.name;
    let unused = of_registration.iter().filter(|attribute| mentions(attribute, "dead_code"));
    let conditions = of_registration.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    let description = describe(args, name, TokenStream::new(), report);
    // With the user's span, the compiler warns about a handler that is never registered.
    let constant = quote_spanned! {name.span()=>
        #visibility const #name: #adapter::__private::NeedsCorsResourceOrRouteBelow<#name> =
            #adapter::__private::NeedsCorsResourceOrRouteBelow::new();
    };

    quote! {
        #(#of_service)*
        #(#of_description)*
        #(#unused)*
        #[allow(non_upper_case_globals)]
        #constant

        #(#conditions)*
        #[doc(hidden)]
        #[allow(dead_code, missing_debug_implementations, non_camel_case_types)]
        #visibility struct #name {}

        #(#of_registration)*
        const _: () = {
            use #adapter::__private as __cors;

            impl __cors::AnnotatedFunction for #name {
                fn handle(__cors_route: __cors::Route) -> __cors::Route {
                    #function

                    __cors_route.to(#name)
                }

                fn describe() -> __cors::Handler {
                    #description
                }
            }
        };
    }
}

/// The description of a handler with its name and its rules.
fn describe(args: &Args, name: &Ident, resources: TokenStream, report: &Report) -> TokenStream {
    let code = RulesCode { report };
    let modules = args.modules.iter().map(|rules| code.rules(rules));
    let own = args.own.iter().map(|rules| code.rules(rules));
    quote! {
        __cors::Handler::new(
            ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)),
            [#resources],
        )
        #(.module(#modules))*
        #(.rules(#own))*
    }
}

/// Wraps each route in a guard that marks it, so that the middleware recognises it.
fn mark_routes(function: &mut Function, resources: &[Resource]) {
    for Resource { attribute, .. } in resources {
        if let Some(Attribute { meta: Meta::List(route), .. }) =
            function.attributes.get_mut(*attribute)
        {
            let comma = needs_comma(&route.tokens).then(<Token![,]>::default);
            // actix-web parses the expression from a string.
            route.tokens.extend(quote!(#comma wrap = "__cors::Mark::take()"));
        }
    }
}

/// Attributes that do not apply to the function only.
#[derive(Default)]
struct SharedAttributes {
    of_service: Vec<Attribute>,
    /// The attributes of all generated items except the service: its description, its
    /// `impl`, and the function in it.
    of_registration: Vec<Attribute>,
    /// `#[expect(dead_code)]`, which is fulfilled only where the compiler warns.
    of_description: Vec<Attribute>,
}

/// Removes the attributes that apply to more than the function. They are moved and not
/// copied: the examples in a doc comment would be tested twice, and an expected lint
/// would have to occur twice.
fn move_out(function: &mut Function) -> SharedAttributes {
    let mut moved = SharedAttributes::default();
    for attribute in std::mem::take(&mut function.attributes) {
        match attribute.path().get_ident().map(ToString::to_string).as_deref() {
            Some("doc") => moved.of_service.push(attribute),
            Some("cfg") => {
                moved.of_service.push(attribute.clone());
                moved.of_registration.push(attribute);
            }
            Some("deprecated") => {
                moved.of_service.push(attribute);
                // The generated code names the service, which would be reported as a
                // use of a deprecated item. Nothing in the body is hidden by this:
                // deprecated functions may use deprecated items.
                moved.of_registration.push(parse_quote!(#[allow(deprecated)]));
            }
            Some("expect") if mentions(&attribute, "dead_code") => {
                moved.of_description.push(attribute);
            }
            Some("allow" | "expect" | "warn" | "deny" | "forbid") => {
                moved.of_registration.push(attribute);
            }
            _ => function.attributes.push(attribute),
        }
    }
    moved
}

fn mentions(attribute: &Attribute, lint: &str) -> bool {
    let Meta::List(lints) = &attribute.meta else { return false };
    lints.tokens.clone().into_iter().any(|token| is(Some(&token), lint))
}

/// Generates the code of [`Rules`], as a chain of calls.
struct RulesCode<'a> {
    report: &'a Report,
}

impl RulesCode<'_> {
    fn rules(&self, rules: &Rules) -> TokenStream {
        let here = self.here(rules.source());
        let clauses = rules.clauses().iter().map(|clause| self.clause(clause));
        quote!(__cors::Rules::new(#here) #(#clauses)*)
    }

    fn clause(&self, clause: &Clause) -> TokenStream {
        let Clause { kind, source } = clause;
        let here = self.here(source);
        match kind {
            ClauseKind::Off => quote!(.off(#here)),
            ClauseKind::Passthrough => quote!(.passthrough(#here)),
            ClauseKind::Replace => quote!(.replace(#here)),
            ClauseKind::Policy(Element { text, kind: _, key: _, source }) => {
                let here = self.here(source);
                quote!(.policy(#text, #here))
            }
            ClauseKind::Host(hosts) => {
                let hosts = hosts.iter().map(|host| self.element(host));
                quote!(.host(__cors::List::new() #(#hosts)*, #here))
            }
            ClauseKind::List(setting, op, list) => {
                let setting = format_ident!("{setting:?}");
                let op = format_ident!("{op:?}");
                let list = self.list(list);
                quote!(.list(__cors::Setting::#setting, __cors::Op::#op, #list, #here))
            }
            ClauseKind::Flag(setting, value) => {
                let setting = format_ident!("{setting:?}");
                quote!(.flag(__cors::Setting::#setting, #value, #here))
            }
            ClauseKind::MaxAge(MaxAgeValue::Seconds(seconds), _) => {
                quote!(.max_age(#seconds, #here))
            }
            ClauseKind::MaxAge(MaxAgeValue::Text(text), _) => quote!(.max_age(#text, #here)),
        }
    }

    fn list(&self, list: &ListValue) -> TokenStream {
        match list {
            ListValue::Any(source) => {
                let here = self.here(source);
                quote!(__cors::ListValue::Any(#here))
            }
            ListValue::AnyWithAuthorization(source) => {
                let here = self.here(source);
                quote!(__cors::ListValue::AnyWithAuthorization(#here))
            }
            ListValue::Elements(elements) => {
                let elements = elements.iter().map(|element| self.element(element));
                quote!(__cors::List::new() #(#elements)*)
            }
        }
    }

    fn element(&self, element: &Element) -> TokenStream {
        let Element { text, kind, key, source } = element;
        let here = self.here(source);
        match kind {
            ElementKind::Plain => quote!(.plain(#text, #here)),
            ElementKind::Regex => quote!(.regex(#text, #here)),
            ElementKind::Set => match key {
                Some(key) => quote!(.keyed_set(#text, #key, #here)),
                None => quote!(.set(#text, #here)),
            },
            ElementKind::Constant => {
                let path = self.report.path(source);
                match path.is_some_and(is_beside) {
                    true => quote!(.beside(#path, #here)),
                    false => quote!(.constant(#path, #here)),
                }
            }
        }
    }

    /// The place in the user's file, for startup reports. It is written as literals,
    /// because `line!()`, `column!()` and `file!()` would be three more macro calls for
    /// each place.
    fn here(&self, source: &Source) -> TokenStream {
        let Location { file, line, column } = self.report.location(source);
        quote!(__cors::at(#file, #line, #column))
    }
}
