//! Many groups, many keys, many origins: what starting, replacing and changing cost, and that
//! a request costs as much as with few of them.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use actix_web::App;
use actix_web::test::init_service;
use cors_actix::{Cors, CorsBuilder, rules, set};

use crate::callgrind;
use crate::contender::{Contender, Size};
use crate::request::Ask;
use crate::routes::{Annotated, Layout};
use crate::table::{SMALL, Scenario};

const MANY: usize = 10_000;
const ORIGINS: usize = 100_000;
const ROUTES: usize = 50;

/// What may be measured at most.
struct Bound {
    what: &'static str,
    measure: fn() -> Duration,
    most: Duration,
}

const BOUNDS: [Bound; 5] = [
    Bound {
        what: "start with 10 000 groups and 50 annotated routes",
        measure: start,
        most: Duration::from_secs(1),
    },
    Bound {
        what: "`apply` with 10 000 groups and 50 annotated routes",
        measure: apply,
        most: Duration::from_secs(1),
    },
    Bound {
        what: "replace 100 000 origins of a live set",
        measure: replace,
        most: Duration::from_millis(100),
    },
    Bound {
        what: "replace the 3 origins of one of 10 000 keys",
        measure: change_key,
        most: Duration::from_micros(50),
    },
    Bound {
        what: "replace all of 10 000 keys with 3 origins each",
        measure: replace_keys,
        most: Duration::from_millis(100),
    },
];

/// Requests that may cost this many per cent more with many groups or keys than with one.
const REQUESTS: [(&str, Contender, i64); 2] =
    [("10 000 keys", Contender::Keyed, 5), ("10 000 groups", Contender::Grouped, 10)];

/// Prints the table; fails where something takes longer than it may.
pub(crate) fn check() -> ExitCode {
    println!("\nscale\n\n| what | time | at most |\n|---|---|---|");
    let mut failed = false;
    for Bound { what, measure, most } in BOUNDS {
        let time = median(measure);
        failed |= time > most;
        println!("| {what} | {time:.1?} | {most:?} |");
    }
    if !*callgrind::IS_AVAILABLE {
        println!("SKIPPED: requests are not counted, because valgrind is not installed");
        return if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    println!("\n| a request with | request | instructions with 1 | instructions | more at most |");
    println!("|---|---|---|---|---|");
    for (what, contender, percent) in REQUESTS {
        for ask in [Ask::Allowed, Ask::Disallowed, Ask::Preflight(2)] {
            let count = |origins| {
                let size = Size { origins, ..SMALL };
                let cost = callgrind::count(Scenario { contender, ask, size });
                cost.map_or(0, |cost| cost.instructions)
            };
            let (one, many) = (count(1), count(MANY));
            failed |= many * 100 > one * (100 + percent);
            println!("| {what} | {} | {one} | {many} | {percent} % |", ask.name());
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn median(measure: fn() -> Duration) -> Duration {
    let mut times = [(); 5].map(|()| measure());
    times.sort_unstable();
    times[times.len() / 2]
}

/// Groups that each allow an origin of their own.
pub(crate) fn groups(number: usize) -> CorsBuilder {
    let builder = Cors::builder().origins(["https://app.example"]).methods(["GET", "PUT"]);
    (0..number).fold(builder, |builder, index| {
        let origins = ["https://app.example".to_owned(), format!("https://tenant-{index}.example")];
        builder.paths(format!("/route-{index}/**"), rules().origins(origins.to_vec()))
    })
}

fn start() -> Duration {
    let groups = groups(MANY);
    let begun = Instant::now();
    let cors = groups.build().expect("a valid configuration");
    actix_web::rt::System::new().block_on(async {
        let app = App::new().configure(Layout::Root.register(ROUTES, Annotated::new)).wrap(cors);
        black_box(init_service(app).await);
    });
    begun.elapsed()
}

fn apply() -> Duration {
    let cors = groups(MANY).build().expect("a valid configuration");
    actix_web::rt::System::new().block_on(async {
        let app =
            App::new().configure(Layout::Root.register(ROUTES, Annotated::new)).wrap(cors.clone());
        let _app = init_service(app).await;
        let next = groups(MANY).max_age(60).config();
        let begun = Instant::now();
        cors.apply(&next).expect("a valid configuration");
        begun.elapsed()
    })
}

fn replace() -> Duration {
    let policy = Cors::builder().live_set("partners").origins([set("partners")]).credentials(true);
    let cors = policy.build().expect("a valid configuration");
    let partners = cors.live("partners").expect("a live set");
    let list: Vec<_> =
        (0..ORIGINS).map(|index| format!("https://tenant-{index}.example")).collect();
    partners.replace(&list).expect("valid origins");
    let begun = Instant::now();
    partners.replace(list).expect("valid origins");
    begun.elapsed()
}

/// Keyed origins for the only segment of the path of a route.
pub(crate) fn keyed() -> CorsBuilder {
    let tenants = rules().origins([set("tenants").with_key("tenant")]);
    Cors::builder().keyed_set("tenants").paths("/{tenant}/**", tenants).methods(["GET", "PUT"])
}

/// So many keys with three origins each; one of them is that of the requests.
pub(crate) fn keys(number: usize) -> impl Iterator<Item = (String, Vec<String>)> {
    (0..number).map(|index| {
        let own = ["a", "b"].map(|name| format!("https://{name}.tenant-{index}.example"));
        let all = own.into_iter().chain(["https://app.example".to_owned()]);
        (format!("route-{index}"), all.collect())
    })
}

fn change_key() -> Duration {
    const CHANGES: u32 = 1_000;
    let cors = keyed().build().expect("a valid configuration");
    let tenants = cors.keyed("tenants").expect("a keyed set");
    tenants.replace_all(keys(MANY)).expect("valid origins");
    let lists: Vec<_> = keys(MANY).step_by(MANY / 1_000).collect();
    let begun = Instant::now();
    for (key, list) in lists {
        tenants.replace(key, list).expect("valid origins");
    }
    begun.elapsed() / CHANGES
}

fn replace_keys() -> Duration {
    let cors = keyed().build().expect("a valid configuration");
    let tenants = cors.keyed("tenants").expect("a keyed set");
    let all: Vec<_> = keys(MANY).collect();
    let begun = Instant::now();
    tenants.replace_all(all).expect("valid origins");
    begun.elapsed()
}
