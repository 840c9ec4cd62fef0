//! The same requests by the browser model, to the same application: what it predicts has to be
//! what Chromium did, down to the headers that CORS is decided by.

use cors_browser::{
    Browser, Credentials, Exchange, FetchRequest, Mode, Tainting, Url, WireRequest, WireResponse,
};
use cors_tests::client::{Protocol, send};

use super::Seen;
use super::case::{Case, Step};
use super::record::Event;
use super::site::{Origins, Site};

/// The deciding check, and the result of the model.
const COMPARED: [&str; 7] = [
    "access-control-request-headers",
    "access-control-request-method",
    "cookie",
    "origin",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
];

/// Whether the model knows how to do everything that the case does.
pub(super) fn covers(case: &Case) -> bool {
    let is_fetch = |step: &Step| step.by == "fetch" || step.by.starts_with("XMLHttpRequest");
    case.not_modelled.is_none() && case.steps.iter().all(is_fetch)
}

/// Where Chromium and the model disagree; empty when they agree.
pub(super) fn check(
    index: usize,
    case: &Case,
    seen: &[Seen],
    events: &[Vec<Event>],
    site: &Site,
) -> String {
    let mut browser = Browser::new();
    let mut problems = String::new();
    for (number, step) in case.steps.iter().enumerate() {
        // The wait is at least as long as in the case.
        browser.advance(step.wait.ceil() as u64);
        let predicted = predict(&mut browser, index, step, site);
        let events = events.get(number).map_or(&[][..], Vec::as_slice);
        for difference in differences(&predicted, &seen[number], events) {
            problems += &format!("  step {}, the model: {difference}\n", number + 1);
        }
    }
    // What the model itself made the servers see.
    site.record.take(index);
    problems
}

struct Predicted {
    sees: String,
    headers: Option<Vec<String>>,
    exchanges: Vec<Exchange>,
}

fn predict(browser: &mut Browser, index: usize, step: &Step, site: &Site) -> Predicted {
    let origin = step.origin(&site.origins);
    let request = request(index, step, &site.origins);
    let address = site.api.address();
    let mut network = |request: &WireRequest| {
        let headers: Vec<_> =
            request.headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
        let reply = send(address, Protocol::Http1, &request.method, &request.target, &headers);
        WireResponse { status: reply.status, headers: reply.headers }
    };
    let outcome = browser.fetch(&mut network, origin, &request);
    let (sees, headers) = match outcome.result {
        Err(_) => ("blocked".to_owned(), None),
        Ok(response) => {
            let names = response.headers.into_iter().map(|(name, _)| name).collect();
            match response.tainting {
                Tainting::Opaque => ("opaque".to_owned(), None),
                Tainting::Basic | Tainting::Cors => (response.status.to_string(), Some(names)),
            }
        }
    };
    Predicted {
        sees,
        headers,
        exchanges: outcome.preflight.into_iter().chain(outcome.actual).collect(),
    }
}

fn request(index: usize, step: &Step, origins: &Origins) -> FetchRequest {
    let url = Url::parse(&step.url(index, origins)).unwrap_or_else(|| panic!("{step:?}"));
    let option = |name| step.init.get(name).and_then(|value| value.as_str());
    let body = step.body();
    let mut headers = step.headers();
    let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if body.is_some() && !has_type {
        headers.push(("content-type".to_owned(), "text/plain;charset=UTF-8".to_owned()));
    }
    FetchRequest {
        method: step.method().to_owned(),
        headers,
        credentials: match option("credentials") {
            None | Some("same-origin") => Credentials::SameOrigin,
            Some("include") => Credentials::Include,
            Some("omit") => Credentials::Omit,
            Some(other) => panic!("credentials: {other}"),
        },
        mode: match option("mode") {
            None | Some("cors") => Mode::Cors,
            Some("no-cors") => Mode::NoCors,
            Some("same-origin") => Mode::SameOrigin,
            Some(other) => panic!("mode: {other}"),
        },
        body: body.is_some(),
        force_preflight: step.by.ends_with("upload listener") && step.body().is_some(),
        // The cookie is one of `127.0.0.1`, all ports of which are one site; it is not sent
        // for other sites, nor for an opaque origin.
        cookies: step.origin(origins).starts_with("http://127.0.0.1:"),
        url,
    }
}

fn differences(predicted: &Predicted, seen: &Seen, events: &[Event]) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, model: &str, chromium: &str| {
        if model != chromium {
            differences.push(format!("{what}: `{model}`, but Chromium `{chromium}`"));
        }
    };
    compare("the page sees", &predicted.sees, &seen.sees);
    if let (Some(model), Some(chromium)) = (&predicted.headers, &seen.headers) {
        compare("readable headers", &model.join(" "), &chromium.join(" "));
    }
    let methods = |list: &mut dyn Iterator<Item = &str>| list.collect::<Vec<_>>().join(", ");
    let model = methods(&mut predicted.exchanges.iter().map(|it| &*it.request.method));
    compare("sent", &model, &methods(&mut events.iter().map(|it| &*it.method)));
    for (exchange, event) in predicted.exchanges.iter().zip(events) {
        for name in COMPARED {
            let model = exchange.request.header(name).unwrap_or_default();
            compare(name, &model, event.header(name).unwrap_or_default());
        }
    }
    differences
}
