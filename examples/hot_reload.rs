//! Change the policy of a running server, under load, without a failed or a mixed response.
//!
//! ```text
//! cargo run --example hot_reload
//! ```
//!
//! writes a temporary `cors.toml`, serves it, and edits it twenty times while four clients send requests
//! without pause; then it prints the number of responses by each policy. To edit by hand:
//!
//! ```text
//! cargo run --example hot_reload -- cors.toml
//! curl -i http://127.0.0.1:8080/ -H 'Origin: https://app.example'
//! ```
//!
//! serves that file until Ctrl-C: change it, save, and send the request again, 2 seconds later if
//! your editor writes in place. A mistake in it is reported, and the policy stays unchanged.
//! `curl -X POST http://127.0.0.1:8080/reload` reads it at once, and returns what that opens and
//! closes, or the report.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

use actix_web::dev::Server;
use actix_web::{App, HttpResponse, HttpServer, Responder, get, post, web};
use cors_actix::{Cors, cors};

#[cors(expose += ["x-request-id"])]
#[get("/")]
async fn page() -> impl Responder {
    HttpResponse::Ok().insert_header(("x-request-id", "7")).finish()
}

/// For scripts. In an application, put it behind authentication.
#[cors(off)]
#[post("/reload")]
async fn reload(cors: web::Data<Cors>) -> impl Responder {
    match cors.reload() {
        Ok(diff) => HttpResponse::Ok().body(format!("{diff}\n")),
        Err(report) => HttpResponse::UnprocessableEntity().body(format!("{report}\n")),
    }
}

#[actix_web::main]
async fn main() -> ExitCode {
    let path = env::args_os().nth(1);
    let level = if path.is_some() { "cors_actix=info" } else { "cors_actix=warn" };
    env_logger::init_from_env(env_logger::Env::default().default_filter_or(level));
    let result = match path {
        Some(path) => by_hand(Path::new(&path)).await,
        None => under_load().await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

async fn by_hand(path: &Path) -> Result {
    let cors = Cors::try_from_path(path)?;
    let _watching = cors.watch()?;
    println!("serving http://127.0.0.1:8080/ under {}", path.display());
    Ok(serve(cors, 8080)?.1.await?)
}

fn serve(cors: Cors, port: u16) -> io::Result<(SocketAddr, Server)> {
    let server = HttpServer::new(move || {
        let data = web::Data::new(cors.clone());
        App::new().app_data(data).service(page).service(reload).wrap(cors.clone())
    })
    .workers(2)
    .bind((Ipv4Addr::LOCALHOST, port))?;
    Ok((server.addrs()[0], server.run()))
}

const OLD: &str = "[cors]\norigins = \"https://app.example\"\ncredentials = true\n";
const NEW: &str = "[cors]\norigins = \"any\"\nexpose = \"x-new\"\n";

/// The lines of a response by each policy: a mixed response has lines of both.
const LINES: [&[&str]; 2] = [
    &[
        "access-control-allow-origin: https://app.example",
        "access-control-allow-credentials: true",
        "access-control-expose-headers: x-request-id",
        "vary: Origin",
    ],
    &["access-control-allow-origin: *", "access-control-expose-headers: x-new, x-request-id"],
];

async fn under_load() -> Result {
    let file = Scratch::new()?;
    file.write(OLD)?;
    let cors = Cors::try_from_path(&file.0)?;
    let _watching = cors.watch()?;
    let (address, server) = serve(cors.clone(), 0)?;
    let handle = server.handle();
    let edits = thread::spawn(move || {
        let answers = edit_under_load(&file, &cors, address);
        drop(file);
        answers.map_err(|error| error.to_string())
    });
    let server = actix_web::rt::spawn(server);
    let answers = web::block(move || edits.join()).await?;
    handle.stop(true).await;
    server.await??;
    let [old, new] = answers.map_err(|_| "a client panicked")??;
    println!(
        "20 edits, {old} responses by the old policy, {new} by the new one, none failed or mixed"
    );
    Ok(())
}

fn edit_under_load(file: &Scratch, cors: &Cors, address: SocketAddr) -> Result<[usize; 2]> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(|| ask(address, &stop))).collect();
        for edit in 1..=20 {
            thread::sleep(Duration::from_millis(100));
            file.write([OLD, NEW][edit % 2])?;
            let took_effect = takes_effect(cors, edit % 2 == 1);
            if !took_effect {
                stop.store(true, Ordering::Relaxed);
                return Err(format!("edit {edit} did not take effect").into());
            }
        }
        stop.store(true, Ordering::Relaxed);
        let mut answers = [0; 2];
        for client in clients {
            let seen = client.join().map_err(|_| "a client panicked")??;
            answers = [answers[0] + seen[0], answers[1] + seen[1]];
        }
        Ok(answers)
    })
}

/// Waits until the new policy applies, or the old one again.
fn takes_effect(cors: &Cors, new: bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(20);
    while cors.table().to_string().contains("x-new") != new {
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
    true
}

/// Sends requests on one connection until `stop` is set; returns the number of responses by each policy.
fn ask(address: SocketAddr, stop: &AtomicBool) -> std::result::Result<[usize; 2], String> {
    let mut stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
    let mut answers = BufReader::new(stream.try_clone().map_err(|error| error.to_string())?);
    let mut seen = [0; 2];
    while !stop.load(Ordering::Relaxed) {
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\norigin: https://app.example\r\n\r\n")
            .map_err(|error| error.to_string())?;
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            answers.read_line(&mut line).map_err(|error| error.to_string())?;
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let has = |line: &&str| head.iter().any(|known| known == line);
        match LINES.map(|lines| lines.iter().filter(|line| has(line)).count()) {
            [4, 0] => seen[0] += 1,
            [0, 2] => seen[1] += 1,
            _ => return Err(format!("a mixed or failed response: {head:?}")),
        }
    }
    Ok(seen)
}

/// A file that is removed with its directory when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> io::Result<Self> {
        let directory = env::temp_dir().join(format!("cors-hot-reload-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        Ok(Self(directory.join("cors.toml")))
    }

    /// Replaces the file, as editors do.
    fn write(&self, text: &str) -> io::Result<()> {
        let other = self.0.with_extension("new");
        fs::write(&other, text)?;
        fs::rename(other, &self.0)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(directory) = self.0.parent() {
            let _ = fs::remove_dir_all(directory);
        }
    }
}
