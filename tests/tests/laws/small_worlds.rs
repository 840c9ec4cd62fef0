//! Small worlds, whole: every configuration and every request over two origins, two methods
//! and two headers, and every short list of header names. Nothing is sampled.
//!
//! The laws are those of the fuzz targets: what merging gives, setting by setting, is what
//! `docs/merging.md` says, and what a policy decides is what Fetch and `docs/` say. Settings do
//! not depend on each other, apart from origins and credentials, so merging is enumerated for
//! these two together and for each other one by itself; requests are enumerated for every
//! policy that any merging can give.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Every way to write a list over two elements, and to leave it out.
fn lists(setting: &str, [a, b]: [&str; 2]) -> Vec<Vec<String>> {
    let subsets = ["", a, b, &format!("{a} {b}")].map(str::to_owned);
    let set = subsets.iter().map(|subset| format!("{setting} = {subset}"));
    let edit = |op| subsets.iter().skip(1).map(move |subset| format!("{setting} {op} {subset}"));
    let any = std::iter::once(format!("{setting} = any"));
    let written = set.chain(any).chain(edit("+=")).chain(edit("-="));
    let left_out = std::iter::once(Vec::new());
    left_out.chain(written.map(|clause| vec![clause.trim_end().to_owned()])).collect()
}

/// Every clause of one list beside every clause of another.
fn beside(ones: &[Vec<String>], others: &[Vec<String>]) -> Vec<Vec<String>> {
    let pair = |one: &Vec<String>, other: &Vec<String>| [&one[..], other].concat();
    ones.iter().flat_map(|one| others.iter().map(move |other| pair(one, other))).collect()
}

fn alone(clauses: &[&str]) -> Vec<Vec<String>> {
    clauses.iter().map(|clause| vec![(*clause).to_owned()]).collect()
}

/// The text of one layer, as the laws read it.
fn layer(name: &str, clauses: &[String]) -> String {
    // A layer without clauses is there, too.
    let clauses = if clauses.is_empty() { &[String::new()] } else { clauses };
    clauses.iter().map(|clause| format!("{name} {clause}\n")).collect()
}

fn check(law: fn(&[u8]), input: &str) {
    let checked = catch_unwind(AssertUnwindSafe(|| law(input.as_bytes())));
    assert!(checked.is_ok(), "the law does not hold for\n{input}");
}

/// Merges each of the global layers with each of the layers below, in a group and at a route.
fn every_merging(global: &[Vec<String>], below: &[Vec<String>]) -> usize {
    let mut number = 0;
    for first in global {
        let first = layer("global", first);
        for second in below {
            let second = layer("group", second);
            for third in below {
                let third = layer("route", third);
                check(cors_fuzz::merge::check, &format!("{first}{second}{third}"));
                number += 1;
            }
        }
    }
    number
}

#[test]
fn every_merging_of_origins_and_credentials() {
    let origins = lists("origins", ["https://a.example", "https://b.example"]);
    let credentials = [vec![], vec!["credentials".into()], vec!["credentials = false".into()]];
    let global = beside(&origins, &credentials);
    let below = [&global[..], &alone(&["off", "replace"])].concat();
    let number = every_merging(&global, &below);
    assert_eq!(number, 36 * 38 * 38);
    println!("{number} configurations of origins and credentials");
}

#[test]
fn every_merging_of_each_other_setting() {
    let origins = ["origins = https://a.example".to_owned()];
    let of = |written: &[Vec<String>]| {
        let global = beside(&[origins.to_vec()], written);
        every_merging(&global, &[written, &alone(&["off", "replace"])].concat())
    };
    let lists = [
        lists("methods", ["PUT", "PATCH"]),
        [&lists("headers", ["x-a", "x-b"])[..], &alone(&["headers = any_with_authorization"])]
            .concat(),
        lists("expose", ["x-a", "x-b"]),
    ];
    let flags = ["private_network", "enforce", "danger_allow_null_origin"].map(|flag| {
        let clauses = [flag.to_owned(), format!("{flag} = false")];
        [vec![Vec::new()], alone(&clauses.each_ref().map(String::as_str))].concat()
    });
    let ages = [vec![Vec::new()], alone(&["max_age 0", "max_age 600", "max_age 2h"])].concat();
    let numbers = lists.iter().chain(&flags).chain([&ages]).map(|written| of(written));
    let numbers: Vec<usize> = numbers.collect();
    let expected = [12, 13, 12, 3, 3, 3, 4].map(|written: usize| written * (written + 2).pow(2));
    assert_eq!(numbers, expected);
    println!("{} configurations of one other setting", numbers.iter().sum::<usize>());
}

