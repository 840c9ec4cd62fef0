//! Items that the attribute is applied to: the routes that it parses, and the items
//! that it rejects.

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::item::Item;
use crate::item::handler::Handler;
use crate::report::Report;

/// The path and the methods of a route.
type Route = (&'static str, &'static [&'static str]);

const HANDLERS: &[(&str, &[Route])] = &[
    (r#"#[get("/a")]"#, &[("/a", &["GET"])]),
    (r##"#[actix_web::post(r#"/a"#,)]"##, &[("/a", &["POST"])]),
    (r#"#[web::r#patch("/a", name = "a", wrap = "W")]"#, &[("/a", &["PATCH"])]),
    (r#"#[query("/a")]"#, &[("/a", &["QUERY"])]),
    (
        r#"#[route("/a", method = "GET", guard = "g", method = "PURGE")]"#,
        &[("/a", &["GET", "PURGE"])],
    ),
    (r#"#[routes] #[get("/a")] #[get("/b")]"#, &[("/a", &["GET"]), ("/b", &["GET"])]),
    (r#"#[fastrace::trace(short_name = true)] #[trace] #[put("/a")]"#, &[("/a", &["PUT"])]),
    // Registered with `cors_actix::resource`.
    ("", &[]),
    ("#[trace(short_name = true)]", &[]),
    ("#[api_v2_operation]", &[]),
];

const REFUSED: &[(&str, &str)] = &[
    (r#"#[get ("/a")] #[api_v2_operation] async fn f() -> X {}"#, "wrong-item"),
    (r#"#[paperclip::actix::api_v2_operation (skip)] #[get ("/a")] async fn f() {}"#, "wrong-item"),
    ("async fn f<T>(t: T) -> X {}", "wrong-item"),
    ("async fn main() {}", "wrong-item"),
    ("mod a;", "wrong-item"),
    ("pub struct S;", "wrong-item"),
    ("fn f(&self);", "wrong-item"),
    ("", "wrong-item"),
];

#[test]
fn route_attributes_contain_paths_and_methods() {
    for (attributes, expected) in HANDLERS {
        let item = format!("/// Docs.\n{attributes} pub async fn f() -> X {{}}");
        let mut report = Report::default();
        let handler = handler(&item, &mut report).ok().unwrap();
        let resources: Vec<_> = handler
            .resources
            .iter()
            .map(|resource| {
                (resource.path.value(), resource.methods.iter().map(String::as_str).collect())
            })
            .collect();
        let expected: Vec<(String, Vec<&str>)> =
            expected.iter().map(|(path, methods)| ((*path).to_owned(), methods.to_vec())).collect();
        assert_eq!(resources, expected, "{attributes}");
    }
}

#[test]
fn methods_of_several_routes_are_listed_once() {
    let item = r#"#[routes] #[get("/a")] #[put("/a")] #[get("/b")] async fn f() -> X {}"#;
    let handler = handler(item, &mut Report::default()).ok().unwrap();
    assert_eq!(handler.methods().unwrap(), ["GET", "PUT"]);
}

#[test]
fn other_items_are_rejected_and_returned() {
    for (item, code) in REFUSED {
        let mut report = Report::default();
        let written = item.parse::<TokenStream>().unwrap().to_string();
        let given_back = handler(item, &mut report).err().unwrap();
        assert_eq!(report.codes(), [format!("cors::{code}")], "{item}");
        assert_eq!(given_back.to_string(), written, "{item}");
    }
}

#[test]
fn a_route_attribute_without_a_path_is_reported_and_removed() {
    for attribute in ["#[get]", "#[post()]", "#[actix_web::put]", "#[routes]"] {
        let mut report = Report::default();
        let item = format!("{attribute} async fn f() -> X {{}}");
        let given_back = handler(&item, &mut report).err().unwrap();
        assert_eq!(report.codes(), ["cors::no-route-attribute"], "{item}");
        assert_eq!(given_back.to_string(), "async fn f () -> X { }", "{item}");
    }
}

#[test]
fn a_second_attribute_is_reported_and_removed() {
    let item = "#[get(\"/a\")] #[cors(off)] #[cors_actix::cors] async fn f() -> X {}";
    let mut report = Report::default();
    let handler = handler(item, &mut report).ok().unwrap();
    assert_eq!(report.codes(), ["cors::second-attribute"; 2]);
    assert_eq!(handler.function.attributes.len(), 1);
}

#[test]
fn a_path_that_is_not_a_literal_is_reported_at_its_place_and_replaced() {
    for path in ["PATH", "concat!(\"/a\", \"/b\")", "\"/a\" \"/b\"", ""] {
        let item = format!("#[get({path})] async fn f() -> X {{}}");
        let mut report = Report::default();
        let given_back = handler(&item, &mut report).err().unwrap();
        if !path.is_empty() {
            assert_eq!(report.codes(), ["cors::no-route-attribute"], "{item}");
            assert!(report.texts()[0].starts_with("the path of `#[get]` is not"), "{item}");
            assert_eq!(given_back.to_string(), "# [get (\"/\")] async fn f () -> X { }");
        }
    }
}

/// The handler, or the item that is returned.
fn handler(item: &str, report: &mut Report) -> Result<Handler, TokenStream> {
    match Item::parse(item.parse().unwrap(), report)? {
        Item::Handler(function) => {
            Handler::read(function, report).map_err(ToTokens::into_token_stream)
        }
        Item::Module(module) => Err(module.into_token_stream()),
    }
}
