//! Each request once more by the model of browsers, as the engine, to the same application: what it
//! predicts has to be what the engine did, down to the headers that CORS is decided by.

use cors_browser::{
    Body, Browser, CacheMode, Credentials, Destination, Enctype, Engine, Exchange, Failure,
    FetchRequest, Mode, Navigation, Outcome, Redirect, ReferrerPolicy, ResponseKind, Url,
    WireRequest, WireResponse,
};
use cors_tests::client::Wire;

use super::Seen;
use super::case::{Case, Step};
use super::record::Event;
use super::site::{Scheme, Site};

const COMPARED: [&str; 10] = [
    "access-control-request-headers",
    "access-control-request-method",
    "content-type",
    "cookie",
    "if-none-match",
    "origin",
    "referer",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
];

/// The model speaks HTTP/1.1, and Firefox tells a page of HTTP/2.
pub(super) const OF_THE_CONNECTION: [&str; 2] = ["connection", "x-firefox-spdy"];

/// Whether the model knows how to do everything that the case does.
pub(super) fn covers(case: &Case) -> bool {
    case.not_modelled.is_none() && case.steps.iter().all(|step| step.by != "WebSocket")
}

/// Where an engine and its model disagree; empty when they agree.
pub(super) fn check(
    (engine, scheme): (Engine, Scheme),
    index: usize,
    case: &Case,
    seen: &[Seen],
    events: &[Vec<Event>],
    site: &Site,
) -> String {
    let mut browser = Browser::with_engine(engine);
    // WebKit's sessions under WebDriver are ephemeral, and Chromium stores no response that came
    // under a certificate that it does not trust.
    if engine == Engine::WebKit || (engine == Engine::Chromium && scheme == Scheme::Https) {
        browser = browser.without_http_cache();
    }
    let page = Url::parse(&site.origins.page).unwrap_or_else(|| panic!("the page"));
    browser.set_cookie(&page, "session=1");
    let mut problems = String::new();
    for (number, step) in case.steps.iter().enumerate() {
        // The wait is at least as long as in the case.
        browser.advance(step.wait.ceil() as u64);
        let outcome = perform(&mut browser, index, step, site);
        let events = events.get(number).map_or(&[][..], Vec::as_slice);
        for difference in differences(engine, step, &outcome, &seen[number], events) {
            problems += &format!("  step {}, the model: {difference}\n", number + 1);
        }
    }
    // What the model itself made the servers see.
    site.record.take(index);
    problems
}

fn perform(browser: &mut Browser, index: usize, step: &Step, site: &Site) -> Outcome {
    let page = step.page(&site.origins);
    let url = step.url(index, &site.origins);
    let mut network = |request: &WireRequest| send(request, site);
    match &*step.by {
        "frame" => browser.navigate(&mut network, page, &Navigation::get(&url).in_frame()),
        "form" => browser.navigate(&mut network, page, &form(&url, step).in_frame()),
        "tab" => browser.navigate(&mut network, page, &Navigation::get(&url)),
        "form in a tab" => browser.navigate(&mut network, page, &form(&url, step)),
        _ => browser.fetch(&mut network, page, &request(&url, step)),
    }
}

/// Every host is this machine, and the port is that of the server, or of TLS in front of it.
fn send(request: &WireRequest, site: &Site) -> WireResponse {
    let port = site.plain_port(request.url.port().unwrap_or(80));
    let mut bytes = format!("{} {} HTTP/1.1\r\n", request.method, request.target()).into_bytes();
    for (name, value) in &request.headers {
        bytes.extend(name.bytes());
        bytes.extend(b": ");
        // "Isomorphic encode".
        bytes.extend(value.chars().map(|c| u8::try_from(c).unwrap_or(b'?')));
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"\r\n");
    bytes.extend(&request.body);
    let exchange = || {
        let mut wire = Wire::open(([127, 0, 0, 1], port).into())?;
        wire.write(&bytes)?;
        wire.read(&request.method)
    };
    match exchange() {
        Ok(reply) => WireResponse {
            status: reply.status,
            headers: reply.headers,
            body: reply.body.into_bytes(),
        },
        Err(_) => WireResponse::none(),
    }
}

