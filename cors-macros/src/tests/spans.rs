//! Editors rely on this: the tokens of the user keep their spans.

use proc_macro2::{Group, TokenStream, TokenTree};

use crate::attribute;

const HANDLER: &str = r#"
/// Docs.
#[allow(unused)]
#[get("/users/{id}", name = "user")]
#[tracing::instrument]
pub(crate) async fn user(id: web::Path<u32>, Query(page): Query<Page>) -> impl Responder {
    let name = format!("{id}{page:?}");
    match name.as_str() { "0" => return nobody(), other => { greet(other).await } }
}"#;

const MODULE: &str = r#"
#[scope("/api")]
mod api {
    use super::*;

    #[cors(origins += "https://beta.example")]
    #[get("/users")]
    async fn users() -> impl Responder { list(1 + 2).await.map(|user| user.name) }

    fn helper() -> Order<{ 1 }> { Order { id: [0] } }

    mod deeper {
        #[put("/users")]
        async fn put_user(id: u32) { store(id) }
    }
}"#;

const ARGUMENTS: &str =
    r#"origins += ["https://a.example", config::ORIGINS], headers -= HEADER, max_age = "10m""#;

#[test]
fn tokens_of_a_handler_keep_their_spans() {
    assert_in_order(HANDLER, &expanded(HANDLER));
}

#[test]
fn tokens_of_a_module_keep_their_spans() {
    assert_in_order(MODULE, &expanded(MODULE));
}

#[test]
fn constants_in_the_arguments_keep_their_spans() {
    for item in [HANDLER, MODULE] {
        let expanded = expanded(item);
        for token in leaves(ARGUMENTS.parse().unwrap()) {
            if ["config", "ORIGINS", "HEADER"].contains(&token.0.as_str()) {
                assert!(expanded.contains(&token), "{token:?} is not in {expanded:?}");
            }
        }
    }
}

#[test]
fn incomplete_code_is_passed_on() {
    for body in ["{ request. }", "{ let = ; }", "{ match x { Some( } }", "{ HttpResponse:: }"] {
        let Ok(item) = format!("#[get(\"/\")] async fn f() {body}").parse::<TokenStream>() else {
            continue;
        };
        let expanded = attribute::cors(TokenStream::new(), item).to_string();
        let body: TokenStream = body.parse().unwrap();
        assert!(expanded.contains(&body.to_string()), "{body} is not in {expanded}");
        assert!(!expanded.contains("compile_error"), "{expanded}");
    }
}

/// A token, with its line and column.
type Leaf = (String, usize, usize);

fn expanded(item: &str) -> Vec<Leaf> {
    let tokens = attribute::cors(ARGUMENTS.parse().unwrap(), item.parse().unwrap());
    assert!(!tokens.to_string().contains("compile_error"), "{tokens}");
    leaves(tokens)
}

/// All tokens except brackets, in order.
fn leaves(tokens: TokenStream) -> Vec<Leaf> {
    let leaf = |token: TokenTree| match token {
        TokenTree::Group(group) => leaves(Group::stream(&group)),
        token => {
            let start = token.span().start();
            vec![(token.to_string(), start.line, start.column)]
        }
    };
    tokens.into_iter().flat_map(leaf).collect()
}

/// Asserts that each function, from `fn` to the end of its body, is in the expansion
/// without other tokens in between.
fn assert_in_order(item: &str, expanded: &[Leaf]) {
    let written = leaves(item.parse().unwrap());
    let functions: Vec<_> = written.split_inclusive(|(token, ..)| token == "fn").skip(1).collect();
    assert!(!functions.is_empty());
    for function in functions {
        // Up to the attributes of the next item.
        let end = function.iter().position(|(token, ..)| token == "#");
        let function = &function[..end.unwrap_or(function.len())];
        let found = expanded.windows(function.len()).any(|window| window == function);
        assert!(found, "{function:?}\nis not in\n{expanded:?}");
    }
}
