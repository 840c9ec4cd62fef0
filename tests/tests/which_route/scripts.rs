//! Middleware that calls twice, rewrites, restores, keeps, replays and raises.

use std::sync::mpsc;
use std::thread;

use actix_web::http::StatusCode;
use actix_web::middleware::{Compress, ErrorHandlerResponse, ErrorHandlers};
use actix_web::rt::System;
use actix_web::test::init_service;
use actix_web::{App, Error, HttpResponse, get};
use cors_actix::cors;
use cors_tests::script::Act::{
    Answer, Attach, Call, CopyAppend, CopyInsert, ErrorResponse, Fresh, FromError, Keep, KeepWhole,
    MapBody, Method, Path, Race, Raise, RaiseResponse, Replay, Reset, RestoreMethod, RestorePath,
    SendKept, SetHeader, Spawn, Store,
};
use cors_tests::script::{Act, Script, Store as Stored};

use crate::given::*;

const OPEN: (&str, &str) = ("open", "/open");
const SHUT: (&str, &str) = ("shut", "/shut");
const NARROW: (&str, &str) = ("narrow", "/narrow");

/// How requests are made: the method, and whether the handler raises an error.
const ASKED: [(&str, bool); 3] = [("GET", false), ("HEAD", false), ("GET", true)];

/// The service that the row names produced the response, and its policy applies. Of
/// something un-annotated nothing more is readable than its policy allows.
async fn holds(rows: &[Row]) {
    holds_for(rows, &ASKED).await;
}

async fn holds_for(rows: &[Row], asked: &[(&str, bool)]) {
    for row in rows {
        for variant in VARIANTS {
            let app = scripted!(variant, row);
            for (method, fails) in asked {
                for origin in ORIGINS {
                    let of = |path, method| {
                        let request = request(method, path, origin);
                        match fails {
                            true => request.insert_header(("x-fail", "1")),
                            false => request,
                        }
                    };
                    if let Some((path, _)) = row.first {
                        let first = of(path, "GET").insert_header(("x-first", "1"));
                        let _ = app.call(first.to_request()).await;
                    }
                    let request = of(row.path, method).to_request();
                    let seen = see(&app, variant, origin, request).await;
                    let at = format!("{row:?} {variant:?} {method} {fails} {origin}: {seen:?}");
                    let (name, path) = seen.ran();
                    // After an error the rest of a script may have had nothing to work on.
                    if !fails {
                        assert_eq!((name, path), row.runs, "{at}");
                    }
                    let allowed = variant.allows(name, path, origin);
                    match name {
                        "plain" => assert!(allowed || !seen.readable, "{at}"),
                        _ => assert_eq!(seen.readable, allowed, "{at}"),
                    }
                }
            }
            assert_in_order(&app, variant, row).await;
        }
    }
}

/// Nothing that was done before changes what other requests get.
async fn assert_in_order<S, B>(app: &S, variant: Variant, row: &Row)
where
    S: actix_web::dev::Service<
            actix_http::Request,
            Response = actix_web::dev::ServiceResponse<B>,
            Error = Error,
        >,
    B: actix_web::body::MessageBody + 'static,
{
    for (name, path) in [OPEN, SHUT, NARROW, ("item", "/pub/item"), ("item", "/internal/item")] {
        for origin in ORIGINS {
            let plainly = request("GET", path, origin).insert_header(("x-unscripted", "1"));
            let seen = see(app, variant, origin, plainly.to_request()).await;
            let allowed = variant.allows(name, path, origin);
            assert_eq!((seen.ran(), seen.readable), ((name, path), allowed), "after {row:?}");
        }
    }
    for (name, path) in [OPEN, SHUT, NARROW] {
        for origin in ORIGINS {
            let allowed = is_preflight_allowed(app, path, origin).await;
            assert_eq!(allowed, variant.allows(name, path, origin), "{path} after {row:?}");
        }
    }
}

use actix_web::dev::Service as _;

