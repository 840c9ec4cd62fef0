//! No tokens, however wrong, make the attribute panic.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::attribute;

const VOCABULARY: &[&str] = &[
    "off",
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
];

const ITEMS: &[&str] = &[
    "#[get(\"/a\")] async fn f() -> X { body() }",
    "#[routes] #[get(\"/a\")] #[put(\"/b\",)] async fn f() -> X { body() }",
    "#[cors] #[get(\"/a\")] async fn f() -> X { body() }",
    "async fn f() {}",
    "struct S;",
];

/// Numerical Recipes' linear congruential generator: the same run everywhere.
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
fn no_tokens_panic_and_what_passes_is_code() {
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
    // Were everything refused at the first token, this would test nothing.
    assert!(passed > 50, "{passed} passed");
}

#[test]
fn items_of_any_tokens_are_refused_and_given_back() {
    let mut random = Random(5);
    for _ in 0..2_000 {
        let item = random.tokens(3);
        let expanded = attribute::cors(TokenStream::new(), item.clone()).to_string();
        assert!(expanded.contains("compile_error"), "{item}");
        assert!(expanded.ends_with(&item.to_string()), "{item}");
    }
}
