//! Attributes that must be above `#[cors]`: `#[utoipa::path]` generates a type beside the
//! function, which would be inside the generated code.

use proc_macro2::TokenStream;
use syn::{Attribute, parse_quote};

use super::handler::{conditional, is_route};

/// Adds an attribute below those that must be above it; returns whether there are any.
///
/// Those below a route attribute are the concern of the route, which is expanded first.
pub(crate) fn add_below_generators(attributes: &mut Vec<Attribute>, added: &TokenStream) -> bool {
    let above_routes = attributes.iter().take_while(|attribute| !is_any(attribute, is_route));
    let Some(last) = above_routes
        .enumerate()
        .filter_map(|(index, attribute)| is_any(attribute, is_generator).then_some(index))
        .last()
    else {
        return false;
    };
    attributes.insert(last + 1, parse_quote!(#[#added]));
    true
}

/// Whether an attribute, or one inside its `#[cfg_attr(condition, ...)]`, has a property.
fn is_any(attribute: &Attribute, has: fn(&Attribute) -> bool) -> bool {
    has(attribute) || conditional(attribute).is_some_and(|inner| inner.iter().any(has))
}

/// Whether this is `#[utoipa::path]`, also of a re-export. It needs a path of two segments,
/// because `#[path]` alone is built in.
fn is_generator(attribute: &Attribute) -> bool {
    let segments = &attribute.path().segments;
    segments.len() > 1 && segments.last().is_some_and(|last| last.ident == "path")
}
