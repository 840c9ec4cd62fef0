//! What the methods for lists accept: text, elements, and collections of these.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use super::rules::{ClauseKind, Element, ListValue};
use crate::problem::Source;
use crate::setting::{Op, Setting};

/// One element of a list: text, or an [`Element`].
pub trait IntoElement {
    /// Converts to an element; `source` is the place of text.
    fn into_element(self, source: &Source) -> Element;
}

/// A list: one element, or an array, a slice, a vector or a set of elements.
///
/// ```
/// use std::collections::BTreeSet;
///
/// use cors_core::{IntoElements, Source};
///
/// let here = Source::caller();
/// let count = |list: Vec<cors_core::Element>| list.len();
/// assert_eq!(count("https://a.example".into_elements(&here)), 1);
/// assert_eq!(count(["https://a.example", "https://b.example"].into_elements(&here)), 2);
/// let owned: Vec<String> = vec!["https://a.example".to_owned()];
/// assert_eq!(count((&owned).into_elements(&here)), 1);
/// let set: BTreeSet<&str> = BTreeSet::from(["https://a.example"]);
/// assert_eq!(count(set.into_elements(&here)), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of a CORS setting",
    label = "this is a `{Self}`",
    note = "a list is text, or an array, slice, vector or set of text, or of `origin(..)`, `regex(..)` \
            and `set(..)`; collect an iterator into a `Vec` first"
)]
pub trait IntoElements {
    /// Converts to elements; `source` is the place of text.
    fn into_elements(self, source: &Source) -> Vec<Element>;
}

/// Values that [`Rules::list`](super::Rules::list) accepts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of a CORS setting",
    label = "this is a `{Self}`",
    note = "a list is text, or an array, slice, vector or set of text, or of `origin(..)`, `regex(..)` \
            and `set(..)`; collect an iterator into a `Vec` first"
)]
pub trait IntoListValue {
    /// Converts to a list value; `source` is the place of elements without their own.
    fn into_list_value(self, source: &Source) -> ListValue;
}

/// Values that [`Rules::credentials`](super::Rules::credentials) accepts: `true`, `false` or a
/// list of origins.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of `credentials`",
    label = "this is a `{Self}`",
    note = "`credentials` is `true`, `false`, or a list of the origins that may send them"
)]
pub trait IntoCredentials {
    /// Converts to a clause; `source` is the place of elements without their own.
    fn into_credentials(self, source: &Source) -> ClauseKind;
}

impl IntoElement for Element {
    fn into_element(self, _: &Source) -> Element {
        self
    }
}

impl IntoElement for &Element {
    fn into_element(self, _: &Source) -> Element {
        self.clone()
    }
}

impl IntoElement for String {
    fn into_element(self, source: &Source) -> Element {
        Element::plain(self, source.clone())
    }
}

impl IntoElement for Cow<'_, str> {
    fn into_element(self, source: &Source) -> Element {
        self.into_owned().into_element(source)
    }
}

/// Text behind references.
macro_rules! text {
    ($($text:ty),*) => {$(
        impl IntoElement for $text {
            fn into_element(self, source: &Source) -> Element {
                Element::plain(String::from(&**self), source.clone())
            }
        }
    )*};
}
text!(&String, &&str, &&String, &Cow<'_, str>, &Box<str>);

impl IntoElement for &str {
    fn into_element(self, source: &Source) -> Element {
        Element::plain(self.to_owned(), source.clone())
    }
}

/// A single element.
macro_rules! single {
    ($($single:ty),*) => {$(
        impl IntoElements for $single {
            fn into_elements(self, source: &Source) -> Vec<Element> {
                vec![self.into_element(source)]
            }
        }
    )*};
}
single!(&str, String, &String, Cow<'_, str>, Element, &Element);

/// A collection by value, and one that is borrowed.
macro_rules! collections {
    ($([$($parameter:tt)*] $collection:ty;)*) => {$(
        impl<T: IntoElement, $($parameter)*> IntoElements for $collection {
            fn into_elements(self, source: &Source) -> Vec<Element> {
                self.into_iter().map(|it| it.into_element(source)).collect()
            }
        }

        impl<'a, T, $($parameter)*> IntoElements for &'a $collection
        where
            &'a T: IntoElement,
        {
            fn into_elements(self, source: &Source) -> Vec<Element> {
                self.iter().map(|it| it.into_element(source)).collect()
            }
        }
    )*};
}
collections! {
    [] Vec<T>;
    [const N: usize] [T; N];
    [] BTreeSet<T>;
    [S] HashSet<T, S>;
}

impl<'a, T> IntoElements for &'a [T]
where
    &'a T: IntoElement,
{
    fn into_elements(self, source: &Source) -> Vec<Element> {
        self.iter().map(|it| it.into_element(source)).collect()
    }
}

impl<T: IntoElements> IntoListValue for T {
    fn into_list_value(self, source: &Source) -> ListValue {
        ListValue::Elements(self.into_elements(source))
    }
}

impl IntoListValue for ListValue {
    fn into_list_value(self, _: &Source) -> ListValue {
        self
    }
}

impl IntoCredentials for bool {
    fn into_credentials(self, _: &Source) -> ClauseKind {
        ClauseKind::Flag(Setting::Credentials, self)
    }
}

impl<T: IntoListValue> IntoCredentials for T {
    fn into_credentials(self, source: &Source) -> ClauseKind {
        ClauseKind::List(Setting::Credentials, Op::Set, self.into_list_value(source))
    }
}