fn form(url: &str, step: &Step) -> Navigation {
    let body = step.body().unwrap_or_default();
    let fields = parse_fields(&body);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let enctype = match step.option("enctype") {
        None => Enctype::UrlEncoded,
        Some("text/plain") => Enctype::TextPlain,
        Some("multipart/form-data") => Enctype::Multipart,
        Some(other) => panic!("enctype: {other}"),
    };
    let form = match step.method() {
        "GET" => Navigation::get(url),
        _ => Navigation::post(url, enctype, &fields),
    };
    match step.option("referrerPolicy") {
        Some(policy) => form.referrer_policy(referrer_policy(policy)),
        None => form,
    }
}

fn request(url: &str, step: &Step) -> FetchRequest {
    let mut request = FetchRequest::to(step.method(), url);
    request.headers = step.headers();
    request.upload_listener = step.by.ends_with("upload listener") && step.body().is_some();
    request.body = step.body().map(|text| Body::text(&text));
    let no_cors = (Mode::NoCors, Credentials::Include);
    let cors = (Mode::Cors, Credentials::SameOrigin);
    let by_attribute = |or| match step.option("crossOrigin") {
        None => or,
        Some("use-credentials") => (Mode::Cors, Credentials::Include),
        Some(_) => cors,
    };
    let (destination, (mode, credentials)) = match &*step.by {
        "image on a canvas" => (Destination::Image, by_attribute(no_cors)),
        "script" => (Destination::Script, by_attribute(no_cors)),
        "stylesheet" => (Destination::Style, by_attribute(no_cors)),
        "module script" => (Destination::Script, by_attribute(cors)),
        "import()" => (Destination::Script, cors),
        "font" => (Destination::Font, cors),
        "Worker" => (Destination::Worker, (Mode::SameOrigin, Credentials::SameOrigin)),
        "EventSource" if step.init.contains_key("withCredentials") => {
            (Destination::Empty, (Mode::Cors, Credentials::Include))
        }
        "EventSource" => (Destination::Empty, cors),
        "sendBeacon" => {
            let is_simple = |(_, value): &(String, String)| value.starts_with("text/plain");
            let mode =
                if request.headers.iter().all(is_simple) { Mode::NoCors } else { Mode::Cors };
            (Destination::Empty, (mode, Credentials::Include))
        }
        _ => return with_options(request, step),
    };
    (request.destination, request.mode, request.credentials) = (destination, mode, credentials);
    if step.by == "EventSource" {
        request.cache = CacheMode::NoStore;
    }
    request
}

/// The options of `fetch()`; an `XMLHttpRequest` has only the credentials.
fn with_options(mut request: FetchRequest, step: &Step) -> FetchRequest {
    request.credentials = match step.option("credentials") {
        None | Some("same-origin") => Credentials::SameOrigin,
        Some("include") => Credentials::Include,
        Some("omit") => Credentials::Omit,
        Some(other) => panic!("credentials: {other}"),
    };
    request.mode = match step.option("mode") {
        None | Some("cors") => Mode::Cors,
        Some("no-cors") => Mode::NoCors,
        Some("same-origin") => Mode::SameOrigin,
        Some(other) => panic!("mode: {other}"),
    };
    request.redirect = match step.option("redirect") {
        None | Some("follow") => Redirect::Follow,
        Some("error") => Redirect::Error,
        Some("manual") => Redirect::Manual,
        Some(other) => panic!("redirect: {other}"),
    };
    request.cache = match step.option("cache") {
        None | Some("default") => CacheMode::Default,
        Some("no-store") => CacheMode::NoStore,
        Some("reload") => CacheMode::Reload,
        Some("no-cache") => CacheMode::NoCache,
        Some("force-cache") => CacheMode::ForceCache,
        Some(other) => panic!("cache: {other}"),
    };
    request.referrer_policy = step.option("referrerPolicy").map(referrer_policy);
    request
}

fn referrer_policy(keyword: &str) -> ReferrerPolicy {
    ReferrerPolicy::parse(keyword).unwrap_or_else(|| panic!("referrer policy: {keyword}"))
}

