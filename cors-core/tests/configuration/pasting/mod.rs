//! Whatever a help proposes is pasted where the problem is: then the problem is gone, and
//! there is no other one.
//!
//! The mistakes are those of the corpus and of the page about diagnostics, each in a file,
//! in variables, and in settings of an application. `cors-macros` does the same with
//! attributes.

#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod in_settings;
mod in_toml;
mod in_variable;
mod proposals;

use std::collections::BTreeSet;
use std::path::Path;

use cors_core::{Problem, Setting};

use self::in_variable::Variables;
use self::proposals::proposals;

#[test]
fn proposals_about_files_are_accepted() {
    let mut pasted = Pasted::default();
    for text in texts() {
        let before = in_toml::problems(&text);
        for (problem, proposal) in all(&before) {
            let now = in_toml::paste(&text, problem, &proposal);
            pasted.check(&text, problem, &proposal.text, &now, &before, &in_toml::problems(&now));
        }
    }
    pasted.assert_at_least("files", 360);
}

#[test]
fn proposals_about_variables_are_accepted() {
    let mut pasted = Pasted::default();
    let given = texts().into_iter().flat_map(|text| variables(&text)).chain(typical_variables());
    let answered = answered("variables").into_iter().map(|text| {
        let pairs = text.lines().map(|line| line.split_once('=').unwrap());
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    });
    let given = given.chain(answered);
    for variables in given {
        let before = in_variable::problems(&variables);
        for (problem, proposal) in all(&before) {
            let now = in_variable::paste(&variables, problem, &proposal);
            let after = in_variable::problems(&now);
            let (old, new) = (format!("{variables:?}"), format!("{now:?}"));
            pasted.check(&old, problem, &proposal.text, &new, &before, &after);
        }
    }
    pasted.assert_at_least("variables", 150);
}

#[test]
fn proposals_about_settings_are_accepted() {
    let mut pasted = Pasted::default();
    let answered = answered("settings").into_iter().map(|it| serde_json::from_str(&it).unwrap());
    let given = texts().into_iter().filter_map(|text| json(&text)).chain(answered);
    // The place of a problem is a path of keys, so these have no dots.
    for cors in given.filter(|cors| !cors.to_string().contains("quarkus.http.")) {
        let before = in_settings::problems(&cors);
        for (problem, proposal) in all(&before) {
            let old = cors.to_string();
            match in_settings::paste(&cors, problem, &proposal) {
                Ok(now) => {
                    let after = in_settings::problems(&now);
                    let new = now.to_string();
                    pasted.check(&old, problem, &proposal.text, &new, &before, &after);
                }
                Err(why) => pasted.failed.push(format!("{old}\n{problem}\n{why}")),
            }
        }
    }
    pasted.assert_at_least("settings", 300);
}

/// The mistakes of the corpus and of the page about diagnostics.
fn texts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let mut texts = Vec::new();
    for topic in ["lists", "merge", "origins", "settings"] {
        let path = root.join(format!("corpus/invalid_{topic}.toml"));
        let corpus: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        let cases = corpus["invalid"].as_array().unwrap();
        texts.extend(cases.iter().filter_map(|it| it.get("text")?.as_str().map(str::to_owned)));
    }
    let page = std::fs::read_to_string(root.join("tests/diagnostics/file.toml")).unwrap();
    let page: toml::Table = page.parse().unwrap();
    texts.extend(page.values().map(|it| it["mistake"].as_str().unwrap().to_owned()));
    texts.extend(MORE.iter().map(|text| (*text).to_owned()));
    texts.extend(answered("file"));
    texts
}

/// The mistakes of `tests/answers` in one kind of place.
fn answered(place: &str) -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["tools", "newcomers"] {
        let path = format!(
            "{}/tests/configuration/answers/{folder}/{place}.txt",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(path).unwrap();
        for mistake in text.split("\n=== ") {
            let (_, rest) = mistake.split_once('\n').unwrap();
            let (given, _) = rest.split_once("--- answers\n").unwrap();
            found.push(given.to_owned());
        }
    }
    found
}