#[actix_web::test]
async fn a_second_call_for_the_same_path_has_the_policy_of_its_response() {
    holds(&[
        row(
            "/report",
            &[SetHeader(true), Call, SetHeader(false), Reset, Call],
            ("plain", "/report"),
        ),
        row("/report", &[Call, SetHeader(true), Reset, Call], ("v2", "/report")),
        row("/open", &[Call, Reset, Call], OPEN),
        row("/shut", &[Call, Reset, Call, Reset, Call], SHUT),
        row("/narrow", &[Spawn, Reset, Spawn], NARROW),
    ])
    .await;
}

#[actix_web::test]
async fn a_second_call_for_another_path_has_the_policy_of_its_response() {
    holds(&[
        row("/open", &[Call, Path("/shut"), Reset, Call], SHUT),
        row("/shut", &[Call, Path("/open"), Reset, Call], OPEN),
        row("/open", &[Call, Path("/narrow"), Reset, Call, RestorePath], NARROW),
        row("/open", &[Call, Path("/plain"), Reset, Call], ("plain", "/plain")),
        row("/open", &[Call, Path("/internal/x"), Reset, Call], ("plain", "/internal/x")),
        row("/open", &[Call, Path("/internal/item"), Reset, Call], ("item", "/internal/item")),
    ])
    .await;
}

#[actix_web::test]
async fn a_call_for_a_request_of_the_middleware_has_the_policy_of_its_response() {
    holds(&[
        row("/open", &[Fresh("/shut"), Call], SHUT),
        row("/shut", &[Fresh("/open"), Call], OPEN),
        row("/open", &[Call, Fresh("/narrow"), Spawn], NARROW),
        row("/narrow", &[Raise, Fresh("/open"), Call], OPEN),
        row("/alias/x", &[Fresh("/internal/item"), Call], ("item", "/internal/item")),
        row("/open", &[Fresh("/plain"), Call], ("plain", "/plain")),
        row("/open", &[Fresh("/internal/x"), Call], ("plain", "/internal/x")),
    ])
    .await;
}

#[actix_web::test]
async fn a_path_that_is_rewritten_and_restored_has_the_policy_of_the_handler() {
    holds(&[
        row("/alias/x", &[Path("/shut"), Call, RestorePath], SHUT),
        row("/alias/x", &[Path("/shut"), Call, RestorePath, Reset], SHUT),
        row("/open", &[Path("/shut"), Call, RestorePath], SHUT),
        row("/open", &[Path("/narrow"), Call, Path("/shut")], NARROW),
        row("/shut", &[Path("/open"), Call, RestorePath], OPEN),
        row("/alias/x", &[Path("/narrow"), Spawn, RestorePath, Reset], NARROW),
        row("/alias/x", &[Path("/plain"), Call, RestorePath], ("plain", "/plain")),
        row("/open", &[Path("/plain"), Call, RestorePath], ("plain", "/plain")),
        row("/open", &[Path("/plain"), Call, RestorePath, Reset], ("plain", "/plain")),
    ])
    .await;
}

/// The handler is not annotated: its response carries nothing.
#[actix_web::test]
async fn a_plain_resource_in_an_off_group_stays_closed_behind_a_rewritten_path() {
    const INTERNAL: (&str, &str) = ("plain", "/internal/x");
    holds(&[
        row("/alias/x", &[Path("/internal/x"), Call, RestorePath], INTERNAL),
        row("/plain", &[Path("/internal/x"), Call, RestorePath], INTERNAL),
        row("/open", &[Path("/internal/x"), Call, RestorePath], INTERNAL),
        row("/open", &[Path("/internal/x"), Call], INTERNAL),
        row("/internal/x", &[Call, Path("/open")], INTERNAL),
        row("/internal/x", &[Call, Path("/pub/x"), Reset], INTERNAL),
        row("/internal/x", &[Call, Attach("/open")], INTERNAL),
        row("/internal/x", &[Path("/internal/x"), Spawn, RestorePath], INTERNAL),
    ])
    .await;
}

