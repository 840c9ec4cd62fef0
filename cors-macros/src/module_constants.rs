//! The constants of `#[cors]` on a module, which are resolved where they are written.
//!
//! The handlers in the module expand the rules, and have another scope. So what a path
//! such as `ORIGINS` or `header::ETAG` means is defined beside the module, in a constant
//! with a generated name, and the handlers use that. Absolute paths mean the same
//! everywhere, and are left as they are.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{Attribute, Path, parse_quote};

use crate::report::Report;

/// The beginning of the names of generated constants.
const PREFIX: &str = "__CORS_";

/// The generated constants of one module.
pub(crate) struct ModuleConstants {
    /// The beginning of their names.
    name: Ident,
    /// Their definitions.
    pub(crate) definitions: TokenStream,
}

impl ModuleConstants {
    /// Defines what the relative paths in `report` mean beside the module `name`; `None`
    /// if there are none.
    pub(crate) fn of(
        name: &Ident,
        attributes: &[Attribute],
        adapter: &Path,
        report: &Report,
    ) -> Option<Self> {
        let name = name.unraw().to_string().to_uppercase();
        let name = Ident::new(&format!("{PREFIX}{name}"), Span::call_site());
        // Without the module, what its attribute names may be missing, too.
        let conditions: Vec<_> = attributes.iter().filter(|it| it.path().is_ident("cfg")).collect();
        let definitions: TokenStream = report
            .relative_constants()
            .map(|(index, path)| {
                let name = numbered(&name, index);
                let value = match is_beside(path) {
                    // That of a module around this one.
                    true => quote!(#path),
                    false => quote!(|| #adapter::__private::ConstantValue::texts(#path)),
                };
                quote! {
                    #(#conditions)*
                    const #name: #adapter::__private::ModuleConstant = #value;
                }
            })
            .collect();
        (!definitions.is_empty()).then_some(Self { name, definitions })
    }

    /// The beginning of the paths of the constants, for handlers that are `depth` modules
    /// below the module.
    pub(crate) fn path_from(&self, depth: usize) -> Path {
        let name = &self.name;
        let outwards = (0..=depth).map(|_| quote!(super::));
        parse_quote!(#(#outwards)* #name)
    }
}

/// The path of the constant at a position, for paths that begin with `path`.
pub(crate) fn of(path: &Path, index: usize) -> Path {
    let mut path = path.clone();
    if let Some(last) = path.segments.last_mut() {
        last.ident = numbered(&last.ident, index);
    }
    path
}

/// Whether a path is that of a generated constant.
pub(crate) fn is_beside(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident.to_string().starts_with(PREFIX))
}

fn numbered(name: &Ident, index: usize) -> Ident {
    format_ident!("{name}_{index}")
}
