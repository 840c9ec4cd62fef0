//! The page law where requests do not come one by one to the only application of a thread: two
//! applications side by side, and a real server that speaks HTTP/2.

use std::rc::Rc;

use actix_web::rt::System;
use cors_actix::Cors;
use proptest::prelude::*;

use super::browsing::Visit;
use super::description::{Application, Step};
use super::routes::leaves;
use super::{Tally, core_config, given, holds, oracle, served};

#[test]
fn two_applications_on_one_thread_keep_their_routes_apart() {
    let system = Rc::new(System::new());
    let law = [(given::application(), given::steps()), (given::application(), given::steps())];
    let tally = holds(100, &law, |[one, other], tally| {
        let configured = |(application, _): &(Application, Vec<Step>)| {
            Cors::new(&core_config(application, 0)).ok()
        };
        let (Some(first), Some(second)) = (configured(&one), configured(&other)) else {
            return Ok(());
        };
        let both = [(&one.0, &first), (&other.0, &second)];
        let sites = served::together(&system, both);
        for (site, (application, _)) in sites.iter().zip(both) {
            let expected =
                oracle::may_start(&application.configs[0], &leaves(&application.services));
            prop_assert!(expected.is_none_or(|expected| expected == site.is_some()));
        }
        let [Some(mine), Some(theirs)] = &sites else { return Ok(()) };
        *tally.entry("visited").or_default() += 1;
        let twins = [&one.0, &other.0].map(|it| served::without_cors(&system, it));
        let visit = |application, cors, site, twin| {
            Visit::new(application, leaves(&application.services), cors, site, twin)
        };
        let mut here = visit(&one.0, first, mine, &twins[0]);
        let mut there = visit(&other.0, second, theirs, &twins[1]);
        for number in 0..one.1.len().max(other.1.len()) {
            one.1.get(number).map_or(Ok(()), |step| here.step(step, tally))?;
            other.1.get(number).map_or(Ok(()), |step| there.step(step, tally))?;
        }
        Ok(())
    });
    assert_seen(&tally);
}

#[test]
fn the_same_holds_over_http2_on_a_real_server() {
    let system = Rc::new(System::new());
    let law = (given::application(), given::steps());
    let tally = holds(30, &law, |(application, steps), tally| {
        let Ok(cors) = Cors::new(&core_config(&application, 0)) else { return Ok(()) };
        // A server that refuses to start would end the test. This one stays, so that the content of
        // live sets is checked by the policies of the application before the server has started.
        let Some(_started) = served::with_cors(&system, &application, &cors) else {
            return Ok(());
        };
        *tally.entry("visited").or_default() += 1;
        let site = served::over_http2(&application, &cors);
        let twin = served::without_cors(&system, &application);
        let all = leaves(&application.services);
        Visit::new(&application, all, cors, &site, &twin).make(&steps, tally)
    });
    assert_seen(&tally);
}

fn assert_seen(tally: &Tally) {
    println!("{tally:#?}");
    for what in
        ["visited", "readable", "refused by a preflight", "sent after a preflight of its own"]
    {
        assert!(tally.get(what).is_some_and(|times| *times > 10), "{what}: {tally:?}");
    }
}
