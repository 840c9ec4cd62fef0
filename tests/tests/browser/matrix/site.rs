//! The servers of the matrix. One has the pages and no CORS, two have the application under test.
//! A middleware outside of `Cors` writes down each request that names a case.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpMessage as _, HttpResponse, Responder, rt, web};
use cors_actix::Cors;
use cors_tests::server::Server;
use cors_tests::tls::Terminator;
use cors_tests::webdriver::Outcome;

use super::application::{self, Handled, Wish};
use super::record::{Event, Record, combine};

/// The servers, and the origins by which the browser reaches them.
pub(super) struct Site {
    pub(super) origins: Origins,
    pub(super) record: Arc<Record>,
    servers: Vec<Front>,
}

/// How the browser reaches the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    /// With HTTP/2, but for WebSockets.
    Https,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Http { "http" } else { "https" })
    }
}

/// A server, and TLS in front of it.
struct Front {
    server: Server,
    tls: Option<Terminator>,
}

impl Front {
    fn new(server: Server, scheme: Scheme) -> Outcome<Self> {
        let tls = match scheme {
            Scheme::Http => None,
            Scheme::Https => Some(Terminator::start(server.address())?),
        };
        Ok(Self { server, tls })
    }

    fn origin(&self, host: &str) -> String {
        match &self.tls {
            Some(tls) => format!("https://{host}:{}", tls.address().port()),
            None => self.plain_origin(host),
        }
    }

    fn plain_origin(&self, host: &str) -> String {
        format!("http://{host}:{}", self.server.address().port())
    }
}

/// Serialised origins. Other ports of one host are the same site, other hosts are not.
#[derive(serde::Serialize)]
pub(super) struct Origins {
    /// The page that the matrix runs in: listed.
    pub(super) page: String,
    /// Listed as well.
    pub(super) second: String,
    /// Not listed.
    pub(super) unlisted: String,
    /// The page under a name that is another site: not listed.
    pub(super) site: String,
    /// A subdomain of that site.
    pub(super) app_site: String,
    /// The application under test.
    pub(super) api: String,
    /// The same application once more, to be redirected to.
    pub(super) third: String,
    /// A server that answers what the case says, without this framework.
    pub(super) bare: String,
    /// That server under a name that is another site.
    pub(super) bare_site: String,
    /// That server without TLS.
    pub(super) plain: String,
}

impl Site {
    pub(super) fn start(policies: &str, scheme: Scheme) -> Outcome<Self> {
        let record = Arc::new(Record::default());
        let front = |server| Front::new(server, scheme);
        let pages = (0..3).map(|_| front(start_pages(&record))).collect::<Outcome<Vec<_>>>()?;
        let [page, second, unlisted] = [0, 1, 2].map(|i| pages[i].origin("127.0.0.1"));
        let site = pages[0].origin("localhost");
        let app_site = pages[0].origin("app.localhost");
        let text = policies.replace("{page}", &page).replace("{second}", &second);
        let cors = Cors::try_from_toml_str(&text).unwrap_or_else(|report| panic!("{report}"));
        let api = front(start_application("api", &cors, &record))?;
        let third = front(start_application("third", &cors, &record))?;
        let bare = front(start_bare(&record))?;
        let origins = Origins {
            page,
            second,
            unlisted,
            site,
            app_site,
            api: api.origin("127.0.0.1"),
            third: third.origin("127.0.0.1"),
            bare: bare.origin("127.0.0.1"),
            bare_site: bare.origin("localhost"),
            plain: bare.plain_origin("127.0.0.1"),
        };
        Ok(Self { origins, record, servers: pages.into_iter().chain([api, third, bare]).collect() })
    }

    /// The port at which the same server has no TLS.
    pub(super) fn plain_port(&self, port: u16) -> u16 {
        let is_there =
            |front: &&Front| front.tls.as_ref().is_some_and(|tls| tls.address().port() == port);
        self.servers.iter().find(is_there).map_or(port, |front| front.server.address().port())
    }
}

impl Origins {
    /// Puts origins in the place of `{page}`, `{third}` and so on, and their parts in the place of
    /// `{scheme}`, `{page_host}` and `{bare_host}`.
    pub(super) fn fill(&self, text: &str) -> String {
        let Self { page, second, unlisted, site, app_site, api, third, bare, bare_site, plain } =
            self;
        let (scheme, page_host) = page.split_once("://").unwrap_or_default();
        let (_, bare_host) = bare.split_once("://").unwrap_or_default();
        [
            ("{scheme}", scheme),
            ("{page_host}", page_host),
            ("{bare_host}", bare_host),
            ("{page}", page),
            ("{second}", second),
            ("{unlisted}", unlisted),
            ("{site}", site),
            ("{app_site}", app_site),
            ("{api}", api),
            ("{third}", third),
            ("{bare}", bare),
            ("{bare_site}", bare_site),
            ("{plain}", plain),
        ]
        .into_iter()
        .fold(text.to_owned(), |text, (name, origin)| text.replace(name, origin))
    }
}