/// Mistakes whose answer once had to be pasted to be seen to be wrong.
const MORE: &[&str] = &[
    "[cors]\norigins = \"*\"\n",
    "[cors]\nmethods = [\"*\"]\n",
    "[cors]\nheaders = { add = \"any\" }\n",
    "[cors]\norigins = \"https?://a.example\"\n",
    "[cors]\norigins = [\"https://pr-\\\\d+\\\\.a\\\\.example\"]\n",
    "[cors]\norigins = [{ regex = \"^https://pr-\\\\d+\\\\.a\\\\.example$\" }]\n",
    "[cors]\norigins = \"Any\"\n",
    "[cors]\norigins = \"all\"\n",
    "[cors]\norigins = \"none\"\n",
    "[cors]\norigins = \"self\"\n",
    "[cors]\norigins = \"data:\"\n",
    "[cors]\norigins = \"partners\"\n[cors.sets]\npartners = [\"https://a.example\"]\n",
    "[cors]\norigins = \"https://a.example, https://b.example\"\n",
    "[cors]\norigins = [\"https://c.example\", \"https://a.example https://b.example\"]\n",
    "[cors]\norigins = \"https://1.2.3.256\"\n",
    "[cors]\norigins = \"https://https://a.example\"\n",
    "[cors]\norigins = \"https;//a.example\"\n",
    "[cors]\norigins = \"https://app example.com\"\n",
    "[cors]\nmethods = \"GET, PUT\"\n",
    "[cors]\nheaders = \"x-a x-b\"\n",
    "[cors]\nmax_age = \"m\"\n",
    "[cors]\nmax_age = \"10 min\"\n",
    "[cors]\nmax_age = \"99999999\"\n",
    "[cors]\noptions_success_status = 200\n",
    "[cors]\norigins = \"https://a.example\"\ncredentials = true\n[[cors.paths]]\nmatch = \"/x\"\norigins = \"any\"\n",
    "[cors]\norigins = \"any\"\n[[cors.paths]]\nmatch = \"/api*\"\norigins = \"any\"\n",
    "[cors]\n[[cors.paths]]\nmatch = \"/x/%2e%2e/y\"\n",
    "[cors]\n[[cors.paths]]\nmatch = \"^/x.*$\"\n",
    "[cors]\n[[cors.paths]]\nmatch = \"/x/{tail:.*}\"\n",
    "[cors]\n[[cors.paths]]\nmatch = \"/x/{id:[^/]+}/y\"\n",
    "[cors]\n[[cors.paths]]\nmatch = \"/x/{t:[^/]+(/[^/]+)*}/y\"\n",
    "[cors]\n[[cors.paths]]\nmatch = \"/x/*tail\"\n",
    "[cors]\n[[cors.paths]]\nmatch = \"/x/**/\"\n",
    "[cors]\n[[cors.paths]]\nmatch = \"\"\n",
    "[cors]\n[[cors.paths]]\npath = \"/x\"\norigins = \"https://a.example\"\n",
    "[cors]\n[cors.path]\nmatch = \"/x\"\n",
    "[cors]\n[cors.policy.open]\norigins = \"any\"\n",
    "[cors]\nallow_any_origin = true\n",
    "[cors]\norigins = \"https://a.example\"\nno_credentials = true\n",
    "[cors]\nmax_age_seconds = 600\n",
    "[cors]\nexpose_header = \"x-a\"\n",
    "[cors]\norigins = [{ regex = \"https://pr-\\d+\\.a\\.example\" }]\n",
    "[cors]\norigins = \"https://a.example\nmethods = [\"GET\"]\n",
    "[cors]\norigins = 'https://a.example\"\n",
    "[cors]\norigins: \"https://a.example\"\n",
    "[cors]\norigins: any\n",
    "[cors]\n// comment\norigins = \"https://a.example\"\n",
    "[cors]\norigins = \"https://a.example\" // all\n",
    "[cors.paths]\nmatch = \"/x\"\n",
    "[cors]\norigins = [\"https://a.example\"\nmethods = [\"GET\"]\n",
    "[cors]\norigins = https://a.example\n",
    "[cors]\norigins = any\n",
    "[cors]\norigins = [https://a.example, https://b.example]\n",
    "[cors]\norigins = [regex(\"https://[a-z]+\\.example\\.com\")]\n",
    "[cors]\norigins = \"https://a.example\"\ncredentials = True\n",
    "[cors]\nenforce = yes\n",
    "[[cors.paths]]\nmatch = \"/x\"\nheaders += \"x-a\"\n",
    "[cors]\nmax_age = 10m\n",
    "[cors\norigins = \"any\"\n",
    "[[cors.paths]\nmatch = \"/x\"\n",
    "[cors]\norigins = [\"https://a.example\" \"https://b.example\"]\n",
    "[cors]\norigins = {\"https://a.example\"}\n",
    "[cors]\nmethods = \"GET\", \"PUT\"\n",
    "[cors]\nmax_age = 600;\n",
    "[cors]\norigins\n",
    "[cors]\noff\n",
    "[[cors]]\norigins = \"any\"\n",
    "cors:\norigins = \"any\"\n",
];

