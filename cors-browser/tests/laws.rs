//! Laws for whatever servers answer: nothing panics, and what a page reads was shared with it.

use cors_browser::{
    Body, Browser, CacheMode, Credentials, Enctype, Engine, FetchRequest, Mode, Navigation,
    Outcome, Page, Redirect, ReferrerPolicy, ResponseKind, WireRequest, WireResponse, cors_check,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const PAGE: &str = "https://app.example";

const URLS: &[&str] = &[
    "https://api.example/x",
    "https://third.example/x?y",
    "http://api.example/x",
    "https://app.example/x",
    "https://www.app.example/",
    "http://[::1]:8080/",
];

const NAMES: &[&str] = &[
    "Access-Control-Allow-Origin",
    "access-control-allow-origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
    "Location",
    "Set-Cookie",
    "Cache-Control",
    "Vary",
    "ETag",
    "Expires",
    "Date",
    "Age",
    "Last-Modified",
    "Referrer-Policy",
    "X-Total",
    "",
    "\u{e9}",
];

const VALUES: &[&str] = &[
    "*",
    PAGE,
    "null",
    "true",
    "PUT, PATCH",
    "x-a, authorization",
    "60",
    "-1",
    "18446744073709551615",
    "18446744073709551616",
    "max-age=60",
    "no-store, max-age=\"60\"",
    "Origin",
    "a=1; SameSite=None; Secure; Max-Age=99999999999999999999",
    "a=1; Domain=.; Path=; Expires=Thu, 01-Jan-1970 00:00:00 GMT",
    "https://third.example/y",
    "//app.example",
    "https://u:p@api.example",
    "data:,x",
    "http://[",
    "\"1\"",
    "Tue, 15 Nov 1994 08:12:31 GMT",
    "no-referrer, origin",
    "",
    ",",
    "\u{0}",
    "\u{fffd}\u{e9}",
];

fn response() -> impl Strategy<Value = WireResponse> {
    let value = prop_oneof![8 => select(VALUES).prop_map(str::to_owned), 1 => any::<String>()];
    let name = prop_oneof![12 => select(NAMES).prop_map(str::to_owned), 1 => any::<String>()];
    let status = prop_oneof![
        6 => Just(200),
        2 => Just(204),
        4 => select(&[301, 302, 303, 307, 308][..]),
        1 => select(&[0, 206, 304, 401, 407, 500][..]),
        1 => any::<u16>(),
    ];
    (status, vec((name, value), 0..8))
        .prop_map(|(status, headers)| WireResponse { headers, ..WireResponse::new(status, &[]) })
}

#[derive(Clone, Debug)]
enum Step {
    Fetch(FetchRequest),
    Navigate(Navigation),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let credentials = [Credentials::Omit, Credentials::SameOrigin, Credentials::Include];
    let caches = [
        CacheMode::Default,
        CacheMode::Default,
        CacheMode::NoStore,
        CacheMode::Reload,
        CacheMode::NoCache,
        CacheMode::ForceCache,
    ];
    let options = (
        select(credentials.to_vec()),
        select(vec![Mode::Cors, Mode::Cors, Mode::Cors, Mode::NoCors, Mode::SameOrigin]),
        select(vec![Redirect::Follow, Redirect::Follow, Redirect::Error, Redirect::Manual]),
        select(caches.to_vec()),
        select(vec![None, Some(ReferrerPolicy::NoReferrer), Some(ReferrerPolicy::SameOrigin)]),
    );
    let method = select(&["GET", "GET", "POST", "PUT", "patch", "HEAD"][..]);
    let header = (select(&["X-A", "Authorization", "Content-Type", "DPR"][..]), any::<String>());
    let parts = (method, select(URLS), vec(header, 0..2), options, 0..4_u8, any::<bool>());
    let fetch = parts.prop_map(|(method, url, headers, options, body, upload)| {
        let mut request = FetchRequest::to(method, url);
        request.headers = headers.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
        (
            request.credentials,
            request.mode,
            request.redirect,
            request.cache,
            request.referrer_policy,
        ) = options;
        request.upload_listener = upload && body == 1;
        request.body = match body {
            1 => Some(Body::text("a")),
            2 => Some(Body::stream("a")),
            _ => None,
        };
        Step::Fetch(request)
    });
    let navigate = (select(URLS), any::<bool>()).prop_map(|(url, posts)| {
        Step::Navigate(match posts {
            true => Navigation::post(url, Enctype::Multipart, &[("a", "1")]),
            false => Navigation::get(url).in_frame(),
        })
    });
    prop_oneof![8 => fetch, 1 => navigate, 1 => (0..100_u64).prop_map(Step::Wait)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn nothing_panics_and_pages_read_what_is_shared_with_them(
        engine in select(&Engine::ALL[..]),
        page in select(&[PAGE, PAGE, "null", "http://app.example"][..]),
        steps in vec(step(), 1..6),
        responses in vec(response(), 1..8),
    ) {
        let mut browser = Browser::with_engine(engine);
        let mut responses = responses.into_iter().cycle();
        let mut server = move |_: &WireRequest| responses.next().unwrap_or_else(WireResponse::none);
        for step in &steps {
            match step {
                Step::Wait(seconds) => browser.advance(*seconds),
                Step::Fetch(request) => {
                    let outcome = browser.fetch(&mut server, page, request);
                    lawful(page, request, &outcome)?;
                }
                Step::Navigate(navigation) => {
                    let outcome = browser.navigate(&mut server, page, navigation);
                    let is_own = outcome.response().is_none_or(|it| it.url.origin() == page);
                    prop_assert!(is_own, "{outcome}");
                    prop_assert!(outcome.preflight().is_none());
                }
            }
        }
    }

    #[test]
    fn text_that_is_no_page_is_refused_and_does_not_panic(text in any::<String>()) {
        if let Some(page) = Page::parse(&text) {
            prop_assert!(!page.origin().is_empty());
        }
    }
}

fn lawful(page: &str, request: &FetchRequest, outcome: &Outcome) -> Result<(), TestCaseError> {
    let include = request.credentials == Credentials::Include;
    prop_assert!(outcome.exchanges.len() <= 42, "a preflight and a request for each of 21 URLs");
    let mut last_preflight = None;
    for exchange in &outcome.exchanges {
        let sent = &exchange.request;
        if exchange.is_preflight {
            prop_assert_eq!(sent.header("cookie"), None);
            prop_assert_eq!(sent.header("authorization"), None);
            prop_assert_eq!(&*sent.method, "OPTIONS");
            last_preflight = Some(&exchange.response);
        } else {
            if let Some(preflight) = last_preflight.take() {
                prop_assert!(preflight.is_ok(), "sent after a preflight that failed: {outcome}");
            }
            let is_cors = request.mode == Mode::Cors && sent.url.origin() != page;
            let names_origin = sent.header("origin").is_some_and(|it| it == page || it == "null");
            prop_assert!(!is_cors || names_origin, "{outcome}");
            prop_assert!(
                request.credentials != Credentials::Omit || sent.header("cookie").is_none()
            );
        }
    }
    let Some(response) = outcome.response() else { return Ok(()) };
    match response.kind {
        ResponseKind::Basic => prop_assert_eq!(response.url.origin(), page),
        _ if response.is_cached => {}
        _ => {
            let Some(actual) = outcome.actual() else { return Ok(()) };
            let origin = actual.request.header("origin").unwrap_or_default();
            let shared = cors_check(&origin, include, &actual.response.headers);
            prop_assert_eq!(shared, Ok(()), "{}", outcome);
        }
    }
    prop_assert!(response.headers.iter().all(|(name, _)| !name.starts_with("set-cookie")));
    Ok(())
}
