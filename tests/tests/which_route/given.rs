//! Routes under policies that differ, and how to recognise the policy of a response.

use actix_http::Request;
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::error::ErrorImATeapot;
use actix_web::guard::GuardContext;
use actix_web::http::{Method, header};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpRequest, HttpResponse, get, put, route, web};
use cors_actix::{Cors, cors};
use cors_tests::script::{Act, Script};

pub(crate) const APP: &str = "https://app.example";
pub(crate) const BETA: &str = "https://beta.example";
pub(crate) const EVIL: &str = "https://evil.example";
pub(crate) const ORIGINS: [&str; 3] = [APP, BETA, EVIL];

/// How the same routes are configured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Variant {
    /// Lists of origins.
    Listed,
    /// Policies with credentials.
    Cookies,
    /// `any` where `Listed` has more than one origin, and for what is un-annotated.
    Any,
}

pub(crate) const VARIANTS: [Variant; 3] = [Variant::Listed, Variant::Cookies, Variant::Any];

impl Variant {
    pub(crate) fn cors(self) -> Cors {
        let (global, opened, credentials) = match self {
            Self::Listed => ("[\"https://app.example\"]", OPEN, "false"),
            Self::Cookies => ("[\"https://app.example\"]", OPEN, "true"),
            Self::Any => ("\"any\"", "\"any\"", "false"),
        };
        let text = format!(
            "[cors]\norigins = {global}\ncredentials = {credentials}\n\
             [cors.policies.open]\norigins = {opened}\ncredentials = {credentials}\n\
             [cors.policies.narrow]\norigins = [\"https://app.example\"]\n\
             credentials = {credentials}\n\
             [[cors.paths]]\nmatch = \"/internal/**\"\nreplace = true\n\
             origins = [\"https://inside.example\"]\n\
             [[cors.paths]]\nmatch = \"/internal/x\"\noff = true\n"
        );
        Cors::try_from_toml_str(&text).unwrap()
    }

    /// Whether the policy of a handler on a path allows the origin.
    pub(crate) fn allows(self, name: &str, path: &str, origin: &str) -> bool {
        match name {
            "open" | "v2" => self == Self::Any || origin != EVIL,
            "shut" | "wrapped" | "put" => false,
            "narrow" => origin == APP,
            "item" | "plain" if path.starts_with("/internal/") => false,
            "item" | "plain" => self == Self::Any || origin == APP,
            _ => panic!("`{name}` is no handler"),
        }
    }
}

const OPEN: &str = "[\"https://app.example\", \"https://beta.example\"]";

/// Answers with the name of the handler and the path that was routed, or raises an error
/// with the same content.
pub(crate) fn respond(request: &HttpRequest, name: &str) -> Result<HttpResponse, Error> {
    let text = format!("{name} {}", request.match_info().as_str());
    match request.headers().contains_key("x-fail") {
        true => Err(ErrorImATeapot(text)),
        false => Ok(HttpResponse::Ok().body(text)),
    }
}

type Answer = Result<HttpResponse, Error>;

#[cors(policy = "open")]
#[route("/open", method = "GET", method = "HEAD")]
async fn open(request: HttpRequest) -> Answer {
    // So that another call can overtake this one.
    actix_web::rt::task::yield_now().await;
    respond(&request, "open")
}

#[cors(off)]
#[route("/shut", method = "GET", method = "HEAD")]
async fn shut(request: HttpRequest) -> Answer {
    respond(&request, "shut")
}

#[cors(policy = "narrow")]
#[route("/narrow", method = "GET", method = "HEAD")]
async fn narrow(request: HttpRequest) -> Answer {
    respond(&request, "narrow")
}

fn has_x_a(context: &GuardContext<'_>) -> bool {
    context.head().headers().contains_key("x-a")
}

#[cors(policy = "open")]
#[route("/report", method = "GET", method = "HEAD", guard = "has_x_a")]
async fn v2(request: HttpRequest) -> Answer {
    respond(&request, "v2")
}

/// In the scopes of two groups.
#[cors]
#[route("/item", method = "GET", method = "HEAD")]
async fn item(request: HttpRequest) -> Answer {
    respond(&request, "item")
}

#[cors(off)]
#[put("/put")]
async fn put_only(request: HttpRequest) -> Answer {
    respond(&request, "put")
}

