//! The builder: what its lists accept, and calls that build on earlier ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use cors_actix::core::{IntoListValue, Setting};
use cors_actix::{Cors, CorsBuilder, origin};

fn value(builder: &CorsBuilder, setting: Setting) -> String {
    let table = builder.clone().build().unwrap().table();
    table.rows()[0].get(setting).unwrap().value().to_string()
}

#[expect(clippy::needless_borrows_for_generic_args, reason = "these are what is tested")]
#[test]
fn lists_are_text_and_collections_of_it() {
    fn origins(list: impl IntoListValue) -> String {
        value(&Cors::builder().origins(list), Setting::Origins)
    }
    const A: &str = "https://a.example";
    let owned = A.to_owned();
    let (vector, borrowed) = (vec![owned.clone()], vec![A]);
    let from_settings: Vec<String> = [A, A].iter().map(ToString::to_string).take(1).collect();
    let found = [
        origins(A),
        origins(owned.clone()),
        origins(&owned),
        origins(Cow::Borrowed(A)),
        origins(origin(A)),
        origins([A]),
        origins(&[A]),
        origins([owned.clone()]),
        origins(borrowed.as_slice()),
        origins(&borrowed),
        origins(borrowed.clone()),
        origins(vector.as_slice()),
        origins(&vector),
        origins(vector.clone()),
        origins(from_settings),
        origins(HashSet::from([A])),
        origins(&HashSet::from([owned.clone()])),
        origins(BTreeSet::from([owned])),
        origins(&BTreeSet::from([A])),
        origins([origin(A)]),
        origins(&[origin(A)]),
    ];
    assert!(found.iter().all(|origins| origins == A), "{found:?}");
}

#[test]
fn a_later_call_replaces_and_an_edit_extends() {
    let (a, b) = ("https://a.example", "https://b.example");
    let builder = || Cors::builder().origins(a);
    assert_eq!(value(&builder().origins(b), Setting::Origins), b);
    let both = builder().origins_add([b]);
    assert_eq!(value(&both, Setting::Origins), format!("{a}, {b}"));
    assert_eq!(value(&both.clone().origins_remove(a), Setting::Origins), b);
    assert_eq!(value(&both.origins_any(), Setting::Origins), "any");
    assert_eq!(value(&builder().max_age("1h").max_age(60), Setting::MaxAge), "60");
    let credentials = builder().credentials(true).credentials([a]);
    assert_eq!(value(&credentials, Setting::Credentials), a);
    assert_eq!(value(&builder().enforce(true).enforce(false), Setting::Enforce), "false");
    let headers = builder().headers("x-a").headers_add(["x-b"]).headers_add("x-c");
    assert_eq!(value(&headers, Setting::Headers), "x-a, x-b, x-c");

    // What is removed was meant to be there.
    let error = builder().origins_remove(b).build().unwrap_err();
    assert_eq!(error.problems()[0].code().as_str(), "cors::duplicate-setting");
}

#[test]
fn an_error_that_leaves_main_is_the_report() {
    let error = Cors::builder().origins("https://a.example/").build().unwrap_err();
    let text = format!("Error: {error:?}");
    assert!(text.starts_with("Error: \nerror[cors::trailing-slash]: "), "{text}");
    assert!(text.contains(" --> tests/tests/fast/builder.rs:"), "{text}");
    assert_eq!(text, format!("Error: \n{error}"));
}
