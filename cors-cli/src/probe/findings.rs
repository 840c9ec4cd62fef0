//! What the server allows besides the page: other origins, `null`, and caches.

use cors_browser::{ResponseKind, WireResponse};
use cors_core::{Origin, similar_origins};

use super::finding::{Finding, Severity};
use super::near;
use super::requests::{Prober, RequestOutcome};

/// An origin that no server has a reason to allow: `.invalid` is never registered (RFC 2606).
const OTHER: &str = "https://cors-probe.invalid";

const ALLOW_ORIGIN: &str = "access-control-allow-origin";

/// How a response was shared.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ResponseSharing {
    allowed: Option<String>,
    with_credentials: bool,
}

impl ResponseSharing {
    fn of(response: &WireResponse) -> Self {
        let credentials = response.header("access-control-allow-credentials");
        Self {
            allowed: response.header(ALLOW_ORIGIN),
            with_credentials: credentials.as_deref() == Some("true"),
        }
    }

    fn is(&self, origin: &str) -> bool {
        self.allowed.as_deref() == Some(origin)
    }
}

/// Looks at what other origins are answered, and adds what it finds.
pub(super) async fn others(
    prober: &Prober<'_>,
    page: &RequestOutcome,
    findings: &mut Vec<Finding>,
) {
    let Some(first) = first_response(page) else { return };
    if page.outcome.result.as_ref().is_ok_and(|it| it.kind == ResponseKind::Basic) {
        return;
    }
    let origin = prober.request.page.origin().to_owned();
    wildcard(&ResponseSharing::of(first), findings);
    let Some(other) = prober.first_response(OTHER).await else { return };
    let reflects = reflection(&ResponseSharing::of(&other), findings);
    if !reflects {
        null(prober, &origin, findings).await;
    }
    let is_allowed = ResponseSharing::of(first).is(&origin);
    if is_allowed && !reflects {
        imitations(prober, &origin, findings).await;
    }
    if !is_allowed && !ResponseSharing::of(first).is("*") {
        variants(prober, &origin, findings).await;
    }
    vary(prober, page, findings).await;
}

fn first_response(seen: &RequestOutcome) -> Option<&WireResponse> {
    let is_received = seen.protocols.first().is_some_and(Option::is_some);
    seen.outcome.exchanges.first().filter(|_| is_received).map(|it| &it.response)
}

/// `*` with credentials, which no browser takes together.
fn wildcard(shared: &ResponseSharing, findings: &mut Vec<Finding>) {
    if shared.is("*") && shared.with_credentials {
        findings.push(Finding::new(
            Severity::Warning,
            "credentials-beside-wildcard",
            "`Access-Control-Allow-Credentials: true` is beside `Access-Control-Allow-Origin: *`",
            "browsers take `*` for requests without credentials only, so the line has no effect",
            "remove it; or list the origins that may send credentials, and answer each with itself",
        ));
    }
}

/// Whether every origin is answered with itself.
fn reflection(other: &ResponseSharing, findings: &mut Vec<Finding>) -> bool {
    let reflects = other.is(OTHER);
    let list = "compare `Origin` with a list on the server, by whole values, and answer only these with \
                themselves";
    if reflects && other.with_credentials {
        findings.push(Finding::error(
            "reflects-any-origin",
            format!("any origin is allowed with credentials: `{OTHER}` was answered with itself"),
            "every website that a visitor opens can read what this server answers with the visitor's \
             cookies",
            list,
        ));
    } else if reflects {
        findings.push(Finding::new(
            Severity::Warning,
            "reflects-any-origin",
            format!("any origin is allowed: `{OTHER}` was answered with itself"),
            "if that is meant, `*` says so, and needs no `Vary`; if credentials are allowed later, every \
             website gets them",
            format!("write `Access-Control-Allow-Origin: *`; or {list}"),
        ));
    }
    reflects
}