#[actix_web::test]
async fn one_handler_in_two_groups_has_the_policy_of_the_path_that_was_routed() {
    const INTERNAL: (&str, &str) = ("item", "/internal/item");
    const PUBLIC: (&str, &str) = ("item", "/pub/item");
    holds(&[
        row("/pub/item", &[Path("/internal/item"), Call, RestorePath], INTERNAL),
        row("/pub/item", &[Path("/internal/item"), Call, RestorePath, Reset], INTERNAL),
        row("/pub/item", &[Path("/internal/item"), Spawn, Attach("/pub/item")], INTERNAL),
        row("/internal/item", &[Path("/pub/item"), Call, RestorePath], PUBLIC),
        row("/internal/item", &[Call, Path("/pub/item"), Reset, Call, RestorePath], PUBLIC),
    ])
    .await;
}

#[actix_web::test]
async fn a_call_on_another_task_or_in_a_race_has_the_policy_of_its_response() {
    holds(&[
        row("/open", &[Spawn], OPEN),
        row("/shut", &[Spawn], SHUT),
        row("/narrow", &[Spawn], NARROW),
        row("/plain", &[Spawn], ("plain", "/plain")),
        row("/internal/item", &[Spawn], ("item", "/internal/item")),
        row("/open", &[Race("/shut")], SHUT),
        row("/open", &[Race("/narrow")], NARROW),
        row("/shut", &[Race("/open")], OPEN),
        row("/open", &[Race("/plain")], ("plain", "/plain")),
        row("/open", &[Race("/shut"), RestorePath], SHUT),
    ])
    .await;
}

#[actix_web::test]
async fn a_response_that_is_kept_has_its_own_policy_when_it_is_sent() {
    let sent = |first, path, runs| Row { first: Some(first), path, acts: &[SendKept], runs };
    holds(&[
        row("/open", &[Call, Keep, Path("/shut"), Reset, Call, SendKept], OPEN),
        row("/shut", &[Call, Keep, Path("/open"), Reset, Call, SendKept], SHUT),
        row("/narrow", &[Call, Keep, Path("/open"), Reset, Call, SendKept], NARROW),
        row("/open", &[Call, KeepWhole, Call, SendKept], OPEN),
        sent(("/shut", &[Call, KeepWhole, Call]), "/open", SHUT),
        sent(("/open", &[Call, KeepWhole, Call]), "/shut", OPEN),
        sent(("/narrow", &[Call, Keep, Call]), "/open", NARROW),
        sent(("/internal/item", &[Call, Keep, Call]), "/pub/item", ("item", "/internal/item")),
    ])
    .await;
}

#[actix_web::test]
async fn a_response_with_another_request_attached_has_its_own_policy() {
    holds(&[
        row("/shut", &[Call, Attach("/open")], SHUT),
        row("/open", &[Call, Attach("/shut")], OPEN),
        row("/narrow", &[Call, Attach("/open")], NARROW),
        row("/internal/item", &[Call, Attach("/pub/item")], ("item", "/internal/item")),
        row("/alias/x", &[Path("/shut"), Call, Attach("/alias/x")], SHUT),
    ])
    .await;
}

#[actix_web::test]
async fn errors_and_responses_keep_their_policy_when_one_becomes_the_other() {
    for acts in [
        &[Call, FromError][..],
        &[Call, ErrorResponse],
        &[Call, RaiseResponse],
        &[Call, RaiseResponse, ErrorResponse],
        &[Call, RaiseResponse, FromError],
        &[Spawn, FromError, Attach("/open")],
        &[Call, RaiseResponse, FromError, RaiseResponse],
    ] {
        holds(&[
            row("/open", acts, OPEN),
            row("/shut", acts, SHUT),
            row("/narrow", acts, NARROW),
            row("/plain", acts, ("plain", "/plain")),
            row("/internal/item", acts, ("item", "/internal/item")),
        ])
        .await;
    }
    holds(&[
        row("/open", &[Path("/shut"), Call, RaiseResponse], SHUT),
        row("/alias/x", &[Path("/shut"), Call, FromError, RestorePath], SHUT),
        row("/alias/x", &[Path("/shut"), Call, ErrorResponse, RestorePath], SHUT),
        row("/narrow", &[Path("/open"), Call, RaiseResponse, ErrorResponse], OPEN),
    ])
    .await;
}