/// Shows another method afterwards than the one that ran.
async fn shows_post(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (request, response) = next.call(request).await?.into_parts();
    let mut request = ServiceRequest::from_request(request);
    request.head_mut().method = Method::POST;
    Ok(ServiceResponse::new(request.into_parts().0, response))
}

#[cors(off)]
#[get("/wrapped", wrap = "from_fn(shows_post)")]
async fn wrapped(request: HttpRequest) -> Answer {
    respond(&request, "wrapped")
}

async fn plain(request: HttpRequest) -> Answer {
    respond(&request, "plain")
}

pub(crate) fn routes(app: &mut web::ServiceConfig) {
    let scope = |prefix| web::scope(prefix).service(item).route("/x", web::to(plain));
    app.service(open)
        .service(shut)
        .service(narrow)
        .service(v2)
        .service(put_only)
        .service(wrapped)
        .route("/report", web::to(plain))
        .route("/plain", web::to(plain))
        .route("/put", web::get().to(plain))
        .service(scope("/pub"))
        .service(scope("/internal"));
}

/// One use of a script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// A request that comes first, and what is done with it.
    pub(crate) first: Option<(&'static str, &'static [Act])>,
    pub(crate) path: &'static str,
    pub(crate) acts: &'static [Act],
    /// The handler whose response is sent, and the path that it was routed by.
    pub(crate) runs: (&'static str, &'static str),
}

pub(crate) const fn row(
    path: &'static str,
    acts: &'static [Act],
    runs: (&'static str, &'static str),
) -> Row {
    Row { first: None, path, acts, runs }
}

impl Row {
    pub(crate) fn script(self) -> Script {
        Script::by(move |request| {
            let is = |name| request.headers().contains_key(name);
            match self.first {
                Some((_, first)) if is("x-first") => first.to_vec(),
                _ if is("x-unscripted") => Vec::new(),
                _ => self.acts.to_vec(),
            }
        })
    }
}

/// Makes an application with the routes of this module and the script of a row.
macro_rules! scripted {
    ($variant:expr, $row:expr) => {
        actix_web::test::init_service(
            actix_web::App::new()
                .configure($crate::given::routes)
                .wrap($row.script())
                .wrap($variant.cors()),
        )
        .await
    };
}
pub(crate) use scripted;

pub(crate) fn request(method: &str, path: &str, origin: &str) -> TestRequest {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    TestRequest::with_uri(path).method(method).insert_header((header::ORIGIN, origin))
}

/// The response as a page of an origin sees it.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) readable: bool,
}

impl Seen {
    /// The handler that the body names, and its path.
    pub(crate) fn ran(&self) -> (&str, &str) {
        self.body.split_once(' ').unwrap_or((&self.body, ""))
    }
}

/// Sends a request as actix does, and checks the whole set of CORS headers.
pub(crate) async fn see<S, B>(app: &S, variant: Variant, origin: &str, request: Request) -> Seen
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let response = match app.call(request).await {
        Ok(response) => response.into_parts().1.map_into_boxed_body(),
        Err(error) => error.error_response(),
    };
    of(response, variant, origin).await
}

pub(crate) async fn of(response: HttpResponse<BoxBody>, variant: Variant, origin: &str) -> Seen {
    let headers = response.headers().iter();
    let mut cors: Vec<_> = headers
        .filter(|(name, _)| name.as_str().starts_with("access-control-"))
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
        .collect();
    cors.sort();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let with_cookies = [
        pair("access-control-allow-credentials", "true"),
        pair("access-control-allow-origin", origin),
    ];
    let readable = match (&*cors, variant) {
        ([], _) => false,
        (cors, Variant::Cookies) if cors == with_cookies => true,
        ([one], Variant::Listed) if *one == pair("access-control-allow-origin", origin) => true,
        ([one], Variant::Any)
            if *one == pair("access-control-allow-origin", "*")
                || *one == pair("access-control-allow-origin", origin) =>
        {
            true
        }
        _ => panic!("no policy sends this: {cors:?}"),
    };
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body()).await.ok().unwrap();
    Seen { status, body: String::from_utf8(body.to_vec()).unwrap(), readable }
}

/// Whether the origin may send `GET` with a header after a preflight.
pub(crate) async fn is_preflight_allowed<S, B>(app: &S, path: &str, origin: &str) -> bool
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
{
    let request = request("OPTIONS", path, origin);
    let request = request.insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "GET"));
    let response = app.call(request.to_request()).await.unwrap();
    response.status().is_success()
        && response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
}