/// Every request over three origins, three methods and three header names, beside those that
/// no browser sends.
fn requests() -> Vec<String> {
    let origins = [
        "",
        "Origin: https://a.example\n",
        "Origin: https://b.example\n",
        "Origin: https://c.example\n",
        "Origin: null\n",
        "Origin: https://a.example\nOrigin: https://b.example\n",
    ];
    let methods = ["GET", "PUT", "PATCH", "DELETE"];
    let headers =
        ["", "x-a", "x-b", "x-c", "x-a,x-b", "x-a,x-c", "x-b,x-a", "authorization", "X-A", "*"];
    let mut requests = Vec::new();
    for origin in origins {
        requests.extend(methods.map(|method| format!("{method}\n{origin}")));
        requests.push(format!("OPTIONS\n{origin}"));
        for method in methods {
            let preflight = format!("OPTIONS\n{origin}Access-Control-Request-Method: {method}\n");
            requests.push(preflight.clone());
            let with = |list| format!("{preflight}Access-Control-Request-Headers: {list}\n");
            requests.extend(headers.map(with));
        }
    }
    requests
}

#[test]
fn every_request_to_every_policy() {
    let subsets = |setting: &str, [a, b]: [&str; 2]| {
        let values = ["", a, b, &format!("{a} {b}"), "any"].map(str::to_owned);
        values.map(|value| vec![format!("{setting} = {value}").trim_end().to_owned()])
    };
    let origins = subsets("origins", ["https://a.example", "https://b.example"]);
    let origins = [&origins[..], &alone(&["off"])].concat();
    let credentials = [vec![], vec!["credentials".into()]];
    let methods = subsets("methods", ["PUT", "PATCH"]);
    let headers = subsets("headers", ["x-a", "x-b"]);
    let headers = [&headers[..], &alone(&["headers = any_with_authorization"])].concat();
    let policies = beside(&beside(&origins, &credentials), &beside(&methods, &headers));
    let requests = requests();
    for policy in &policies {
        let policy = layer("global", policy);
        for request in &requests {
            check(cors_fuzz::request::check, &format!("{policy}request\n{request}"));
        }
    }
    let number = policies.len() * requests.len();
    assert_eq!(number, (6 * 2 * 5 * 6) * (6 * (4 + 1 + 4 * 11)));
    println!("{number} requests to {} policies", policies.len());
}

/// Every text over so many characters, up to a length.
fn every_text(alphabet: &[char], longest: usize, visit: &mut dyn FnMut(&str)) {
    fn extend(text: &mut String, alphabet: &[char], left: usize, visit: &mut dyn FnMut(&str)) {
        visit(text);
        if left > 0 {
            for character in alphabet {
                text.push(*character);
                extend(text, alphabet, left - 1, visit);
                text.pop();
            }
        }
    }
    extend(&mut String::new(), alphabet, longest, visit);
}

#[test]
fn every_short_list_of_header_names() {
    let mut number = 0;
    for allowed in ["a", "a aa", "a-a aa", "any", "any_with_authorization"] {
        // A newline separates two lines of the field.
        every_text(&['a', 'A', '-', ',', ' ', '"', '\n'], 5, &mut |list| {
            check(cors_fuzz::requested_headers::check, &format!("{allowed}\n{list}"));
            number += 1;
        });
    }
    assert_eq!(number, 5 * (1 + 7 + 49 + 343 + 2_401 + 16_807));
    println!("{number} lists of header names");
}
