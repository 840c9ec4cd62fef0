//! CORS in a browser: an API with a policy on each handler, and a page that calls them all.
//!
//! ```text
//! cargo run --example quickstart
//! ```
//!
//! Open the page whose address it prints, or send the preflight of a `PUT`:
//!
//! ```text
//! curl -i -X OPTIONS http://127.0.0.1:8080/api/acme/orders \
//!      -H 'Origin: http://127.0.0.1:8081' \
//!      -H 'Access-Control-Request-Method: PUT' \
//!      -H 'Access-Control-Request-Headers: x-csrf-token'
//! ```
//!
//! `api.rs` has the handlers, `cors.toml` the policy that they share; `observe.rs` reports to the page what
//! the API answered, and why. The API also serves the inspector. `CORS_CONFIG=FILE` uses another file; `PORT` sets the ports of both servers, and `PORT=0` uses free ports.

mod api;
mod observe;

use std::{
    env, fmt, fs,
    future::{poll_fn, ready},
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    pin::Pin,
    process::ExitCode,
    task::Poll,
};

use actix_web::{
    App, HttpResponse, HttpServer, Route, dev::Server, http::header::ContentType,
    middleware::from_fn, mime, rt, web, web::Bytes,
};
use cors_actix::Cors;

use observe::Journal;

#[actix_web::main]
async fn main() -> ExitCode {
    // Shows warnings about the policies, and the report of a wrong configuration at startup.
    env_logger::init_from_env(env_logger::Env::default().default_filter_or("cors_actix=warn"));
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit_code()
        }
    }
}

async fn run() -> Result<(), Failure> {
    let cors = policy().map_err(Failure::Policy)?;
    let port = port()?;
    let api_socket = listen(Ipv4Addr::LOCALHOST, port)?;
    let page_socket = listen(Ipv4Addr::LOCALHOST, if port == 0 { 0 } else { port + 1 })?;
    let api_origin = format!("http://{}", api_socket.local_addr()?);
    let page_origin = format!("http://{}", page_socket.local_addr()?);

    let journal = web::Data::new(Journal::default());
    let mut api = api_server(cors.clone(), journal.clone(), api_socket)?;
    let page = page_server(cors, journal, &api_origin, page_socket)?;
    // The first poll starts the workers. It fails if the attributes and `cors.toml` conflict.
    if let Poll::Ready(end) = poll_fn(|cx| Poll::Ready(Pin::new(&mut api).poll(cx))).await {
        return end.map_err(Failure::Start);
    }
    rt::spawn(page);
    println!("API  listening on {api_origin}");
    println!("page listening on {page_origin} (open this one)");
    println!("inspector at {api_origin}/__cors");
    Ok(api.await?)
}

fn api_server(
    cors: Cors,
    journal: web::Data<Journal>,
    socket: TcpListener,
) -> Result<Server, Failure> {
    let server = HttpServer::new(move || {
        // Without this call, it is served in a local profile only, which would also allow the
        // pages on `localhost`. This server listens on a loopback address.
        let inspector = cors.inspector("/__cors").danger_serve_in_every_profile();
        App::new()
            .app_data(journal.clone())
            .configure(api::routes)
            .service(inspector)
            .wrap(from_fn(observe::note_arrival))
            .wrap(cors.clone()) // the last wrap is the outermost; only the next one is outside
            .wrap(from_fn(observe::note_response))
    });
    Ok(server.listen(socket)?.run())
}

/// Serves the page at two hosts, which are two origins: `127.0.0.1` and `localhost`.
fn page_server(
    cors: Cors,
    journal: web::Data<Journal>,
    api_origin: &str,
    socket: TcpListener,
) -> Result<Server, Failure> {
    let port = socket.local_addr()?.port();
    let html = include_str!("page.html").replace("{{api}}", api_origin);
    let toml = policy_text();
    let cors = web::Data::new(cors);
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(journal.clone())
            .app_data(cors.clone())
            .route("/", file(ContentType::html(), html.clone()))
            .route("/page.js", file(ContentType(mime::TEXT_JAVASCRIPT), include_str!("page.js")))
            .route("/cors.toml", file(ContentType::plaintext(), toml.clone()))
            .route("/table", web::get().to(observe::table))
            .route("/explain", web::get().to(observe::explain))
    })
    .workers(1)
    .disable_signals()
    .listen(socket)?;
    // A browser connects to `localhost` over IPv6 first, unless the machine has none.
    match listen(Ipv6Addr::LOCALHOST, port) {
        Ok(socket) => server = server.listen(socket)?,
        Err(Failure::Listen(_, error)) if error.kind() != io::ErrorKind::AddrInUse => {}
        Err(failure) => return Err(failure),
    }
    Ok(server.run())
}

fn file(kind: ContentType, text: impl Into<Bytes>) -> Route {
    let text = text.into();
    web::get().to(move || ready(HttpResponse::Ok().content_type(kind.clone()).body(text.clone())))
}

/// The file that `CORS_CONFIG` names, else the `cors.toml` beside this source.
fn policy() -> Result<Cors, cors_actix::Error> {
    match env::var_os("CORS_CONFIG") {
        Some(_) => Cors::try_from_config(),
        None => Cors::try_from_toml_str(include_str!("cors.toml")),
    }
}

/// The text of the policy, for the page.
fn policy_text() -> String {
    let file = env::var_os("CORS_CONFIG").and_then(|path| fs::read_to_string(path).ok());
    file.unwrap_or_else(|| include_str!("cors.toml").to_owned())
}

/// The API's port; the page takes the next one.
fn port() -> Result<u16, Failure> {
    match env::var("PORT") {
        Err(env::VarError::NotPresent) => Ok(8080),
        value => value
            .ok()
            .and_then(|it| it.parse().ok())
            .filter(|&port| port < u16::MAX)
            .ok_or(Failure::Port),
    }
}

fn listen(ip: impl Into<IpAddr>, port: u16) -> Result<TcpListener, Failure> {
    let address = SocketAddr::new(ip.into(), port);
    TcpListener::bind(address).map_err(|error| Failure::Listen(address, error))
}

enum Failure {
    Policy(cors_actix::Error),
    Port,
    Start(io::Error),
    Listen(SocketAddr, io::Error),
    Server(io::Error),
}

impl Failure {
    /// 2 for a wrong configuration, 1 for an error of the system.
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Policy(_) | Self::Port | Self::Start(_) => ExitCode::from(2),
            Self::Listen(..) | Self::Server(_) => ExitCode::FAILURE,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Server(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(report) => write!(f, "{report}"),
            Self::Port => write!(f, "PORT must be a number from 0 to 65534"),
            Self::Start(error) => write!(f, "the API does not start: {error}"),
            Self::Listen(address, error) => write!(
                f,
                "cannot listen on {address}: {error}\n  help: choose another port, for example `PORT=9000 cargo run --example quickstart`"
            ),
            Self::Server(error) => write!(f, "the server failed: {error}"),
        }
    }
}
