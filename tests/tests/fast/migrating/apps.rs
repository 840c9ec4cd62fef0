//! Applications that differ in the middleware alone, and what a server with one answers.

use std::collections::BTreeMap;

use actix_web::middleware::from_fn;
use actix_web::{App, web};
use cors_actix::Error;
use cors_tests::client::{Protocol, send};
use cors_tests::server::Server;

use super::authenticate::authenticate;

/// An application under actix-cors.
#[derive(Clone, Copy)]
pub(crate) struct Theirs {
    pub(crate) services: fn(&mut web::ServiceConfig),
    pub(crate) cors: fn() -> actix_cors::Cors,
}

/// An application under cors-actix.
#[derive(Clone, Copy)]
pub(crate) struct Ours {
    pub(crate) services: fn(&mut web::ServiceConfig),
    pub(crate) cors: fn() -> Result<cors_actix::Cors, Error>,
}

impl Theirs {
    pub(crate) fn start(self) -> Server {
        let Self { services, cors } = self;
        Server::start(1, move || {
            App::new().configure(services).wrap(from_fn(authenticate)).wrap(cors())
        })
    }
}

impl Ours {
    pub(crate) fn start(self) -> Server {
        let Self { services, cors } = self;
        let cors = cors().unwrap_or_else(|report| panic!("{report}"));
        Server::start(1, move || {
            App::new().configure(services).wrap(from_fn(authenticate)).wrap(cors.clone())
        })
    }
}

/// The status, and every `Access-Control-*` and `Vary`, as a page of this guide writes them:
/// without the prefix, lists in alphabetical order.
pub(crate) type Answer = Vec<String>;

/// Sends a request such as `GET /path`, with header lines `Name: value` to the host `api.example.com`.
pub(crate) fn ask(server: &Server, request: &str, lines: &[String]) -> Answer {
    let (method, path) = request.split_once(' ').expect("a method and a path");
    let split = |line: &String| {
        let (name, value) = line.split_once(": ").expect("a name and a value");
        (name.to_owned(), value.to_owned())
    };
    let mut lines: Vec<_> = lines.iter().map(split).collect();
    lines.push(("Host".to_owned(), "api.example.com".to_owned()));
    let lines: Vec<_> = lines.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
    let reply = send(server.address(), Protocol::Http1, method, path, &lines);

    let mut headers = BTreeMap::<&str, Vec<&str>>::new();
    for (name, value) in reply.cors_headers() {
        let values = headers.entry(name).or_default();
        let is_list = matches!(
            name,
            "vary"
                | "access-control-allow-methods"
                | "access-control-allow-headers"
                | "access-control-expose-headers"
        );
        match is_list {
            true => values.extend(value.split(',').map(str::trim)),
            false => values.push(value),
        }
        // actix-cors sends its lists in another order in each process.
        values.sort_unstable();
    }
    let show = |(name, values): (&str, Vec<&str>)| {
        let name = name.strip_prefix("access-control-").unwrap_or(name);
        format!("{name}: {}", values.join(", "))
    };
    let mut answer = vec![reply.status.to_string()];
    answer.extend(headers.into_iter().map(show));
    answer
}
