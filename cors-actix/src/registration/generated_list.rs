//! The lists in the code that `#[cors(...)]` generates.
//!
//! The attribute has read and checked each literal. Of a constant
//! it knows only the path: its text joins the list when the handler is
//! registered, and is checked with everything else at startup.

use std::borrow::Cow;

use actix_web::http::{Method, header::HeaderName};
use cors_core::{Element, IntoElements, Source};

/// A list of elements, each with its place.
#[derive(Debug, Default)]
#[must_use]
pub struct List(Vec<Element>);

/// A generated function that returns the elements of a constant in the attribute of a module.
pub type ModuleConstant = fn() -> Vec<Cow<'static, str>>;

/// What a constant may be, to be used in a list.
#[diagnostic::on_unimplemented(
    message = "a constant of the type `{Self}` cannot be used in `#[cors(...)]`",
    label = "this is a `{Self}`",
    note = "a constant in a list is a `&str` or a `&[&str]`; a header name or a method of `http` \
            will do as well"
)]
pub trait ConstantValue {
    /// The elements of the value.
    fn texts(self) -> Vec<Cow<'static, str>>;
}

impl List {
    /// An empty list.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an origin pattern, a method or a header name.
    pub fn plain(self, text: &'static str, source: Source) -> Self {
        self.with(Element::plain(text, source))
    }

    /// Adds an anchored regular expression over whole origins.
    pub fn regex(self, text: &'static str, source: Source) -> Self {
        self.with(Element::regex(text, source))
    }

    /// Adds a named origin set.
    pub fn set(self, name: &'static str, source: Source) -> Self {
        self.with(Element::set(name, source))
    }

    /// Adds the list of a keyed set that a route parameter selects.
    pub fn keyed_set(self, name: &'static str, key: &'static str, source: Source) -> Self {
        self.with(Element::set(name, source).with_key(key))
    }

    /// Adds the elements of a constant.
    pub fn constant(self, texts: impl ConstantValue, source: Source) -> Self {
        self.texts(texts.texts(), &source)
    }

    /// Adds the elements of a constant in the attribute of a module.
    pub fn beside(self, texts: ModuleConstant, source: Source) -> Self {
        self.texts(texts(), &source)
    }

    fn texts(self, texts: Vec<Cow<'static, str>>, source: &Source) -> Self {
        let plain = |text| Element::plain(text, source.clone());
        texts.into_iter().map(plain).fold(self, Self::with)
    }

    fn with(mut self, element: Element) -> Self {
        self.0.push(element);
        self
    }
}

impl IntoElements for List {
    fn into_elements(self, _: &Source) -> Vec<Element> {
        self.0
    }
}

impl ConstantValue for &'static str {
    fn texts(self) -> Vec<Cow<'static, str>> {
        vec![Cow::Borrowed(self)]
    }
}

impl ConstantValue for &'static [&'static str] {
    fn texts(self) -> Vec<Cow<'static, str>> {
        self.iter().copied().map(Cow::Borrowed).collect()
    }
}

impl<const N: usize> ConstantValue for [&'static str; N] {
    fn texts(self) -> Vec<Cow<'static, str>> {
        self.into_iter().map(Cow::Borrowed).collect()
    }
}

impl<const N: usize> ConstantValue for &'static [&'static str; N] {
    fn texts(self) -> Vec<Cow<'static, str>> {
        self.as_slice().texts()
    }
}

/// `header::CONTENT_TYPE`, in `headers` and `expose`.
impl ConstantValue for HeaderName {
    fn texts(self) -> Vec<Cow<'static, str>> {
        vec![Cow::Owned(self.as_str().to_owned())]
    }
}

/// `Method::PATCH`, in `methods`.
impl ConstantValue for Method {
    fn texts(self) -> Vec<Cow<'static, str>> {
        vec![Cow::Owned(self.as_str().to_owned())]
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header;

    use super::*;

    #[test]
    fn a_list_keeps_order_kinds_and_places() {
        const ORIGINS: &[&str] = &["https://b.example", "https://c.example"];
        let (first, second) = (Source::file("a", 1, 1), Source::file("a", 2, 1));

        let list = List::new()
            .plain("https://a.example", first.clone())
            .constant(ORIGINS, second.clone())
            .set("partners", first.clone())
            .into_elements(&Source::BASELINE);

        let expected = vec![
            Element::plain("https://a.example", first.clone()),
            Element::plain("https://b.example", second.clone()),
            Element::plain("https://c.example", second),
            Element::set("partners", first),
        ];
        assert_eq!(list, expected);
    }

    #[test]
    fn a_constant_may_be_one_text_several_or_a_name_of_http() {
        static TWO: [&str; 2] = ["a", "b"];
        assert_eq!("a".texts(), ["a"]);
        assert_eq!(TWO.texts(), ["a", "b"]);
        assert_eq!((&TWO).texts(), ["a", "b"]);
        assert_eq!(header::CONTENT_TYPE.texts(), ["content-type"]);
        assert_eq!(Method::PATCH.texts(), ["PATCH"]);
    }
}