/// Whether `null` is allowed.
async fn null(prober: &Prober<'_>, origin: &str, findings: &mut Vec<Finding>) {
    if origin == "null" {
        return;
    }
    let Some(response) = prober.first_response("null").await else { return };
    let shared = ResponseSharing::of(&response);
    if !shared.is("null") {
        return;
    }
    let severity = if shared.with_credentials { Severity::Error } else { Severity::Warning };
    let with = if shared.with_credentials { " with credentials" } else { "" };
    findings.push(Finding::new(
        severity,
        "null-origin-allowed",
        format!("the origin `null` is allowed{with}"),
        "every website can open a sandboxed frame, whose origin is `null`",
        "remove `null` from the list of origins",
    ));
}

/// Whether the list is compared by parts of the origin.
async fn imitations(prober: &Prober<'_>, origin: &str, findings: &mut Vec<Finding>) {
    for (imitation, how) in near::imitations(origin) {
        let Some(response) = prober.first_response(&imitation).await else { return };
        let shared = ResponseSharing::of(&response);
        if shared.is(&imitation) {
            let severity =
                if shared.with_credentials { Severity::Error } else { Severity::Warning };
            findings.push(Finding::new(
                severity,
                "origin-compared-by-part",
                format!("`{imitation}` is allowed, too: {how}"),
                "anyone can register such a name, and its pages may then read the responses",
                "compare whole origins; in a regular expression, anchor it and escape the dots",
            ));
            return;
        }
    }
}

/// Finds similar origins that are allowed, where that of the page is not.
async fn variants(prober: &Prober<'_>, origin: &str, findings: &mut Vec<Finding>) {
    let Some(parsed) = Origin::parse(origin.as_bytes()) else { return };
    for (variant, what) in similar_origins(parsed) {
        let Some(response) = prober.first_response(&variant).await else { return };
        if ResponseSharing::of(&response).is(&variant) {
            findings.push(Finding::new(
                Severity::Note,
                "near-miss",
                format!("the server allows `{variant}`: only {what} differs"),
                format!("the origin of the page is `{origin}`, and the two are different origins"),
                format!("allow `{origin}` as well, or open the page at `{variant}`"),
            ));
            return;
        }
    }
}

/// Whether caches may give the response for one origin to another one.
async fn vary(prober: &Prober<'_>, page: &RequestOutcome, findings: &mut Vec<Finding>) {
    let is_get = matches!(prober.request.sent_method(), "GET" | "HEAD");
    let Some(actual) = page.outcome.actual().filter(|_| is_get && !page.is_withheld) else {
        return;
    };
    // A redirect is another URL.
    if actual.response.status == 0 || actual.request.url != prober.request.fetch.url {
        return;
    }
    let Some(other) = prober.plain_response(OTHER).await else { return };
    let Some(without) = prober.response_without_origin().await else { return };
    let allowed = |response: &WireResponse| response.header(ALLOW_ORIGIN);
    let depends = allowed(&actual.response) != allowed(&other)
        || allowed(&actual.response) != allowed(&without);
    if !depends {
        return;
    }
    let missing = [
        ("to the page", &actual.response),
        ("to another origin", &other),
        ("to a request without `Origin`", &without),
    ];
    let missing: Vec<_> = missing
        .into_iter()
        .filter(|(_, response)| !varies(response))
        .map(|(what, _)| what)
        .collect();
    if !missing.is_empty() {
        findings.push(Finding::new(
            Severity::Warning,
            "vary-missing",
            format!("`Vary: Origin` is missing in the response {}", missing.join(" and ")),
            "the response depends on the origin, so a cache may give that for one origin to a page of \
             another one, which the browser then blocks",
            "write `Vary: Origin` in every response of this URL, also in those without CORS headers",
        ));
    }
}

fn varies(response: &WireResponse) -> bool {
    let vary = response.header("vary").unwrap_or_default();
    vary.split(',').map(str::trim).any(|name| name == "*" || name.eq_ignore_ascii_case("origin"))
}
