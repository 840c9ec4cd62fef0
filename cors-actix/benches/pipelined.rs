//! Requests per second over a socket, sixteen of them sent at a time: a bare
//! server, actix-cors and cors-actix, each with one worker.
//!
//! ```text
//! cargo bench -p cors-actix --bench pipelined
//! ```
//!
//! They take turns, and a ratio is that of two neighbours in time; shown is the
//! median of many, beside the bare server against itself: half of its ratios are between the
//! two numbers. Figures of another run, or machine, cannot be compared.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has failed")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, HttpResponse, HttpServer, web};
use cors_actix::Cors;

/// Requests in one write.
const AT_ONCE: usize = 16;

/// Writes in one turn.
const WRITES: usize = 400;

const ROUNDS: usize = 41;

const HOST: &str = "Host: api.example\r\nOrigin: https://app.example\r\nAccept: */*\r\n";
const ASKS: &str =
    "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-a,x-b\r\n";

fn main() {
    let bare = start(App::new);
    let actix_cors = start(|| {
        let cors = actix_cors::Cors::default()
            .allowed_origin("https://app.example")
            .allowed_methods(["GET", "PUT"])
            .allowed_headers(["x-a", "x-b"])
            .max_age(600)
            .block_on_origin_mismatch(false);
        App::new().wrap(cors)
    });
    let cors = Cors::builder()
        .origins(["https://app.example"])
        .methods(["GET", "PUT"])
        .headers(["x-a", "x-b"])
        .max_age(600)
        .build()
        .expect("a valid configuration");
    let cors_actix = start(move || App::new().wrap(cors.clone()));

    let get = format!("GET /page HTTP/1.1\r\n{HOST}\r\n");
    let preflight = format!("OPTIONS /page HTTP/1.1\r\n{HOST}{ASKS}\r\n");
    println!("requests per second, as a ratio to the bare page\n");
    println!(
        "| pipelined, {AT_ONCE} at a time | bare against itself | actix-cors | cors-actix |\n|---|---|---|---|"
    );
    for (name, request) in [("`GET`, allowed", &get), ("preflight", &preflight)] {
        let mut clients =
            [(bare, &get), (bare, &get), (actix_cors, request), (cors_actix, request)]
                .map(Client::open);
        let mut ratios = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            let [bare, others @ ..] = clients.each_mut().map(Client::rate);
            for (ratios, rate) in ratios.iter_mut().zip(others) {
                ratios.push(rate / bare);
            }
        }
        let [itself, actix_cors, cors_actix] = ratios.map(sorted);
        let [low, high] = [ROUNDS / 4, 3 * ROUNDS / 4].map(|at| itself[at]);
        let [actix_cors, cors_actix] = [actix_cors, cors_actix].map(|ratios| ratios[ROUNDS / 2]);
        println!("| {name} | {low:.2} to {high:.2} | {actix_cors:.2} | {cors_actix:.2} |");
    }
}

/// Starts a server of its own thread, which ends with the process.
fn start<F, T, B>(app: F) -> SocketAddr
where
    F: Fn() -> App<T> + Clone + Send + 'static,
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let (started, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = move || app().route("/page", web::get().to(|| async { page() }));
            let server = HttpServer::new(app).workers(1).disable_signals();
            let server = server.bind(("127.0.0.1", 0)).expect("a free port");
            started.send(server.addrs()[0]).expect("somebody who waits");
            server.run().await.expect("a server that runs");
        });
    });
    address.recv().expect("a server")
}

fn page() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok")
}

struct Client {
    stream: TcpStream,
    requests: Vec<u8>,
    /// The responses to each write; `Date` has always the same length.
    responses: Vec<u8>,
}

impl Client {
    fn open((address, request): (SocketAddr, &String)) -> Self {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        stream.write_all(request.as_bytes()).expect("a server that reads");
        let mut first = [0; 4_096];
        std::thread::sleep(std::time::Duration::from_millis(200));
        let length = stream.read(&mut first).expect("a response");
        assert!(first.starts_with(b"HTTP/1.1 20"), "{}", String::from_utf8_lossy(&first));
        let requests = request.repeat(AT_ONCE).into_bytes();
        Self { stream, requests, responses: vec![0; length * AT_ONCE] }
    }

    fn rate(&mut self) -> f64 {
        let begin = Instant::now();
        for _ in 0..WRITES {
            self.stream.write_all(&self.requests).expect("a server that reads");
            self.stream.read_exact(&mut self.responses).expect("all responses");
        }
        assert!(self.responses.starts_with(b"HTTP/1.1 20"), "the responses differ in length");
        (WRITES * AT_ONCE) as f64 / begin.elapsed().as_secs_f64()
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values
}