fn typical_variables() -> Vec<Variables> {
    let one = |(name, value): (&str, &str)| vec![(name.to_owned(), value.to_owned())];
    [
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://a.example https://b.example"),
        ("CORS_ORIGINS", "https://a.example;https://b.example"),
        ("CORS_ORIGINS", "https://c.example, https://a.example https://b.example"),
        ("CORS_ORIGINS", "\"https://a.example\""),
        ("CORS_ORIGINS", "[\"https://a.example\", \"https://b.example\"]"),
        ("CORS_ORIGINS", "any, https://a.example"),
        ("CORS_METHODS", "GET PUT"),
        ("CORS_METHODS", "get"),
        ("CORS_METHODS", "*"),
        ("CORS_HEADERS", "x-a x-b"),
        ("CORS_HEADERS", "[\"x-a\"]"),
        ("CORS_MAX_AGE", "\"10m\""),
        ("CORS_MAX_AGE", "10min"),
        ("CORS_MAX_AGE", "2d"),
        ("CORS_CREDENTIALS", "1"),
        ("CORS_ENABLED", "off"),
        ("CORS_ALLOW_ANY_ORIGIN", "true"),
        ("CORS_ORIGIN", "https://a.example"),
        ("cors_origins", "https://a.example"),
    ]
    .map(one)
    .to_vec()
}

/// The settings of `[cors]`, each as a variable.
fn variables(text: &str) -> Option<Variables> {
    let root: toml::Table = text.parse().ok()?;
    let cors = root.get("cors")?.as_table()?;
    let written = |value: &toml::Value| match value {
        toml::Value::Array(list) => {
            let texts: Option<Vec<_>> = list.iter().map(toml::Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Integer(number) => Some(number.to_string()),
        _ => None,
    };
    let is_setting = |name: &str| Setting::from_name(name).is_some();
    let settings = cors.iter().filter(|(name, _)| is_setting(name));
    let named = settings
        .filter_map(|(name, it)| Some((format!("CORS_{}", name.to_uppercase()), written(it)?)));
    Some(named.filter(|(_, value)| !value.trim().is_empty()).collect())
}

fn json(text: &str) -> Option<serde_json::Value> {
    let root: toml::Table = text.parse().ok()?;
    serde_json::to_value(root.get("cors")?).ok()
}

/// Each problem with each of its proposals.
fn all(problems: &[Problem]) -> impl Iterator<Item = (&Problem, proposals::Proposal)> {
    problems.iter().flat_map(|problem| {
        let found = proposals(problem.help().unwrap_or_default());
        found.into_iter().map(move |proposal| (problem, proposal))
    })
}

#[derive(Default)]
struct Pasted {
    tried: usize,
    failed: Vec<String>,
    seen: BTreeSet<String>,
}

impl Pasted {
    fn check(
        &mut self,
        old: &str,
        problem: &Problem,
        proposal: &str,
        new: &str,
        before: &[Problem],
        after: &[Problem],
    ) {
        if !self.seen.insert(format!("{old}{problem}{proposal}")) {
            return;
        }
        self.tried += 1;
        let same = |one: &&Problem, other: &Problem| {
            one.code() == other.code() && one.message() == other.message()
        };
        let is_left = after.iter().any(|it| same(&problem, it));
        let is_twice = before.iter().filter(|it| same(&problem, it)).count() > 1;
        let added: Vec<_> =
            after.iter().filter(|it| !before.iter().any(|known| same(it, known))).collect();
        if is_left && !is_twice || !added.is_empty() || old == new {
            let added: Vec<_> = added.iter().map(ToString::to_string).collect();
            let left = if is_left { "it is still there" } else { "" };
            self.failed.push(format!(
                "{old}\n{problem}\n--- `{proposal}` pasted:\n{new}\n{left}\n{}",
                added.join("\n")
            ));
        }
    }

    fn assert_at_least(&self, place: &str, least: usize) {
        println!("{} proposals about {place} pasted, {} failed", self.tried, self.failed.len());
        assert!(self.failed.is_empty(), "{}", self.failed.join("\n=====\n"));
        assert!(self.tried >= least, "only {} proposals about {place}", self.tried);
    }
}
