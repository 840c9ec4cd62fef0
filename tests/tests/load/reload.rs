//! Reloading under load: every answer is by one policy, whole, old or new.
//!
//! 500 reloads; `LOAD_RELOADS=10000` does so many.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, Responder, put, web};
use cors_actix::{Cors, cors};
use cors_tests::client::{Connection, Protocol, Reply, send};
use cors_tests::server::Server;

const OLD: &str = "\
[cors]
origins = \"https://app.example\"
credentials = true
headers = \"x-old\"
expose = \"x-old\"
";

const NEW: &str = "\
[cors]
origins = [\"https://app.example\", \"https://beta.example\"]
headers = \"x-new\"
expose = [\"x-new\", \"x-newer\"]
max_age = \"1h\"
";

/// Merges with either, into something else each time.
#[cors(headers += "x-own")]
#[put("/annotated")]
async fn annotated() -> impl Responder {
    HttpResponse::NoContent()
}

fn serve(cors: &Cors) -> Server {
    let cors = cors.clone();
    Server::start(2, move || {
        App::new()
            .service(annotated)
            .route("/plain", web::get().to(HttpResponse::Ok))
            .wrap(cors.clone())
    })
}

const ORIGIN: (&str, &[u8]) = ("origin", b"https://app.example");

/// The whole CORS part of an answer.
type Headers = Vec<(String, String)>;

fn headers(reply: &Reply) -> Headers {
    reply.cors_headers().into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

/// A request that every policy answers in its own way.
#[derive(Clone, Copy)]
enum Probe {
    Plain,
    Preflight,
}

impl Probe {
    fn ask(self, connection: &mut Connection) -> Result<Headers, String> {
        let reply = match self {
            Self::Plain => connection.send("GET", "/plain", &[ORIGIN]),
            Self::Preflight => connection.send(
                "OPTIONS",
                "/annotated",
                &[
                    ORIGIN,
                    ("access-control-request-method", b"PUT"),
                    ("access-control-request-headers", b"x-own"),
                ],
            ),
        };
        reply.map(|reply| headers(&reply))
    }
}

/// Clients that send requests without pause until they are stopped.
struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Result<[usize; 2], String>>>,
}

impl Load {
    /// Each answer has to be one of the two that belong to its probe.
    fn start(address: SocketAddr, valid: [(Probe, [Headers; 2]); 2]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = valid.into_iter().map(|(probe, valid)| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                let mut connection = Connection::open(address)?;
                let mut seen = [0; 2];
                while !stop.load(Ordering::Relaxed) {
                    let headers = probe.ask(&mut connection)?;
                    match valid.iter().position(|valid| *valid == headers) {
                        Some(which) => seen[which] += 1,
                        None => return Err(format!("a mixed answer: {headers:?}")),
                    }
                }
                Ok(seen)
            })
        });
        let clients = clients.collect();
        Self { stop, clients }
    }

    /// How often the old and the new policy answered.
    fn stop(self) -> [usize; 2] {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.into_iter().fold([0; 2], |[old, new], client| match client.join() {
            Ok(Ok(seen)) => [old + seen[0], new + seen[1]],
            Ok(Err(error)) => panic!("{error}"),
            Err(panic) => std::panic::resume_unwind(panic),
        })
    }
}

/// What each probe is answered under the old and the new policy.
fn valid_answers() -> [(Probe, [Headers; 2]); 2] {
    [Probe::Plain, Probe::Preflight].map(|probe| {
        let answers = [OLD, NEW].map(|text| {
            let server = serve(&Cors::try_from_toml_str(text).unwrap());
            probe.ask(&mut Connection::open(server.address()).unwrap()).unwrap()
        });
        assert_ne!(answers[0], answers[1]);
        (probe, answers)
    })
}

#[test]
fn reloads_under_load_give_no_mixed_response() {
    let reloads: u32 = std::env::var("LOAD_RELOADS").map_or(500, |count| count.parse().unwrap());
    let valid = valid_answers();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), OLD).unwrap();
    let cors = Cors::try_from_path(file.path()).unwrap();
    let server = serve(&cors);
    let load = Load::start(server.address(), valid);

    let wrong = "[cors]\norigins = \"https://app.example/\"\n";
    for round in 0..reloads {
        let text = match round % 4 {
            0 | 2 => NEW,
            1 => wrong,
            _ => OLD,
        };
        fs::write(file.path(), text).unwrap();
        assert_eq!(cors.reload().is_err(), text == wrong);
    }

    let [old, new] = load.stop();
    assert!(old > 100 && new > 100, "{old} answers by the old policy, {new} by the new one");
}

