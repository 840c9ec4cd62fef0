//! The cost of starting: to initialise an application on one worker, up to its
//! first response.

use std::time::{Duration, Instant};

use actix_web::dev::HttpServiceFactory;
use actix_web::test::init_service;
use actix_web::{App, Scope, web};
use cors_actix::Cors;
use cors_core::{Config, Op, Rules, Setting, Source};

use crate::contender::{Contender, Size};
use crate::request::Ask;
use crate::routes::{self, Annotated, Plain};
use crate::table::{SMALL, Scenario};

/// Prints the times of a few sizes.
pub(crate) fn print() {
    println!(
        "\nstart-up of one worker\n\n| routes | bare | cors-actix | annotated |\n|---|---|---|---|"
    );
    for routes in [50, 500, 5_000] {
        let time = |contender| {
            let size = Size { routes, ..SMALL };
            median([(); 5].map(|()| of(Scenario { contender, ask: Ask::Preflight(2), size })))
        };
        let [bare, global, annotated] =
            [Contender::Bare, Contender::Global, Contender::Routes].map(time);
        println!("| {routes} | {bare:.1?} | {global:.1?} | {annotated:.1?} |");
    }
    println!(
        "\nroutes in nested scopes, each with an origin of its own\n\n\
         | routes | bare | annotated | a reload |\n|---|---|---|---|"
    );
    for routes in [500, 5_000] {
        let bare = median([(); 5].map(|()| nested(routes, Plain, None).0));
        let times = [(); 5].map(|()| {
            let cors = Cors::new(&config()).expect("a valid configuration");
            nested(routes, own_origin, Some(cors))
        });
        let [started, reload] = [times.map(|it| it.0), times.map(|it| it.1)].map(median);
        println!("| {routes} | {bare:.1?} | {started:.1?} | {reload:.1?} |");
    }
}

fn of(scenario: Scenario) -> Duration {
    let start = Instant::now();
    let subject = scenario.start();
    // Some things are settled by the first request; a bare service has no
    // preflights to answer.
    if scenario.contender != Contender::Bare {
        subject.serve_one();
    }
    start.elapsed()
}

/// Initialises an application with routes in scopes of ten, which lie in scopes of ten, and
/// reloads its policies.
fn nested<T: HttpServiceFactory + 'static>(
    routes: usize,
    route: impl Fn(String) -> T,
    cors: Option<Cors>,
) -> (Duration, Duration) {
    let start = Instant::now();
    let inner = |outer: usize, inner: usize| {
        let first = (outer * 10 + inner) * 10;
        let routes = (first..first + 10).map(|number| route(routes::path(number)));
        routes.fold(web::scope(&format!("/inner-{inner}")), Scope::service)
    };
    let outer = |number: usize| {
        let inner = (0..10).map(|place| inner(number, place));
        inner.fold(web::scope(&format!("/outer-{number}")), Scope::service)
    };
    let app = (0..routes / 100).map(outer).fold(App::new(), App::service);
    actix_web::rt::System::new().block_on(async {
        let Some(cors) = cors else {
            let _app = init_service(app).await;
            return (start.elapsed(), Duration::ZERO);
        };
        let _app = init_service(app.wrap(cors.clone())).await;
        let (started, start) = (start.elapsed(), Instant::now());
        cors.apply(&config()).expect("a valid configuration");
        (started, start.elapsed())
    })
}

fn own_origin(path: String) -> Annotated {
    let origin = format!("https://{}.example", path.trim_start_matches('/'));
    let here = Source::caller();
    let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, vec![origin], here);
    Annotated { path, rules }
}

fn config() -> Config {
    let here = Source::caller();
    let origins = ["https://app.example"];
    Config::new(Rules::new(here.clone()).list(Setting::Origins, Op::Set, origins, here))
}

fn median(mut times: [Duration; 5]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
