//! The attribute does not panic on any tokens.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::attribute;

const VOCABULARY: &[&str] = &[
    "off",
    "passthrough",
    "replace",
    "policy",
    "crate",
    "origins",
    "methods",
    "headers",
    "expose",
    "credentials",
    "max_age",
    "enforce",
    "orgins",
    "any",
    "any_with_authorization",
    "regex",
    "set",
    "GET",
    "get",
    "true",
    "self",
    "r#off",
    "ORIGINS",
    "é",
    "=",
    "=",
    "+=",
    "-=",
    "==",
    "=>",
    "+",
    "-",
    "::",
    "::",
    ",",
    ",",
    ",",
    ".",
    "!",
    "#",
    "'a",
    "\"https://a.example\"",
    "\"https://*.a.example/\"",
    "\"10m\"",
    "\"*\"",
    "\"\"",
    "r\"a+(\"",
    "600",
    "-1",
    "10m",
    "1.5",
    "b\"x\"",
    "'x'",
    "c\"x\"",
    "__on",
    "__inherit",
    "allowed_origins",
    "allow_any_origin",
    "|",
];

const ITEMS: &[&str] = &[
    "#[get(\"/a\")] async fn f() -> X { body() }",
    "#[routes] #[get(\"/a\")] #[put(\"/b\",)] async fn f() -> X { body() }",
    "#[cors] #[get(\"/a\")] async fn f() -> X { body() }",
    "#[scope(\"/s\")] mod s { #[get(\"/a\")] pub async fn f() -> X { body() } fn g() {} }",
    "mod s { #![allow(dead_code)] #[cors(off,)] mod t { #[routes] #[put(\"/a\")] fn f() {} } }",
    "async fn f() {}",
    "struct S;",
    "mod m;",
];

/// Numerical Recipes' linear congruential generator, so that every run is equal.
struct Random(u32);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % limit
    }

    fn tokens(&mut self, depth: usize) -> TokenStream {
        let count = self.below(9);
        (0..count).flat_map(|_| self.token(depth)).collect()
    }

    fn token(&mut self, depth: usize) -> TokenStream {
        if depth > 0 && self.below(4) == 0 {
            let delimiters = [
                Delimiter::Bracket,
                Delimiter::Bracket,
                Delimiter::Parenthesis,
                Delimiter::Brace,
                Delimiter::None,
            ];
            let delimiter = delimiters[self.below(delimiters.len())];
            return TokenTree::from(Group::new(delimiter, self.tokens(depth - 1))).into();
        }
        VOCABULARY[self.below(VOCABULARY.len())].parse().unwrap()
    }
}

#[test]
fn random_tokens_do_not_panic_and_accepted_ones_produce_code() {
    let mut random = Random(4);
    let mut passed = 0;
    for round in 0..5_000 {
        let args = random.tokens(3);
        let item = ITEMS[round % ITEMS.len()];
        let written = args.to_string();
        let expanded = attribute::cors(args, item.parse().unwrap());
        if !expanded.to_string().contains("compile_error") {
            passed += 1;
        }
        assert!(syn::parse2::<syn::File>(expanded).is_ok(), "#[cors({written})] {item}");
    }
    // If everything were rejected at the first token, this would test nothing.
    assert!(passed > 50, "{passed} passed");
}

/// The parts that the content of a module is generated from.
const CONTENT: &[&str] = &[
    "#[get(\"/a\")]",
    "#[cfg_attr(a, get(\"/a\"))]",
    "#[cors(off)]",
    "#[routes] #[get(\"/a\")] async fn f() {}",
    "#",
    "!",
    "[get(\"/a\")]",
    "[get(A)]",
    "[routes]",
    "[cors]",
    "[cors(off)]",
    "[cors = 1]",
    "[cfg_attr(a, get(\"/a\"))]",
    "[cfg_attr]",
    "[doc = \"x\"]",
    "pub",
    "(crate)",
    "async",
    "fn",
    "mod",
    "f",
    "()",
    "{}",
    "{ #[put(\"/b\")] fn g() {} }",
    ";",
    "=",
    "<",
    ">",
];

#[test]
fn modules_of_random_tokens_do_not_panic_and_keep_their_content() {
    let mut random = Random(6);
    let mut passed_on = 0;
    for _ in 0..10_000 {
        let count = random.below(14);
        let content: Vec<_> = (0..count).map(|_| CONTENT[random.below(CONTENT.len())]).collect();
        let Ok(module) = format!("mod m {{ {} }}", content.join(" ")).parse::<TokenStream>() else {
            continue;
        };
        let args = "origins = any".parse().unwrap();
        let expanded = attribute::cors(args, module.clone()).to_string();
        if expanded.contains("compile_error") {
            assert!(expanded.ends_with(&module.to_string()), "{module} becomes {expanded}");
        } else {
            passed_on += 1;
            // Without the added tokens, the module is unchanged.
            let layer = "(origins = any)";
            let without = expanded
                .replace(&format!("# [:: cors_actix :: cors (__inherit {layer})]"), "")
                .replace(&format!(":: cors_actix :: cors (__inherit {layer}) ,"), "")
                .replace(&format!("(__on {layer})"), "")
                .replace(&format!(", __on {layer}"), "");
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().concat();
            assert_eq!(words(&without), words(&module.to_string()), "{module}");
        }
    }
    assert!(passed_on > 1_000, "{passed_on} passed on");
}

#[test]
fn items_of_random_tokens_are_rejected_and_returned() {
    let mut random = Random(5);
    for _ in 0..2_000 {
        let item = random.tokens(3);
        let expanded = attribute::cors(TokenStream::new(), item.clone()).to_string();
        assert!(expanded.contains("compile_error"), "{item}");
        assert!(expanded.ends_with(&item.to_string()), "{item}");
    }
}