#[test]
fn a_reload_that_conflicts_with_a_route_changes_nothing() {
    let cors = Cors::try_from_toml_str(OLD).unwrap();
    let server = serve(&cors);
    let before = headers(&send(server.address(), Protocol::Http1, "GET", "/plain", &[ORIGIN]));

    // `annotated` extends `headers`, which is an error on `any`.
    let contradicted = Cors::builder().origins_any().headers_any().config();
    let error = cors.apply(&contradicted).unwrap_err();

    assert_eq!(error.problems()[0].code().as_str(), "cors::add-to-any");
    let after = headers(&send(server.address(), Protocol::Http1, "GET", "/plain", &[ORIGIN]));
    assert_eq!(before, after);
}

#[test]
fn a_policy_that_was_built_in_code_has_no_file_to_reload_or_watch() {
    let cors = Cors::builder().origins(["https://app.example"]).build().unwrap();
    let code = |error: cors_actix::Error| error.problems()[0].code().as_str();
    assert_eq!(cors.reload().map_err(code), Err("cors::nothing-to-reload"));
    assert_eq!(cors.watch().map(drop).map_err(code), Err("cors::nothing-to-watch"));
}

/// Waits until the policy that answers is the one that is meant.
fn await_policy(address: SocketAddr, meant: &[(Probe, [Headers; 2]); 2], which: usize) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let (probe, answers) = &meant[0];
    loop {
        let now = probe.ask(&mut Connection::open(address).unwrap()).unwrap();
        if now == answers[which] {
            return;
        }
        assert!(Instant::now() < deadline, "the change was not seen; still {now:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_watched_file_may_change_in_every_way_that_files_do() {
    let valid = valid_answers();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cors.toml");
    fs::write(&path, OLD).unwrap();
    let cors = Cors::try_from_path(&path).unwrap();
    let watching = cors.watch().unwrap();
    let server = serve(&cors);
    let load = Load::start(server.address(), valid.clone());
    let meant = |which| await_policy(server.address(), &valid, which);

    // Replaced, as editors do.
    let replace = |text: &str| {
        let other = directory.path().join(".cors.toml.swp");
        fs::write(&other, text).unwrap();
        fs::rename(&other, &path).unwrap();
    };
    replace(NEW);
    meant(1);
    replace(OLD);
    meant(0);

    // Wrong, then corrected.
    replace("[cors]\norigins = \"https://app.example/\"\n");
    std::thread::sleep(Duration::from_millis(200));
    meant(0);
    replace(NEW);
    meant(1);

    // Removed for a while.
    fs::remove_file(&path).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    meant(1);
    replace(OLD);
    meant(0);

    // A burst in place, of which the last write counts.
    for round in 0..200 {
        fs::write(&path, if round % 2 == 0 { OLD } else { NEW }).unwrap();
    }
    meant(1);

    // Not watched any more.
    drop(watching);
    std::thread::sleep(Duration::from_millis(200));
    replace(OLD);
    std::thread::sleep(Duration::from_millis(300));
    meant(1);
    load.stop();
}

/// A ConfigMap is a directory of links to `..data`, which is a link itself.
#[cfg(unix)]
#[test]
fn a_mounted_config_map_is_followed_through_its_links() {
    use std::os::unix::fs::symlink;

    static SWAPS: AtomicUsize = AtomicUsize::new(0);
    fn swap(root: &Path, text: &str) {
        let version = format!("..{}", SWAPS.fetch_add(1, Ordering::Relaxed));
        fs::create_dir(root.join(&version)).unwrap();
        fs::write(root.join(&version).join("cors.toml"), text).unwrap();
        symlink(&version, root.join("..data_tmp")).unwrap();
        fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
    }

    let valid = valid_answers();
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    swap(root, OLD);
    symlink("..data/cors.toml", root.join("cors.toml")).unwrap();
    let cors = Cors::try_from_path(root.join("cors.toml")).unwrap();
    let _watching = cors.watch().unwrap();
    let server = serve(&cors);
    let load = Load::start(server.address(), valid.clone());

    for round in 0..10 {
        let which = (round + 1) % 2;
        swap(root, [OLD, NEW][which]);
        await_policy(server.address(), &valid, which);
    }
    load.stop();
}
