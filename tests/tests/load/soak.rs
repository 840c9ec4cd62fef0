//! A server for as long as it takes to see that it keeps nothing: right answers, flat memory and a
//! flat number of open files under traffic of three protocols, while configurations and live sets
//! change, handlers panic and clients leave.
//!
//! Three seconds; `SOAK_MINUTES=20 cargo test --release -p cors-tests --test load soak -- --nocapture`
//! takes so many minutes, and prints after each third what it uses.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::SocketAddr;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::{App, Error, HttpRequest, HttpResponse, get, web};
use cors_actix::{Cors, cors};
use cors_tests::client::Wire;
use cors_tests::server::Server;

use super::site::{LIVE, PROBES, Seen, ask_http1, ask_http2, configurations, resident, services};

#[cors]
#[get("/panics")]
async fn panics() -> HttpResponse {
    // Not `panic!`, which would print a report each time.
    std::panic::resume_unwind(Box::new("as a handler may"))
}

#[cors]
#[get("/slow")]
async fn slow() -> HttpResponse {
    actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    HttpResponse::Ok().finish()
}

#[cors]
#[get("/socket")]
async fn socket(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
    let (response, mut session, _) = actix_ws::handle(&request, body)?;
    actix_web::rt::spawn(async move { session.text("hello").await });
    Ok(response)
}

/// What a client that leaves has done before.
const LEAVING: [&str; 5] = [
    "GET /slow HTTP/1.1\r\nhost: api.example\r\norigin: https://app.example\r\n\r\n",
    "GET /panics HTTP/1.1\r\nhost: api.example\r\norigin: https://app.example\r\n\r\n",
    "OPTIONS /items/7 HTTP/1.1\r\nhost: api.example\r\norigin: https://app.exam",
    "POST /guarded HTTP/1.1\r\nhost: api.example\r\ncontent-length: 100\r\n\r\nhalf of it",
    "GET /socket HTTP/1.1\r\nhost: api.example\r\norigin: https://app.example\r\nconnection: upgrade\r\n\
     upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
];

/// Clients that leave, one after the other: at once, or when something has come.
fn leave(address: SocketAddr, until: Instant, left: &AtomicUsize) {
    let mut number = 0;
    while Instant::now() < until {
        let request = LEAVING[number % LEAVING.len()];
        let mut wire = Wire::open(address).unwrap();
        wire.write(request).unwrap();
        if request.contains("websocket") {
            let reply = wire.read("GET").unwrap();
            assert_eq!((reply.status, reply.cors_headers()), (101, Vec::new()));
        } else if request.contains("/panics") {
            wire.read("GET").unwrap_err();
        }
        number += 1;
        left.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// How many files the process has open, when the server has noticed which clients are gone; `None`
/// where the system does not tell.
fn settled_files() -> Option<usize> {
    let count = || Some(std::fs::read_dir("/proc/self/fd").ok()?.count());
    let patience = Instant::now() + Duration::from_secs(10);
    let mut files = count();
    loop {
        std::thread::sleep(Duration::from_millis(300));
        let now = count();
        if now == files || Instant::now() > patience {
            return now;
        }
        files = now;
    }
}

/// In a process of its own, because other tests take memory and open files, too.
#[test]
fn a_server_keeps_nothing_of_what_it_has_answered() {
    const ALONE: &str = "SOAK_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return soak();
    }
    let name = "soak::a_server_keeps_nothing_of_what_it_has_answered";
    let mut alone = Command::new(std::env::current_exe().unwrap());
    let status = alone.args([name, "--exact", "--nocapture"]).env(ALONE, "1").status().unwrap();
    assert!(status.success(), "{status}");
}

fn soak() {
    let minutes: Option<u32> =
        std::env::var("SOAK_MINUTES").ok().map(|minutes| minutes.parse().unwrap());
    let third = minutes.map_or(Duration::from_secs(1), |minutes| Duration::from_secs(20) * minutes);
    let [old, new] = configurations();
    let cors = Cors::new(&old).unwrap();
    let live = cors.live("live").unwrap();
    let server = {
        let cors = cors.clone();
        let all = |app: &mut web::ServiceConfig| {
            app.configure(services).service(panics).service(slow).service(socket);
        };
        Server::start(3, move || App::new().configure(all).wrap(cors.clone()))
    };
    let address = server.address();
    let (seen, left, mut changes) = (Seen::default(), AtomicUsize::new(0), 0);
    let mut part = || {
        let until = Instant::now() + third;
        let turns = || std::iter::repeat_with(|| ()).take_while(|()| Instant::now() < until);
        std::thread::scope(|scope| {
            let (seen, left, turns) = (&seen, &left, &turns);
            scope.spawn(move || ask_http1(address, turns(), 1, seen));
            scope.spawn(move || ask_http1(address, turns(), PROBES.len(), seen));
            scope.spawn(move || ask_http2(address, turns(), seen));
            scope.spawn(move || leave(address, until, left));
            while Instant::now() < until {
                cors.apply(if changes % 2 == 0 { &new } else { &old }).unwrap();
                live.replace(LIVE[changes % 2]).unwrap();
                changes += 1;
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let files = settled_files();
        println!(
            "{} requests, {} clients that left, {changes} changes: {:?} KiB, {files:?} files",
            seen.total(),
            left.load(Ordering::Relaxed),
            resident(),
        );
        (resident(), files)
    };
    // What is made once is made in the first third.
    part();
    let (memory, files) = part();
    let (memory_after, files_after) = part();
    if let (Some(before), Some(after)) = (memory, memory_after) {
        assert!(after < before + 8 * 1_024, "{before} KiB, and {after} after as long again");
    }
    if let (Some(before), Some(after)) = (files, files_after) {
        assert!(after <= before + 4, "{before} open files, and {after} after as long again");
    }
    seen.assert_complete();
    assert!(left.load(Ordering::Relaxed) > LEAVING.len());
}