#[actix_web::test]
async fn the_method_that_is_shown_afterwards_changes_no_policy() {
    let asked = [("HEAD", false), ("GET", false), ("OPTIONS", false), ("HEAD", true)];
    holds_for(
        &[
            row("/shut", &[Method("GET"), Call, RestoreMethod], SHUT),
            row("/open", &[Method("GET"), Call, RestoreMethod], OPEN),
            row("/narrow", &[Method("GET"), Call, Method("PURGE")], NARROW),
            row("/wrapped", &[Method("GET"), Call, RestoreMethod], ("wrapped", "/wrapped")),
            row("/put", &[Method("PUT"), Call, RestoreMethod], ("put", "/put")),
            row("/put", &[Method("PUT"), Call], ("put", "/put")),
            row("/put", &[Method("PUT"), Spawn, Method("GET")], ("put", "/put")),
        ],
        &asked,
    )
    .await;
    holds_for(&[row("/wrapped", &[], ("wrapped", "/wrapped"))], &[("GET", false)]).await;
    holds_for(&[row("/put", &[], ("plain", "/put"))], &[("GET", false), ("GET", true)]).await;
}

#[actix_web::test]
async fn a_replayed_response_has_the_policy_of_the_route_that_it_was_stored_for() {
    let replayed = |first, path, runs| Row { first: Some(first), path, acts: &[Replay], runs };
    holds_for(
        &[
            replayed(("/shut", &[Call, Store]), "/open", SHUT),
            replayed(("/open", &[Call, Store]), "/shut", OPEN),
            replayed(("/narrow", &[Call, Store]), "/open", NARROW),
            replayed(("/internal/item", &[Call, Store]), "/pub/item", ("item", "/internal/item")),
            row("/shut", &[Call, Store, Path("/open"), Reset, Call, Replay], SHUT),
        ],
        &[("GET", false), ("HEAD", false)],
    )
    .await;
}

/// The number of a route is the same in every worker.
#[test]
fn a_response_stored_by_one_worker_has_its_policy_when_another_one_replays_it() {
    let stored = Stored::default();
    let cors = Variant::Listed.cors();
    for (name, path) in [OPEN, SHUT, NARROW, ("item", "/internal/item")] {
        let (send, receive) = mpsc::channel();
        let worker = |acts: &'static [Act], path: &'static str, wait: mpsc::Receiver<()>| {
            let (stored, cors) = (stored.clone(), cors.clone());
            let answer = move || async move {
                let script = Script::new(acts).storing_in(&stored);
                let app = init_service(App::new().configure(routes).wrap(script).wrap(cors)).await;
                let asked = request("GET", path, BETA).to_request();
                let seen = see(&app, Variant::Listed, BETA, asked).await;
                // The other worker is done when its end of the channel is gone.
                let _ = wait.recv();
                seen
            };
            thread::spawn(|| System::new().block_on(answer()))
        };
        let storing = worker(&[Call, Store], path, receive);
        while !stored.is_filled() {
            thread::yield_now();
        }
        let (_, no_wait) = mpsc::channel();
        let seen = worker(&[Replay], "/open", no_wait).join().unwrap();
        drop(send);
        storing.join().unwrap();
        stored.clear();
        assert_eq!(seen.ran(), (name, path));
        assert_eq!(seen.readable, Variant::Listed.allows(name, path, BETA), "{path}");
    }
}

