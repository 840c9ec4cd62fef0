//! Laws: bytes that are given as a `cors.toml` are accepted or refused, and nothing else happens.
//! A report has places that are in the text, is no longer than it needs to be and controls no
//! terminal; a policy can be shown, and never allows every origin with credentials.
//!
//! Input: the bytes of the file.

use cors_core::{
    ByGroup, Config, EffectiveValue, Origin, Policy, Problem, Route, Setting, Severity,
};

const NAME: &str = "cors.toml";

/// The number of problems that a report shows at most; it counts the others.
const SHOWN: usize = 100;

/// Judges one file.
///
/// # Panics
///
/// When a law is violated.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let config = Config::from_bytes(data, NAME);
    let lenient = config.clone().lenient().resolve();
    match config.resolve() {
        Ok(resolver) => {
            let lenient = lenient.expect("what is accepted is accepted leniently");
            assert_eq!(lenient.global(), resolver.global(), "read leniently");
            assert_eq!(lenient.warnings(), resolver.warnings(), "read leniently");
            resolver.warnings().iter().for_each(|problem| check_problem(problem, &text));
            resolver
                .fallback()
                .iter()
                .flat_map(ByGroup::iter)
                .for_each(|policy| check_policy(policy));
            let mut problems = Vec::new();
            let (pattern, serves) = ("/api/{id}", &["GET", "PUT"][..]);
            let modules = &[];
            let route = Route { pattern, serves, handler_serves: serves, modules, rules: &[] };
            let policies = resolver.route(route, &mut problems);
            problems.iter().for_each(|problem| check_problem(problem, &text));
            policies
                .iter()
                .flat_map(|on| on.policies.iter())
                .for_each(|policy| check_policy(policy));
        }
        Err(error) => {
            let is_harmless = |problem: &Problem| {
                problem.severity() == Severity::Warning || problem.code().when_lenient().is_some()
            };
            if !error.problems().iter().all(is_harmless) {
                assert!(lenient.is_err(), "accepted leniently in spite of: {error}");
            }
            let shown = error.to_string();
            error.problems().iter().for_each(|problem| check_problem(problem, &text));
            let problems = error.problems().len();
            let most = 100 + problems.min(SHOWN) * longest_report(&text);
            assert!(shown.len() <= most, "{problems} problems in {} bytes", shown.len());
            assert!(!shown.chars().any(controls), "{shown:?}");
        }
    }
    if let Ok(text) = str::from_utf8(data) {
        let _ = Config::from_settings_toml(text, NAME).resolve();
    }
}

/// What one problem may take: some sentences, what was written in them, and the lines that it is
/// about.
fn longest_report(text: &str) -> usize {
    4_096 + 16 * text.len()
}

fn check_problem(problem: &Problem, text: &str) {
    assert!(!problem.message().is_empty());
    let report = problem.report();
    assert!(report.len() <= longest_report(text), "{} bytes: {report}", report.len());
    assert!(!report.chars().any(controls), "{report:?}");
    assert!(!problem.to_string().lines().skip(1).any(|line| !line.starts_with("  ")), "{problem}");
    let notes = problem.notes().filter_map(|(_, source)| source);
    for source in notes.chain([problem.source()]) {
        let place = source.to_string();
        let Some(place) = place.strip_prefix("cors.toml:") else {
            assert_eq!(place, "the baseline", "{problem}");
            continue;
        };
        let (line, column) = place.split_once(':').unwrap_or_default();
        let number = |text: &str| text.parse::<usize>().unwrap_or_default();
        let (line, column) = (number(line), number(column));
        let length = text.split('\n').nth(line.wrapping_sub(1)).map(|line| line.chars().count());
        // One beyond the end is where something is missing.
        let is_inside = length.is_some_and(|length| (1..=length + 1).contains(&column));
        assert!(is_inside, "{place} of {text:?}");
    }
}

/// Whether a character does something to a terminal, or to the order of a line.
fn controls(c: char) -> bool {
    let marks = ['\u{61c}', '\u{200e}', '\u{200f}'];
    let turns = ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
    turns || marks.contains(&c) || c.is_control() && c != '\n'
}

fn check_policy(policy: &Policy) {
    let value = |setting| policy.effective(setting).value().clone();
    for setting in Setting::ALL {
        let effective = policy.effective(setting);
        assert_eq!(effective.setting(), setting);
        let shown = effective.value().to_string();
        assert!(!shown.is_empty() && !shown.contains('\n'), "{setting}: {shown:?}");
    }
    if value(Setting::Credentials) == EffectiveValue::Flag(true) {
        let EffectiveValue::List(origins) = value(Setting::Origins) else {
            panic!("credentials for {:?}", value(Setting::Origins));
        };
        assert!(!origins.contains(&"null".to_owned()), "credentials for {origins:?}");
    }
    if let EffectiveValue::List(trusted) = value(Setting::Credentials) {
        assert!(!trusted.is_empty() && !trusted.contains(&"null".to_owned()), "{trusted:?}");
    }
    for (_, prepared) in policy.prepared() {
        assert!(prepared.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{prepared:?}");
    }
    if let EffectiveValue::List(origins) = value(Setting::Origins) {
        let exact = origins.iter().filter(|it| !it.contains('*') && !it.starts_with("regex("));
        for origin in exact.filter(|it| *it != "null") {
            assert!(Origin::parse(origin.as_bytes()).is_some(), "{origin} is never sent");
        }
    }
}
