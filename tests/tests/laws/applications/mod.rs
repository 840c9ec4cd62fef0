//! The law that everything else is for: whatever an application looks like and whatever pages do,
//! a browser lets a script read and send what the policy of the route that runs allows, no more
//! and no less.
//!
//! Random applications (configuration, groups, a named policy, annotated routes with modules and
//! rules of their own, un-annotated resources, scopes, parameters, tails, guards, default
//! services, a `NormalizePath`, middleware that refuses) are served by actix in this process, and
//! visited by random pages that share one browser. What runs is told by a twin without CORS; what
//! its policy is, by an oracle that calls nothing of the library; what browsers do, by the model in
//! `cors_browser`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browsing;
mod description;
mod elsewhere;
mod found;
mod given;
mod oracle;
mod routes;
mod served;
mod table;
mod workers;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use actix_web::rt::System;
use cors_actix::Cors;
use cors_browser::{Url, WireRequest, WireResponse};
use cors_core::Config;
use proptest::prelude::*;

use browsing::Visit;
use description::Application;
use routes::leaves;

use crate::runner;

/// Counts what was seen, so that a law about nothing does not pass.
pub(crate) type Tally = BTreeMap<&'static str, u64>;

#[test]
fn pages_read_and_send_what_the_policy_of_the_route_that_runs_allows_and_no_more() {
    let system = Rc::new(System::new());
    let law = (given::application(), given::steps(), given::engine());
    let tally = holds(400, &law, |(application, steps, engine), tally| {
        let all = leaves(&application.services);
        let expected = oracle::may_start(&application.configs[0], &all);
        let config = core_config(&application, 0);
        let site = config.resolve().ok().and_then(|_| {
            let cors = Cors::new(&config).ok()?;
            served::with_cors(&system, &application, &cors).map(|site| (cors, site))
        });
        if let Some(expected) = expected {
            prop_assert_eq!(site.is_some(), expected, "{}", application.configs[0].to_toml());
        }
        let Some((cors, site)) = site else {
            *tally.entry("refused to start").or_default() += 1;
            return Ok(());
        };
        *tally.entry("visited").or_default() += 1;
        let Application { configs, normalizes_outside, .. } = &application;
        for (what, is_so) in [
            ("under limits", configs[0].limits.is_some()),
            ("under a profile", configs[0].profiles.is_some()),
            ("normalised outside", normalizes_outside.is_some()),
            ("with groups for one host", configs[0].groups.iter().any(|(_, l)| l.host.is_some())),
        ] {
            *tally.entry(what).or_default() += u64::from(is_so);
        }
        let twin = served::without_cors(&system, &application);
        Visit::new(&application, all, cors, &site, &twin).with(engine).make(&steps, tally)
    });
    println!("{tally:#?}");
    let times = |what| tally.get(what).copied().unwrap_or_default();
    let fetches = times("fetches");
    for (what, share) in [
        ("readable", 10),
        ("readable from a route of a resource", 400),
        ("sent after a preflight of its own", 40),
        ("sent on what was remembered", 200),
        ("refused by a preflight", 20),
        ("nothing ambiguous", 4),
        ("reloaded", 500),
        ("live sets changed", 50),
    ] {
        assert!(times(what) > fetches / share, "{what}: {} of {fetches}", times(what));
    }
}