/// The policy of such a response is not known here.
#[actix_web::test]
async fn a_response_that_another_application_stored_is_not_readable() {
    #[cors(off)]
    #[get("/other")]
    async fn other() -> HttpResponse {
        HttpResponse::Ok().body("other")
    }
    let stored = Stored::default();
    let storing = || Script::new(&[Call, Store]).storing_in(&stored);
    let replaying = || Script::new(&[Replay]).storing_in(&stored);
    for variant in VARIANTS {
        for keeps_both in [true, false] {
            stored.clear();
            let first = App::new().service(other).wrap(storing()).wrap(variant.cors());
            let first = init_service(first).await;
            let seen = see(&first, variant, APP, request("GET", "/other", APP).to_request()).await;
            assert_eq!((&*seen.body, seen.readable), ("other", false));
            let first = keeps_both.then_some(first);

            macro_rules! replays_nothing {
                ($app:expr, $variant:expr) => {
                    let app = init_service($app).await;
                    for path in ["/open", "/plain", "/nowhere"] {
                        let asked = request("GET", path, APP).to_request();
                        let seen = see(&app, $variant, APP, asked).await;
                        assert_eq!((&*seen.body, seen.readable), ("other", false), "{path}");
                    }
                };
            }
            let annotated = App::new().configure(routes).wrap(replaying());
            replays_nothing!(annotated.wrap(variant.cors()), variant);
            let one_policy = "[cors]\norigins = [\"https://app.example\"]\n";
            let one_policy = cors_actix::Cors::try_from_toml_str(one_policy).unwrap();
            replays_nothing!(App::new().wrap(replaying()).wrap(one_policy), Variant::Listed);
            drop(first);
        }
    }
}

#[actix_web::test]
async fn a_response_made_of_two_is_readable_where_both_policies_allow_it() {
    for copy in [CopyInsert, CopyAppend] {
        for (kept, sent) in
            [(OPEN, SHUT), (SHUT, OPEN), (NARROW, OPEN), (OPEN, NARROW), (OPEN, OPEN)]
        {
            let acts = [Call, Keep, Path(sent.1), Reset, Call, copy];
            for variant in VARIANTS {
                let app = App::new().configure(routes).wrap(Script::new(&acts));
                let app = init_service(app.wrap(variant.cors())).await;
                for origin in ORIGINS {
                    let request = request("GET", kept.1, origin).to_request();
                    let seen = see(&app, variant, origin, request).await;
                    assert_eq!(seen.ran(), sent);
                    let both = [kept, sent].iter().all(|(n, p)| variant.allows(n, p, origin));
                    let at = format!("{copy:?} {kept:?} {sent:?} {variant:?} {origin}");
                    assert!(both || !seen.readable, "{at}");
                    // A copy that hides one of two routes is allowed to be too careful.
                    if copy == CopyAppend || origin == APP && kept != SHUT && sent != SHUT {
                        assert_eq!(seen.readable, both, "{at}");
                    }
                }
            }
        }
    }
}

/// Where the middleware answers itself, a page reads no more than it may read of the path.
#[actix_web::test]
async fn a_response_of_the_middleware_is_readable_as_the_path_that_was_received() {
    for (acts, status) in [
        (&[Answer(202)][..], 202),
        (&[Call, Answer(202)], 202),
        (&[Call, Answer(404)], 404),
        (&[Raise], 403),
        (&[Call, Raise], 403),
        (&[Call, Raise, FromError], 403),
    ] {
        for variant in VARIANTS {
            let app = App::new().configure(routes).wrap(Script::new(acts)).wrap(variant.cors());
            let app = init_service(app).await;
            for (name, path) in [OPEN, SHUT, NARROW, ("plain", "/plain"), ("plain", "/internal/x")]
            {
                for origin in ORIGINS {
                    let request = request("GET", path, origin).to_request();
                    let seen = see(&app, variant, origin, request).await;
                    assert_eq!(seen.status, status);
                    let allowed = variant.allows(name, path, origin);
                    assert!(allowed || !seen.readable, "{acts:?} {path} {variant:?} {origin}");
                }
            }
        }
    }
}

#[actix_web::test]
async fn another_body_changes_no_policy() {
    for acts in [&[Call, MapBody][..], &[Spawn, MapBody, RaiseResponse]] {
        for variant in VARIANTS {
            let app = App::new().configure(routes).wrap(Script::new(acts)).wrap(variant.cors());
            let app = init_service(app).await;
            for (name, path) in [OPEN, SHUT, NARROW] {
                for origin in ORIGINS {
                    let request = request("GET", path, origin).to_request();
                    let seen = see(&app, variant, origin, request).await;
                    let expected = variant.allows(name, path, origin);
                    assert_eq!((&*seen.body, seen.readable), ("mapped", expected), "{path}");
                }
            }
        }
    }
}