fn start_pages(record: &Arc<Record>) -> Server {
    let record = web::Data::from(Arc::clone(record));
    Server::start(1, move || {
        let app = App::new().app_data(record.clone()).route("/step", web::get().to(step));
        app.configure(documents)
    })
}

fn start_application(name: &'static str, cors: &Cors, record: &Arc<Record>) -> Server {
    let (cors, record) = (cors.clone(), web::Data::from(Arc::clone(record)));
    Server::start(1, move || {
        App::new()
            .app_data(record.clone())
            .app_data(web::Data::new(name))
            .app_data(web::PayloadConfig::new(1024))
            .configure(documents)
            .configure(application::routes)
            .default_service(web::to(application::answer))
            .wrap(from_fn(application::go_on))
            .wrap(cors.clone())
            .wrap(from_fn(write_down))
    })
}

fn start_bare(record: &Arc<Record>) -> Server {
    let record = web::Data::from(Arc::clone(record));
    Server::start(1, move || {
        App::new()
            .app_data(record.clone())
            .app_data(web::Data::new("bare"))
            .configure(documents)
            .default_service(web::to(application::answer_as_written))
            .wrap(from_fn(write_down))
    })
}

fn documents(app: &mut web::ServiceConfig) {
    for (path, content_type, text) in [
        ("/blank", "text/html", BLANK),
        ("/driver", "text/html", DRIVER),
        ("/agent.js", "text/javascript", include_str!("agent.js")),
        ("/driver.js", "text/javascript", include_str!("driver.js")),
        // A page whose requests a service worker sends.
        ("/served/blank", "text/html", BLANK),
        ("/served/worker.js", "text/javascript", SERVICE_WORKER),
    ] {
        let document =
            move || async move { HttpResponse::Ok().content_type(content_type).body(text) };
        app.route(path, web::get().to(document));
    }
    app.route(
        "/no-referrer",
        web::get().to(|| async {
            let policy = ("referrer-policy", "no-referrer");
            HttpResponse::Ok().content_type("text/html").insert_header(policy).body(BLANK)
        }),
    );
    // As if it had come from the internet.
    app.route(
        "/public",
        web::get().to(|| async {
            HttpResponse::Ok()
                .content_type("text/html")
                .insert_header(("content-security-policy", "treat-as-public-address"))
                .body("<!doctype html><title>A public page</title>")
        }),
    );
}

/// Ends a step of a case, once as many requests came as the case expects: a page is not told when
/// its beacon has arrived.
async fn step(record: web::Data<Record>, query: web::Query<Step>) -> impl Responder {
    let deadline = Instant::now() + Duration::from_secs(30);
    while record.of_this_step(query.case) < query.events && Instant::now() < deadline {
        rt::time::sleep(Duration::from_millis(5)).await;
    }
    record.end_step(query.case);
    HttpResponse::NoContent()
}

#[derive(serde::Deserialize)]
struct Step {
    case: usize,
    events: usize,
}

/// Outside of `Cors`: notes what came, also when nothing is answered.
async fn write_down(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let case = Wish::parse(request.request())?.case;
    let mut note = case.map(|case| Note {
        record: request.app_data::<web::Data<Record>>().cloned(),
        case,
        event: Event::of(request.request()),
        handled: Handled::default(),
    });
    if let Some(note) = &note {
        request.extensions_mut().insert(note.handled.clone());
    }
    let response = next.call(request).await;
    if let (Some(note), Ok(response)) = (&mut note, &response) {
        note.event.answer = combine(response.headers());
    }
    response
}

/// Becomes an event when the request is done with, however that ends.
struct Note {
    record: Option<web::Data<Record>>,
    case: usize,
    event: Event,
    handled: Handled,
}

impl Drop for Note {
    fn drop(&mut self) {
        self.event.handled = self.handled.get();
        if let Some(record) = &self.record {
            record.push(self.case, self.event.clone());
        }
    }
}

const BLANK: &str = "<!doctype html><title>A page</title><script src=/agent.js></script><body>";

const SERVICE_WORKER: &str = "
    addEventListener('install', () => skipWaiting());
    addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));
";

const DRIVER: &str = "<!doctype html><title>The matrix</title><script src=/agent.js></script>\
                      <script src=/driver.js></script><body>";
