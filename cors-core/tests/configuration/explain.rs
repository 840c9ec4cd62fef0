//! Explanations: near misses, what to write, and how they read.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use cors_core::{
    Config, Denial, ListValue, Op, Policy, Request, RequestField, Rules, Setting, Source,
};

/// The lines of a request; a preflight if it has `access-control-request-method`.
struct Lines(Vec<(&'static str, &'static [u8])>);

impl Request for Lines {
    fn method(&self) -> &[u8] {
        let requests = |(name, _): &(&str, _)| *name == RequestField::RequestMethod.name();
        if self.0.iter().any(requests) { b"OPTIONS" } else { b"GET" }
    }

    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        let named = move |(name, _): &&(&str, &[u8])| *name == field.name();
        self.0.iter().filter(named).map(|(_, value)| *value)
    }
}

fn get(origin: &'static str) -> Lines {
    Lines(vec![("origin", origin.as_bytes())])
}

fn preflight(method: &'static str, headers: Option<&'static str>) -> Lines {
    let mut lines = get("https://app.example").0;
    lines.push(("access-control-request-method", method.as_bytes()));
    lines.extend(headers.map(|list| ("access-control-request-headers", list.as_bytes())));
    Lines(lines)
}

fn at(line: u32) -> Source {
    Source::file("cors.toml", line, 1)
}

