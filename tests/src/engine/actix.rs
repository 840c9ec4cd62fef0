//! A real actix server under one configuration. What its handler has to do and whether it ran
//! goes past the wire, through memory, so that the requests are those of the corpus and no more.

use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, web};
use cors_actix::{Cors, Counts};

use cors_core::{Decision, Denial};

use super::{Answer, Engine, Sent, Unspeakable, wire};
use crate::client::Protocol;
use crate::corpus::Handler;
use crate::server::Server;

/// A server, called in one version of HTTP.
#[derive(Debug)]
pub struct Actix {
    protocol: Protocol,
    site: Rc<Site>,
}

/// A server and what is behind its middleware.
#[derive(Debug)]
pub(super) struct Site {
    server: Server,
    cors: Cors,
    behind: Arc<Behind>,
}

#[derive(Debug, Default)]
struct Behind {
    handler: Mutex<Handler>,
    handled: AtomicUsize,
}

impl Actix {
    pub(super) fn new(protocol: Protocol, site: &Rc<Site>) -> Self {
        Self { protocol, site: Rc::clone(site) }
    }
}

impl Engine for Actix {
    fn name(&self) -> &'static str {
        match self.protocol {
            Protocol::Http1 => "actix over HTTP/1.1",
            Protocol::Http2 => "actix over HTTP/2",
        }
    }

    fn answer(&self, request: &Sent, handler: &Handler) -> Result<Answer, Unspeakable> {
        let Site { server, cors, behind } = &*self.site;
        handler.clone_into(&mut behind.handler.lock().unwrap_or_else(PoisonError::into_inner));
        if self.protocol == Protocol::Http2 && handler.status == 101 {
            return Err(Unspeakable("HTTP/2 does not switch protocols"));
        }
        let (before, counts) = (behind.handled.load(Ordering::SeqCst), cors.counts());
        let (status, headers) = wire::exchange(server.address(), self.protocol, request)?;
        let times = behind.handled.load(Ordering::SeqCst) - before;
        assert!(times <= 1, "{} {}: handled {times} times", request.method, request.target);
        let reason = reason(&counts, &cors.counts());
        Ok(Answer { status, headers, handled: times == 1, reason })
    }
}

impl Site {
    pub(super) fn start(cors: &Cors) -> Self {
        let behind = Arc::new(Behind::default());
        let (outermost, data) = (cors.clone(), web::Data::from(Arc::clone(&behind)));
        let server = Server::start(1, move || {
            App::new()
                .app_data(data.clone())
                // Most cases go to a resource, the others to no resource at all.
                .route("/resource", web::to(handle))
                .default_service(web::to(handle))
                .wrap(from_fn(pass))
                .wrap(outermost.clone())
        });
        Self { server, cors: cors.clone(), behind }
    }
}

/// Why the one request between two readings was denied: what was counted for it.
fn reason(before: &Counts, after: &Counts) -> Option<&'static str> {
    let counted = after.iter().zip(before.iter()).filter(|((_, now), (_, then))| now > then);
    counted.map(|((decision, _), _)| decision).find_map(Decision::denial).map(Denial::code)
}

impl Behind {
    fn handler(&self) -> Handler {
        self.handler.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The first middleware inside of CORS: it counts requests, and may fail.
async fn pass<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if let Some(behind) = request.app_data::<web::Data<Behind>>() {
        behind.handled.fetch_add(1, Ordering::SeqCst);
        if let Some(error) = behind.handler().error {
            return Err(InternalError::new("an error of the corpus", status(error)).into());
        }
    }
    next.call(request).await
}

async fn handle(behind: web::Data<Behind>) -> HttpResponse {
    let Handler { status: code, headers, error: _ } = behind.handler();
    let mut response = HttpResponse::build(status(code));
    for (name, value) in headers {
        response.append_header((name, value));
    }
    response.finish()
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or_else(|error| panic!("status {code}: {error}"))
}
