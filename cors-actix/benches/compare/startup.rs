//! The cost of starting: to initialise an application on one worker, up to its
//! first response.

use std::time::{Duration, Instant};

use crate::contender::{Contender, Size};
use crate::request::Ask;
use crate::table::{SMALL, Scenario};

/// Prints the times of a few sizes.
pub(crate) fn print() {
    println!(
        "\nstart-up of one worker\n\n| routes | bare | cors-actix | annotated |\n|---|---|---|---|"
    );
    for routes in [50, 500, 5_000] {
        let time = |contender| {
            let size = Size { routes, ..SMALL };
            median(Scenario { contender, ask: Ask::Preflight(2), size })
        };
        let [bare, global, annotated] =
            [Contender::Bare, Contender::Global, Contender::Routes].map(time);
        println!("| {routes} | {bare:.1?} | {global:.1?} | {annotated:.1?} |");
    }
}

fn median(scenario: Scenario) -> Duration {
    let mut times = [(); 5].map(|()| {
        let start = Instant::now();
        let subject = scenario.start();
        let first = subject.template.request();
        // Some things are settled by the first request; a bare service has no
        // preflights to answer.
        if scenario.contender != Contender::Bare {
            (subject.serve)(first);
        }
        start.elapsed()
    });
    times.sort_unstable();
    times[times.len() / 2]
}