/// A route has one policy, wherever it is registered: order decides what actix runs, and what is
/// ambiguous before it does, and nothing else.
#[test]
fn the_order_of_registration_changes_nothing_but_what_runs() {
    let system = Rc::new(System::new());
    let origins = prop::sample::select(description::PAGES);
    let hosts = prop::sample::select(description::HOSTS);
    let law = (given::application(), any::<usize>(), origins, hosts);
    let tally = holds(120, &law, |(application, turns, origin, host), tally| {
        let turns = turns % application.services.len();
        let mut turned = application.clone();
        turned.services.rotate_left(turns);
        let config = core_config(&application, 0);
        let start = |application| {
            let cors = Cors::new(&config).ok()?;
            served::with_cors(&system, application, &cors)
        };
        let sites = (start(&application), start(&turned));
        prop_assert_eq!(sites.0.is_some(), sites.1.is_some(), "one of the two starts");
        let (Some(one), Some(other)) = sites else { return Ok(()) };
        let back = |mut place: routes::Place| {
            place[0] = (place[0] + turns) % application.services.len();
            place
        };
        let ask = |site: &dyn Fn(&WireRequest) -> WireResponse, method, path| {
            let asked =
                [("host", host), ("origin", origin), ("access-control-request-method", method)];
            site(&request("OPTIONS", path, &asked))
        };
        let all = || {
            let with = |path| description::METHODS.iter().map(move |method| (path, *method));
            description::PATHS.iter().flat_map(move |path| with(*path))
        };
        // All of them first: what runs changes of which routes an application is certain.
        let preflights: Vec<_> = all()
            .map(|(path, method)| (ask(&one, method, path), ask(&other, method, path)))
            .collect();
        for ((path, method), (mine_asked, theirs_asked)) in all().zip(preflights) {
            let mut count = |what| *tally.entry(what).or_default() += 1;
            let actual = request(method, path, &[("host", host), ("origin", origin)]);
            let (mine, theirs) = (one(&actual), other(&actual));
            let ran = (served::ran(&mine), served::ran(&theirs).map(back));
            let is_annotated = |leaf: &routes::Leaf<'_>| {
                leaf.route().is_some() && Some(&leaf.place) == ran.0.as_ref()
            };
            if ran.0 != ran.1 || !leaves(&application.services).iter().any(is_annotated) {
                count("something else runs, or nothing annotated");
                continue;
            }
            count("the same runs");
            prop_assert_eq!(cors_headers(&mine), cors_headers(&theirs), "{} {}", method, path);

            let routed = routes::routed(&application, path);
            let is_certain = |application: &Application| {
                routes::may_run(&application.services, &routed, method, host).len() == 1
            };
            let received = routes::received(&application, path);
            let is_normal = routes::is_normal(&received)
                && received == routed
                && !routes::gains_by_a_slash(&application.services, &routed);
            if !is_normal || !is_certain(&application) || !is_certain(&turned) {
                continue;
            }
            count("nothing ambiguous");
            let (mine, theirs) = (mine_asked, theirs_asked);
            prop_assert_eq!(mine.status, theirs.status, "{} {}", method, path);
            prop_assert_eq!(cors_headers(&mine), cors_headers(&theirs), "{} {}", method, path);
        }
        Ok(())
    });
    println!("{tally:#?}");
    assert!(tally.values().all(|times| *times > 50) && tally.len() == 3, "{tally:?}");
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> WireRequest {
    let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let url = Url::parse(&format!("http://app.example{path}")).unwrap();
    WireRequest::new(method, url, headers)
}

fn cors_headers(response: &WireResponse) -> Vec<(String, String)> {
    let is_cors =
        |(name, _): &&(String, String)| name.starts_with("access-control-") || name == "vary";
    let mut headers: Vec<_> = response.headers.iter().filter(is_cors).cloned().collect();
    headers.sort();
    headers
}

pub(crate) fn core_config(application: &Application, number: usize) -> Config {
    let config = &application.configs[number % application.configs.len()];
    Config::from_toml(&config.to_toml(), "cors.toml")
}

/// Tries a law on so many cases, and counts what it saw.
fn holds<S: Strategy>(
    cases: u32,
    strategy: &S,
    law: impl Fn(S::Value, &mut Tally) -> Result<(), TestCaseError>,
) -> Tally {
    // Reports about the configurations that are refused would only fill the output.
    let _ = log::set_logger(&NoLog);
    log::set_max_level(log::LevelFilter::Error);
    let tally = RefCell::new(Tally::new());
    runner::hold(cases, strategy, |input| law(input, &mut tally.borrow_mut()));
    tally.into_inner()
}

struct NoLog;

impl log::Log for NoLog {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &log::Record<'_>) {}

    fn flush(&self) {}
}