#[actix_web::test]
async fn compressed_and_replaced_errors_keep_their_policy() {
    fn adds<B>(
        mut response: actix_web::dev::ServiceResponse<B>,
    ) -> actix_web::Result<ErrorHandlerResponse<B>> {
        let value = actix_web::http::header::HeaderValue::from_static("1");
        response.headers_mut().insert(actix_web::http::header::AGE, value);
        Ok(ErrorHandlerResponse::Response(response.map_into_left_body()))
    }
    fn replaces<B>(
        response: actix_web::dev::ServiceResponse<B>,
    ) -> actix_web::Result<ErrorHandlerResponse<B>> {
        let response = response.into_response(HttpResponse::BadGateway().body("replaced"));
        Ok(ErrorHandlerResponse::Response(response.map_into_right_body()))
    }
    for variant in VARIANTS {
        let app = App::new()
            .configure(routes)
            .wrap(ErrorHandlers::new().handler(StatusCode::IM_A_TEAPOT, adds))
            .wrap(Compress::default())
            .wrap(variant.cors());
        let app = init_service(app).await;
        let replacing = App::new()
            .configure(routes)
            .wrap(ErrorHandlers::new().default_handler(replaces))
            .wrap(variant.cors());
        let replacing = init_service(replacing).await;
        for (name, path) in [OPEN, SHUT, NARROW, ("item", "/internal/item")] {
            for origin in ORIGINS {
                for fails in [false, true] {
                    let asked = || {
                        let request = request("GET", path, origin);
                        match fails {
                            true => request.insert_header(("x-fail", "1")),
                            false => request,
                        }
                    };
                    let allowed = variant.allows(name, path, origin);
                    let encoded = asked().insert_header(("accept-encoding", "identity"));
                    let seen = see(&app, variant, origin, encoded.to_request()).await;
                    assert_eq!((seen.ran(), seen.readable), ((name, path), allowed));
                    let seen = see(&replacing, variant, origin, asked().to_request()).await;
                    assert!(allowed || !seen.readable, "{path} {origin} {fails}");
                }
            }
        }
    }
}

/// Responses to a disallowed origin are not taken as evidence of what runs.
#[actix_web::test]
async fn a_disallowed_origin_closes_no_route_for_others() {
    let rewritten = row("/open", &[Path("/plain"), Call, RestorePath], ("plain", "/plain"));
    let spawned = row("/open", &[Spawn], OPEN);
    for row in [rewritten, spawned] {
        for variant in [Variant::Listed, Variant::Cookies] {
            let app = scripted!(variant, row);
            for _ in 0..3 {
                let seen = see(&app, variant, EVIL, request("GET", row.path, EVIL).to_request());
                assert_eq!(seen.await.ran(), row.runs);
                assert!(is_preflight_allowed(&app, "/open", BETA).await, "{row:?}");
            }
        }
    }
}

/// The evidence of one response is replaced by that of the next one.
#[actix_web::test]
async fn a_route_that_runs_again_is_trusted_again() {
    let row = row("/open", &[Path("/plain"), Call, RestorePath], ("plain", "/plain"));
    let app = scripted!(Variant::Listed, row);
    for _ in 0..3 {
        let seen = see(&app, Variant::Listed, APP, request("GET", "/open", APP).to_request());
        assert_eq!(seen.await.ran(), row.runs);
        let runs = request("GET", "/open", EVIL).insert_header(("x-unscripted", "1"));
        let seen = see(&app, Variant::Listed, EVIL, runs.to_request()).await;
        assert_eq!((seen.ran(), seen.readable), (OPEN, false));
        assert!(is_preflight_allowed(&app, "/open", BETA).await);
    }
}
