//! Examples from `file.toml`: texts of a `cors.toml`, and what cors-core reports about them.

use std::collections::BTreeMap;

use cors_core::{Config, Problem};
use serde::Deserialize;

use crate::example::{Example, Instead, code};

#[derive(Deserialize)]
struct Texts {
    mistake: String,
    instead: String,
}

pub(super) fn examples() -> Vec<Example> {
    let texts: BTreeMap<String, Texts> = toml::from_str(include_str!("file.toml")).unwrap();
    let example = |(name, Texts { mistake, instead }): (String, Texts)| {
        let code = code(&name);
        let problems = problems(&mistake);
        assert!(problems.iter().any(|problem| problem.code() == code), "{name}: {problems:?}");
        let remaining = self::problems(&instead);
        assert!(remaining.is_empty(), "what to write instead of {name}: {remaining:?}");
        let output: Vec<_> = problems.iter().map(Problem::report).collect();
        Example {
            code,
            language: "toml",
            mistake,
            output: output.join("\n\n"),
            instead: Instead::Code(instead),
        }
    };
    texts.into_iter().map(example).collect()
}

/// Everything that is wrong with a `cors.toml`, or suspicious.
pub(super) fn problems(text: &str) -> Vec<Problem> {
    match Config::from_toml(text, "cors.toml").resolve() {
        Ok(resolver) => resolver.warnings().to_vec(),
        Err(error) => error.problems().to_vec(),
    }
}