fn with_origins<const N: usize>(origins: [&'static str; N]) -> Arc<Policy> {
    let rules = Rules::new(at(1)).list(Setting::Origins, Op::Set, origins, at(2));
    Arc::clone(Config::new(rules).resolve().unwrap().global())
}

/// One origin, `PATCH`, and two headers.
fn policy() -> Arc<Policy> {
    let rules = Rules::new(at(1))
        .list(Setting::Origins, Op::Set, ["https://app.example"], at(2))
        .list(Setting::Methods, Op::Set, ["GET", "HEAD", "POST", "PATCH"], at(3))
        .list(Setting::Headers, Op::Set, ["content-type", "x-csrf-token"], at(4));
    Arc::clone(Config::new(rules).resolve().unwrap().global())
}

fn near_miss(policy: &Policy, request: &Lines) -> Option<String> {
    policy.explain(request).refusal()?.near_miss().map(str::to_owned)
}

#[test]
fn origins_that_differ_in_one_part_are_near_misses() {
    for (allowed, requested, expected) in [
        ("https://app.example", "http://app.example", "only the scheme differs"),
        ("http://app.example:8080", "https://app.example:8080", "only the scheme differs"),
        ("https://app.example", "https://www.app.example", "only `www.` differs"),
        ("https://www.app.example", "https://app.example", "only `www.` differs"),
        ("https://app.example", "https://app.example:8443", "only the port differs"),
        ("https://app.example:8443", "https://app.example", "only the port differs"),
        ("https://app.example:8443", "https://app.example:9443", "only the port differs"),
        ("https://*.app.example", "https://app.example", "covers all subdomains, but not this"),
        ("http://*.localhost:*", "http://localhost:3000", "covers all subdomains, but not this"),
        ("https://app.example", "https://App.example", "browsers send origins like this"),
        ("https://app.example", "https://app.example/", "browsers send origins like this"),
        ("https://app.example", "https://app.exmaple", "spelled similarly"),
    ] {
        let near_miss = near_miss(&with_origins([allowed]), &get(requested)).unwrap_or_default();
        assert!(near_miss.contains(expected), "{requested}: {near_miss:?}");
        assert!(near_miss.starts_with(&format!("`{allowed}` is allowed")), "{near_miss}");
    }
    for requested in ["https://evil.test", "null", "", "https://app.example.evil.test", "\u{202e}"]
    {
        let near_miss = near_miss(&with_origins(["https://app.example"]), &get(requested));
        assert_eq!(near_miss, None, "{requested}");
    }
}

#[test]
fn methods_and_headers_have_near_misses() {
    for (method, headers, expected) in [
        ("patch", None, Some("`PATCH` is allowed: methods are case-sensitive")),
        ("DELETE", None, None),
        ("GET", Some("x-crsf-token"), Some("`x-csrf-token` is allowed, and spelled similarly")),
        ("GET", Some("content_type"), Some("`content-type` is allowed, and spelled similarly")),
        ("GET", Some("content-type,x-other"), None),
    ] {
        let near_miss = near_miss(&policy(), &preflight(method, headers));
        assert_eq!(near_miss.as_deref(), expected, "{method} {headers:?}");
    }
}

#[test]
fn the_help_fits_the_reason() {
    let any = Rules::new(at(1)).origins_any(at(2)).list(
        Setting::Headers,
        Op::Set,
        ListValue::Any(at(3)),
        at(3),
    );
    let any = Arc::clone(Config::new(any).resolve().unwrap().global());
    let off = Config::new(Rules::new(at(1)).off(at(2))).resolve().unwrap();
    let twice = Lines(vec![("origin", b"https://a.example"), ("origin", b"https://b.example")]);
    for (policy, request, denial, expected) in [
        (&*policy(), get("https://other.example"), Denial::Origin, "is an origin of yours, add it"),
        (&policy(), get("http://localhost:3000"), Denial::Origin, "CORS_PROFILE=development"),
        (&policy(), get("null"), Denial::NullOrigin, "sandbox"),
        (&policy(), get("https://x.example/"), Denial::Origin, "no browser sends this value"),
        (&policy(), twice, Denial::DuplicatedOrigin, "a proxy that adds one"),
        (off.global(), get("https://app.example"), Denial::Off, "in place of `off`"),
        (&policy(), preflight("patch", None), Denial::Method, "in upper case in the page: `PATCH`"),
        (&policy(), preflight("PUT", None), Denial::Method, "add `PUT` to `methods`"),
        (&policy(), preflight("GET", Some("x-a")), Denial::Header, "add `x-a` to `headers`"),
        (&policy(), preflight("GET", Some("x a")), Denial::HeaderList, "no browser sends such"),
        (&any, preflight("GET", Some("authorization")), Denial::Header, "any_with_authorization"),
    ] {
        let explanation = policy.explain(&request);
        let refusal = explanation.refusal().unwrap();
        assert_eq!(refusal.denial(), Some(denial));
        let help = refusal.help().unwrap_or_default();
        assert!(help.contains(expected), "{denial:?}: {help}");
    }
}

#[test]
fn an_explanation_reads_from_top_to_bottom() {
    let request = preflight("DELETE", Some("x-csrf-token,x-other"));
    let expected = "\
preflight: the requested method is not allowed [method-not-allowed]
  allowed  `https://app.example`; `origins` is https://app.example, set at cors.toml:2:1
  REFUSED  `DELETE`; `methods` is GET, HEAD, POST, PATCH, set at cors.toml:3:1
           help: to allow it, add `DELETE` to `methods`; an annotated handler allows what it serves
  REFUSED  `x-other`; `headers` is content-type, x-csrf-token, set at cors.toml:4:1
           help: to allow it, add `x-other` to `headers`";
    assert_eq!(policy().explain(&request).to_string(), expected);
    let without = policy().explain(&Lines(Vec::new()));
    assert!(without.to_string().starts_with("this request is outside of the CORS protocol"));
    assert!(without.steps().is_empty() && without.refusal().is_none());
    assert_eq!(policy().explain(&get("https://app.example")).to_string().lines().count(), 2);
}

#[test]
fn cookies_are_explained_where_they_were_sent() {
    let with_cookies = |mut request: Lines| {
        request.0.extend([
            ("cookie", &b"a=1"[..]),
            ("sec-fetch-mode", b"cors"),
            ("sec-fetch-site", b"cross-site"),
        ]);
        request
    };
    let policy = policy();
    // A browser sends none with a preflight.
    let preflight = policy.explain(&with_cookies(preflight("GET", None)));
    assert!(preflight.refusal().is_none(), "{preflight}");

    let explanation = policy.explain(&with_cookies(get("https://app.example")));
    assert_eq!(explanation.decision().denial(), None, "the origin is allowed");
    let refusal = explanation.refusal().unwrap();
    assert_eq!(refusal.denial(), Some(Denial::Credentials));
    assert_eq!((refusal.setting(), refusal.requested()), (Setting::Credentials, "cookies"));
}

#[test]
fn long_lists_and_values_are_shortened() {
    let origins: Vec<String> = (0..1_000).map(|n| format!("https://a{n}.example")).collect();
    let rules = Rules::new(at(1)).list(Setting::Origins, Op::Set, origins, at(2));
    let resolver = Config::new(rules).resolve().unwrap();
    let long: &'static str = Box::leak(format!("https://{}\n\u{1b}", "x".repeat(9_000)).into());
    let explanation = resolver.global().explain(&get(long));
    let text = explanation.to_string();
    assert!(text.len() < 1_500, "{}", text.len());
    assert!(text.contains(" and 992 more"), "{text}");
    assert_eq!(explanation.refusal().map(|step| step.requested().chars().count()), Some(201));
}

#[cfg(feature = "serde")]
#[test]
fn an_explanation_serialises() {
    let explanation = policy().explain(&preflight("PATCH", Some("x-other")));
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json["kind"], "preflight");
    assert_eq!(json["outcome"], "header-not-allowed");
    let expected = serde_json::json!({
        "setting": "headers",
        "requested": "x-other",
        "allowed": "content-type, x-csrf-token",
        "places": ["cors.toml:4:1"],
        "denial": "header-not-allowed",
        "near_miss": null,
        "help": "to allow it, add `x-other` to `headers`",
    });
    assert_eq!(json["steps"][2], expected);
    assert!(explanation.steps().iter().filter_map(cors_core::Step::denial).eq([Denial::Header]));
}
