//! A server of several workers under mixed traffic: every answer is the whole expected one, while
//! configurations are put in place of one another, and nothing is kept of what has been answered.
//!
//! About 5 000 requests; `LOAD_REQUESTS=1000000` sends so many, which is best done with `--release`.

use actix_web::App;
use cors_actix::Cors;
use cors_tests::server::Server;

use super::site::{LIVE, PROBES, Seen, ask_http1, ask_http2, configurations, resident, services};

#[test]
fn every_response_under_load_is_correct() {
    let wanted: usize =
        std::env::var("LOAD_REQUESTS").map_or(5_000, |count| count.parse().unwrap());
    let [old, new] = configurations();
    let cors = Cors::new(&old).unwrap();
    let live = cors.live("live").unwrap();
    let server = {
        let cors = cors.clone();
        Server::start(3, move || App::new().configure(services).wrap(cors.clone()))
    };
    let address = server.address();
    let seen = Seen::default();
    // Two clients that wait for each answer, two that send many at once, two of HTTP/2.
    let rounds = wanted.div_ceil(2 * 6 * PROBES.len());
    let turns = |at_once| std::iter::repeat_n((), rounds * PROBES.len() / at_once);
    let half = || {
        std::thread::scope(|scope| {
            let clients = [
                scope.spawn(|| ask_http1(address, turns(1), 1, &seen)),
                scope.spawn(|| ask_http1(address, turns(1), 1, &seen)),
                scope.spawn(|| ask_http1(address, turns(PROBES.len()), PROBES.len(), &seen)),
                scope
                    .spawn(|| ask_http1(address, turns(2 * PROBES.len()), 2 * PROBES.len(), &seen)),
                scope.spawn(|| ask_http2(address, turns(PROBES.len()), &seen)),
                scope.spawn(|| ask_http2(address, turns(PROBES.len()), &seen)),
            ];
            let mut reloads = 0;
            while clients.iter().any(|client| !client.is_finished()) {
                cors.apply(if reloads % 2 == 0 { &new } else { &old }).unwrap();
                live.replace(LIVE[reloads % 2]).unwrap();
                reloads += 1;
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            reloads
        })
    };
    let mut reloads = half();
    let before = resident();
    reloads += half();
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("{} requests, {reloads} reloads, {before} KiB, then {after}", seen.total());
        assert!(after < before + 16 * 1_024, "{before} KiB, and {after} after as many again");
    }
    assert!(seen.total() >= wanted - 6 * 2 * PROBES.len(), "{} of {wanted}", seen.total());
    assert!(reloads > 10, "{reloads} reloads");
    seen.assert_complete();
    // Each request was judged once.
    let judged: u64 = cors.counts().iter().map(|(_, count)| count).sum();
    assert_eq!(judged, seen.total() as u64);
}