/// What the page sees, in the words of `agent.js`.
fn sees(engine: Engine, step: &Step, outcome: &Outcome) -> &'static str {
    let kind = outcome.result.as_ref().map(|response| response.kind);
    let shows_body = outcome.result.as_ref().is_ok_and(|response| !response.body.is_empty());
    match (&*step.by, kind) {
        ("frame" | "form", Ok(ResponseKind::Basic)) => "readable",
        ("frame" | "form", _) => "unreadable",
        ("tab" | "form in a tab", _) => "opened",
        // A page is not told what becomes of a beacon.
        ("sendBeacon", _) => "queued",
        ("Worker", Err(Failure::SameOriginMode)) if engine != Engine::Firefox => "SecurityError",
        // Here a preload, whose end Firefox reports as it does that of a shared one.
        ("font", Err(Failure::ActualOrigin(_))) if engine == Engine::Firefox => "loaded",
        (_, Err(_)) => "blocked",
        ("image on a canvas", Ok(ResponseKind::Opaque)) => "tainted",
        ("image on a canvas", Ok(_)) => "4 samples",
        ("script" | "stylesheet" | "module script" | "font", Ok(_)) => "loaded",
        ("import()" | "Worker", Ok(_)) => "ran",
        ("EventSource", Ok(_)) => "hello",
        (_, Ok(ResponseKind::Opaque)) => "opaque",
        (_, Ok(ResponseKind::OpaqueRedirect)) if shows_body => "opaqueredirect with a body",
        (_, Ok(ResponseKind::OpaqueRedirect)) => "opaqueredirect",
        (_, Ok(_)) => "",
    }
}

fn differences(
    engine: Engine,
    step: &Step,
    outcome: &Outcome,
    seen: &Seen,
    events: &[Event],
) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, model: &str, browser: &str| {
        if model != browser {
            differences.push(format!("{what}: `{model}`, but the browser `{browser}`"));
        }
    };
    let response = outcome.result.as_ref().ok();
    let status = response.map(|response| response.status.to_string()).unwrap_or_default();
    let word = sees(engine, step, outcome);
    compare("the page sees", if word.is_empty() { &status } else { word }, &seen.sees);
    if let (Some(response), Some(readable)) = (outcome.response(), &seen.headers) {
        let is_compared = |name: &&str| !OF_THE_CONNECTION.contains(name);
        let names = response.headers.iter().map(|(name, _)| &**name).filter(is_compared);
        let readable = readable.iter().map(|name| &**name).filter(is_compared);
        let join = |names: &mut dyn Iterator<Item = &str>| names.collect::<Vec<_>>().join(" ");
        compare("readable headers", &join(&mut { names }), &join(&mut { readable }));
    }
    let mut events: Vec<_> = events.iter().collect();
    if step.may_repeat {
        events.dedup_by(|a, b| a.summary() == b.summary());
    }
    let join = |list: &mut dyn Iterator<Item = &str>| list.collect::<Vec<_>>().join(", ");
    let model = join(&mut outcome.exchanges.iter().map(|it| &*it.request.method));
    compare("sent", &model, &join(&mut events.iter().map(|it| &*it.method)));
    for (exchange, event) in outcome.exchanges.iter().zip(events) {
        compare_headers(engine, step, exchange, event, &mut compare);
    }
    differences
}

fn compare_headers(
    engine: Engine,
    step: &Step,
    exchange: &Exchange,
    event: &Event,
    compare: &mut dyn FnMut(&str, &str, &str),
) {
    let host = exchange.request.header("host").unwrap_or_default();
    compare("host", &host, event.header("host").unwrap_or_default());
    for name in COMPARED {
        let model = exchange.request.header(name).unwrap_or_default();
        let sent = event.header(name).unwrap_or_default();
        // Every form has a boundary of its own, and of the page of a worker the model knows the
        // origin.
        let is_unknown = match name {
            "content-type" => model.starts_with("multipart/"),
            "referer" if step.from.contains("worker") => true,
            // Which URL a document has that is of no server, engines do not agree on.
            "referer" if engine != Engine::Chromium => {
                ["sandboxed", "blob:", "srcdoc"].iter().any(|it| step.from.contains(it))
            }
            // For WebKit the former is of the site of its page, and the latter of no site.
            "sec-fetch-site" if engine == Engine::WebKit => {
                step.from == "a data: worker" || step.by == "tab"
            }
            _ => false,
        };
        if !is_unknown {
            compare(name, &model, sent);
        }
    }
}

/// The fields of `URLSearchParams`.
fn parse_fields(text: &str) -> Vec<(String, String)> {
    let query = actix_web::web::Query::<Vec<(String, String)>>::from_query(text);
    query.map(actix_web::web::Query::into_inner).unwrap_or_default()
}
