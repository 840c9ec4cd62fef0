//! Try a `cors.toml` before it is deployed: a server that answers every request under that policy.
//!
//! ```text
//! cargo run --example serve -- --config cors.toml --port 8080
//! curl -i http://127.0.0.1:8080/any/path -H 'Origin: https://app.example.com'
//! ```
//!
//! Every path and method gets 200, `x-handled: yes` and a short body. The query changes that:
//!
//! * `?status=404` answers with that status.
//! * `?header=Name:Value` adds a response header; repeat it for more.
//! * `?error=401` makes a middleware inside of `Cors` return that error as `Err`, so the handler
//!   does not run and there is no `x-handled`.
//!
//! HTTP/1.1, and HTTP/2 with prior knowledge (`curl --http2-prior-knowledge`). `--port 0` picks a
//! free port. When the server is ready it prints `listening on http://127.0.0.1:PORT`. The mistakes
//! of a file are reported on stderr, and the exit status is 2.

use std::{env, ffi::OsString, io, net::Ipv4Addr, path::PathBuf, process::ExitCode};

use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpServer,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::{ErrorBadRequest, InternalError},
    http::{
        Method, StatusCode,
        header::{HeaderName, HeaderValue},
    },
    middleware::{Next, from_fn},
    web,
};
use cors_actix::Cors;

const USAGE: &str = "usage: serve --config FILE [--port N]";

#[actix_web::main]
async fn main() -> ExitCode {
    // Shows warnings about the policy.
    env_logger::init_from_env(env_logger::Env::default().default_filter_or("cors_actix=warn"));
    let arguments = match Arguments::parse(env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let cors = match Cors::try_from_path(&arguments.config) {
        Ok(cors) => cors,
        Err(report) => {
            eprintln!("{report}");
            return ExitCode::from(2);
        }
    };
    match serve(cors, arguments.port).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot serve on 127.0.0.1:{}: {error}", arguments.port);
            ExitCode::FAILURE
        }
    }
}

async fn serve(cors: Cors, port: u16) -> io::Result<()> {
    let server = HttpServer::new(move || {
        App::new()
            .default_service(web::to(answer))
            .wrap(from_fn(fail_on_request))
            .wrap(cors.clone()) // the last wrap is the outermost
    })
    .bind_auto_h2c((Ipv4Addr::LOCALHOST, port))?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    server.run().await
}

async fn answer(request: HttpRequest) -> Result<HttpResponse, Error> {
    let wish = Wish::parse(&request)?;
    let mut response = wish.response(wish.status);
    response.insert_header(("x-handled", "yes"));
    Ok(match (wish.status, request.method()) {
        (StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED, _)
        | (_, &Method::HEAD) => response.finish(),
        (_, method) => response.body(format!("{method} {}\n", request.path())),
    })
}

/// Like an authentication middleware: it returns an `Err`, and the handler does not run.
async fn fail_on_request(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let wish = Wish::parse(request.request())?;
    match wish.error {
        Some(status) => {
            let response = wish.response(status).body(format!("{status}\n"));
            Err(InternalError::from_response("requested with ?error", response).into())
        }
        None => next.call(request).await,
    }
}

/// The response that the query requests.
struct Wish {
    status: StatusCode,
    error: Option<StatusCode>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Wish {
    fn parse(request: &HttpRequest) -> Result<Self, Error> {
        let query = web::Query::<Vec<(String, String)>>::from_query(request.query_string())?;
        let mut wish = Self { status: StatusCode::OK, error: None, headers: Vec::new() };
        for (key, value) in query.into_inner() {
            match key.as_str() {
                "status" => wish.status = status(&key, &value, 200)?,
                "error" => wish.error = Some(status(&key, &value, 400)?),
                "header" => wish.headers.push(header(&value)?),
                _ => {}
            }
        }
        Ok(wish)
    }

    fn response(&self, status: StatusCode) -> actix_web::HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        for header in &self.headers {
            response.append_header(header.clone());
        }
        response
    }
}

fn status(key: &str, value: &str, least: u16) -> Result<StatusCode, Error> {
    value
        .parse()
        .ok()
        .filter(|code| (least..=599).contains(code))
        .and_then(|code| StatusCode::from_u16(code).ok())
        .ok_or_else(|| {
            ErrorBadRequest(format!("?{key}={value}: a status from {least} to 599 is needed\n"))
        })
}

fn header(line: &str) -> Result<(HeaderName, HeaderValue), Error> {
    line.split_once(':')
        .and_then(|(name, value)| Some((name.parse().ok()?, value.trim().parse().ok()?)))
        .ok_or_else(|| ErrorBadRequest(format!("?header={line}: write ?header=Name:Value\n")))
}

/// The command line.
struct Arguments {
    config: PathBuf,
    port: u16,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let (mut config, mut port) = (None, 8080);
        while let Some(word) = words.next() {
            let mut value =
                || words.next().ok_or_else(|| format!("{} needs a value", word.display()));
            match word.to_str() {
                Some("--config") => config = Some(PathBuf::from(value()?)),
                Some("--port") => {
                    let number = value()?;
                    port = number.to_str().and_then(|it| it.parse().ok()).ok_or_else(|| {
                        format!("--port needs a number from 0 to 65535, not `{}`", number.display())
                    })?;
                }
                _ => return Err(format!("unknown argument `{}`", word.display())),
            }
        }
        Ok(Self { config: config.ok_or("--config is missing")?, port })
    }
}
