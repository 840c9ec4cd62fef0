//! Why the browser blocks the page: the failure of the model, in words for those who run the
//! server.

use cors_browser::{CorsCheckFailure, Exchange, Failure};
use cors_core::nearest;

use super::finding::Finding;
use super::near;

/// What to write, whichever server it is.
const ALLOW_ORIGIN: &str = "Access-Control-Allow-Origin";

/// Explains a failure. `last` is the exchange at which the browser stopped.
pub(super) fn explain(failure: &Failure, last: &Exchange, origin: &str) -> Finding {
    if last.is_preflight && !last.response.is_ok() {
        return preflight_status(last, origin);
    }
    match failure {
        Failure::PreflightOrigin(check) => {
            check_failed(check, "the response to the preflight", last)
        }
        Failure::ActualOrigin(check) => check_failed(check, "the response", last),
        Failure::PreflightStatus(_) => preflight_status(last, origin),
        Failure::PreflightSyntax(name) => Finding::error(
            "malformed-list",
            format!("`{name}` is not a list: `{}`", last.response.header(name).unwrap_or_default()),
            "browsers read names that are separated by commas, and refuse the preflight if anything \
             else is between them",
            format!("write names with commas only: `{name}: a, b`"),
        ),
        Failure::MethodNotAllowed(method) => method_not_allowed(method, last),
        Failure::HeaderNotAllowed(name) => header_not_allowed(name, last),
        failure => Finding::error(
            "redirect",
            failure.to_string(),
            format!("the browser follows redirects by itself, and stops here: {}", failure.step()),
            "request the final URL in the page, or correct `Location`",
        ),
    }
}

/// A preflight whose status is not a success.
fn preflight_status(last: &Exchange, origin: &str) -> Finding {
    let status = last.response.status;
    let redirect = matches!(status, 300..=399);
    let code = if redirect { "preflight-redirect" } else { "preflight-status" };
    let location = last.response.header("location").unwrap_or_default();
    let message = match redirect {
        true => format!("the preflight is redirected: {status} to `{location}`"),
        false => format!("the preflight is answered with {status}"),
    };
    let why = match redirect {
        true => "browsers do not follow redirects of preflights".to_owned(),
        false => "browsers require a status from 200 to 299".to_owned(),
    };
    let help = match status {
        300..=399 if last.request.url.scheme() == "http" && location.starts_with("https:") => {
            "request `https://` in the page".to_owned()
        }
        300..=399 => {
            "request the final URL in the page: often one with or without a final slash; or \
                      answer `OPTIONS` before redirecting"
                .to_owned()
        }
        401 | 407 => {
            "preflights carry no credentials: answer `OPTIONS` before the authentication, by \
                      making the CORS middleware the outermost one"
                .to_owned()
        }
        403 => format!(
            "if CORS refuses it, allow the origin `{origin}` there; else a firewall, a CSRF check or an \
             authentication refuses `OPTIONS`: answer it before"
        ),
        404 => {
            "no handler answers `OPTIONS` at this path: register the CORS middleware for all paths \
                and methods, and check the path"
                .to_owned()
        }
        405 | 501 => {
            "the server does not answer `OPTIONS` here: register the CORS middleware in front of \
                      routing, so that it answers preflights"
                .to_owned()
        }
        429 => "preflights are counted by a rate limit: answer `OPTIONS` before it".to_owned(),
        500..=599 => format!(
            "the server or a proxy failed with {status} on `OPTIONS`: its log has the reason; answer \
             preflights before what fails"
        ),
        _ => "answer `OPTIONS` with 204 and the CORS headers".to_owned(),
    };
    Finding::error(code, message, why, help)
}

fn check_failed(failure: &CorsCheckFailure, what: &str, last: &Exchange) -> Finding {
    let sent = last.request.header("origin").unwrap_or_default();
    let write = format!("write `{ALLOW_ORIGIN}: {sent}`, with `Vary: Origin`");
    match failure {
        CorsCheckFailure::NoAllowOrigin => {
            let status = last.response.status;
            let (message, help) = match status {
                200..=299 if last.is_preflight => (
                    format!("{what} has no `{ALLOW_ORIGIN}`"),
                    format!(
                        "allow this origin on the server: {write}; with this status and no CORS header \
                         at all, a router may have answered `OPTIONS` instead of the CORS middleware"
                    ),
                ),
                200..=299 => (
                    format!("{what} has no `{ALLOW_ORIGIN}`"),
                    format!("allow this origin on the server: {write}"),
                ),
                _ => (
                    format!("{what} is {status} and has no `{ALLOW_ORIGIN}`"),
                    format!(
                        "errors and redirects need the CORS headers, too: {write}, in front of what \
                         answers {status}; if only this origin is refused, allow it"
                    ),
                ),
            };
            let why = format!(
                "a page of another origin may read a response only if it names the origin `{sent}`, or \
                 `*`"
            );
            Finding::error("no-allow-origin", message, why, help)
        }
        CorsCheckFailure::WildcardWithCredentials => Finding::error(
            "wildcard-with-credentials",
            format!("{what} has `{ALLOW_ORIGIN}: *`, and the page sends credentials"),
            "with credentials, browsers do not take `*` for every origin: it would share the data of \
             every visitor with every website",
            format!(
                "list the origins that may send credentials, and {write} and \
                 `Access-Control-Allow-Credentials: true`; or let the page send none"
            ),
        ),
        CorsCheckFailure::OtherOrigin(value) => other_origin(value, what, last, &sent, &write),
        CorsCheckFailure::CredentialsNotAllowed(value) => {
            let message = match value {
                None => format!("{what} has no `Access-Control-Allow-Credentials: true`"),
                Some(value) => {
                    format!("`Access-Control-Allow-Credentials` of {what} is `{value}`, not `true`")
                }
            };
            Finding::error(
                "credentials-not-allowed",
                message,
                "the page sends credentials (`credentials: \"include\"`), and the value is compared byte \
                 for byte: `True`, `1` or two lines are not `true`",
                "write `Access-Control-Allow-Credentials: true` for the origins that may send cookies; \
                 or let the page send none: `credentials: \"omit\"`",
            )
        }
        failure => {
            Finding::error("cors-check", format!("{what} is not shared: {failure}"), "", &write)
        }
    }
}

fn other_origin(value: &str, what: &str, last: &Exchange, sent: &str, write: &str) -> Finding {
    let headers = &last.response.headers;
    let lines = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(ALLOW_ORIGIN)).count();
    if lines > 1 {
        return Finding::error(
            "several-allow-origins",
            format!("{what} has {lines} lines of `{ALLOW_ORIGIN}`: `{value}`"),
            "browsers join the lines to one value, which is no origin then; usually the application and \
             a proxy in front of it both add the header",
            "set the header in one place only: remove it from the proxy, or from the application",
        );
    }
    if value.contains([',', ' ']) {
        return Finding::error(
            "several-allow-origins",
            format!("`{ALLOW_ORIGIN}` of {what} has several values: `{value}`"),
            "the header has one origin or `*`; browsers compare the whole value",
            format!("compare `Origin` of the request with the list on the server, and {write}"),
        );
    }
    let message = format!("`{ALLOW_ORIGIN}` of {what} is `{value}`, not `{sent}`");
    if sent == "null" && last.request.url.origin() != value {
        return Finding::error(
            "other-origin",
            message,
            "the origin of the request is `null`: sandboxed pages, files and requests after a redirect \
             to another origin have it",
            "request the final URL in the page, so that no redirect leads to another origin",
        );
    }
    let (why, help) = match near::difference(value, sent) {
        Some(difference) => (
            format!("browsers compare the two byte for byte, and here {difference}"),
            format!("write the origin as browsers send it: `{sent}`"),
        ),
        None if value.contains('*') => (
            "browsers know no pattern in this header: only `*` by itself, or one origin".to_owned(),
            format!("match the pattern on the server, and {write}"),
        ),
        None => (
            "the header has to be the origin of the page; a server that allows several origins answers \
             each with itself"
                .to_owned(),
            format!("allow this origin on the server: {write}"),
        ),
    };
    Finding::error("other-origin", message, why, help)
}

fn method_not_allowed(method: &str, last: &Exchange) -> Finding {
    const NAME: &str = "Access-Control-Allow-Methods";
    let list = last.response.header(NAME);
    let shown = list.as_deref().unwrap_or_default();
    let names = || shown.split(',').map(str::trim);
    let message = match &list {
        None => {
            format!("the response to the preflight has no `{NAME}`, so `{method}` is not allowed")
        }
        Some(list) => format!("`{NAME}` is `{list}`, which does not name `{method}`"),
    };
    let same = names().find(|it| it.eq_ignore_ascii_case(method));
    let (why, help) = match same {
        Some(same) if same.chars().any(|c| c.is_ascii_lowercase()) => (
            "methods are case-sensitive".to_owned(),
            format!("write `{}` on the server, in upper case", method.to_ascii_uppercase()),
        ),
        Some(same) => (
            format!("methods are case-sensitive, and browsers do not change `{method}` to `{same}`"),
            format!("write `{same}` in the page"),
        ),
        None if names().any(|it| it == "*") => (
            "the page sends credentials, and `*` is then a method of this name".to_owned(),
            format!("name the method: `{NAME}: {method}`"),
        ),
        None => (
            "without a preflight, browsers send `GET`, `HEAD` and `POST` only; every other method has to \
             be named"
                .to_owned(),
            format!("allow the method on the server: `{NAME}: {method}`"),
        ),
    };
    Finding::error("method-not-allowed", message, why, help)
}

fn header_not_allowed(name: &str, last: &Exchange) -> Finding {
    const NAME: &str = "Access-Control-Allow-Headers";
    let list = last.response.header(NAME);
    let shown = list.as_deref().unwrap_or_default();
    let names = || shown.split(',').map(str::trim);
    let message = match &list {
        None => {
            format!("the response to the preflight has no `{NAME}`, so `{name}` is not allowed")
        }
        Some(list) => format!("`{NAME}` is `{list}`, which does not allow `{name}`"),
    };
    let has_wildcard = names().any(|it| it == "*");
    let why = match (has_wildcard, name) {
        (true, "authorization") => {
            "`*` does not cover `authorization`, which has to be named".to_owned()
        }
        (true, _) => "the page sends credentials, and `*` is then a header of this name".to_owned(),
        (false, _) => {
            "every header that a script sets, besides the CORS-safelisted ones, has to be named"
                .to_owned()
        }
    };
    let mut help = format!("allow the header on the server: `{NAME}: {name}`");
    let lower: Vec<_> = names().map(str::to_ascii_lowercase).collect();
    if let Some(similar) = nearest(name, lower.iter().map(String::as_str)) {
        help.push_str(&format!("; `{similar}` is allowed, and spelled similarly"));
    }
    Finding::error("header-not-allowed", message, why, help)
}
