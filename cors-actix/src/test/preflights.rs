//! One assertion for the whole policy table: a preflight for every row.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use cors_browser::{
    Browser, Credentials, Failure, FetchRequest, Outcome, Page, Url, WireRequest, WireResponse,
};
use cors_core::{EffectiveValue, Setting};

use super::explanation::Label;
use super::sample;
use super::transport::send;
use crate::api::Cors;
use crate::observe::{PolicyCell, PolicyRow};

/// A page for policies that allow any.
const ANY_PAGE: &str = "https://page.cors-actix.test";
const APPLICATION: &str = "https://cors-actix.test";

/// Sends preflights for every row of the policy table to the application, and asserts that each
/// lets the request pass that its policy allows.
///
/// It finds what is in front of [`Cors`]: authentication, a guard or a redirect that answers
/// preflights, which have no cookies and no `Authorization`. For an annotated route, every method
/// that it serves and allows is sent, with all configured headers. For a group of paths and for
/// everything else, it is enough that `Cors` answers. Rows under `passthrough` are left out. No
/// handler runs.
///
/// It is [`PreflightCheck`] without settings.
///
/// ```
/// use actix_web::test::init_service;
/// use actix_web::{App, Responder, put};
/// use cors_actix::test::assert_preflights_pass;
/// use cors_actix::{Cors, cors};
///
/// #[cors]
/// #[put("/orders/{id}")]
/// async fn replace_order() -> impl Responder {
///     "saved"
/// }
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), cors_actix::Error> {
/// let cors = Cors::builder().origins(["https://app.example.com"]).build()?;
/// let app = init_service(App::new().service(replace_order).wrap(cors.clone())).await;
/// assert_preflights_pass(&app, &cors).await;
/// # Ok(())
/// # }
/// ```
///
/// # Panics
///
/// If a preflight does not pass, with all that do not; and if the table has no rows, because
/// no application was initialised or CORS is disabled.
pub async fn assert_preflights_pass<S, B>(app: &S, cors: &Cors)
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    PreflightCheck::new().assert(app, cors).await;
}

/// [`assert_preflights_pass`] with settings.
///
/// ```
/// use cors_actix::test::PreflightCheck;
///
/// // A path for a pattern whose expressions no common value fits, and a row to leave out.
/// let check = PreflightCheck::new().path(r"/orders/{id:ord-\d+}", "/orders/ord-7").skip("/legacy/**");
/// # let _ = check;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct PreflightCheck {
    paths: Vec<(String, String)>,
    skipped: Vec<String>,
}

impl PreflightCheck {
    /// A check of every row.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends the preflights for the row with this pattern to this path.
    pub fn path(mut self, pattern: &str, path: &str) -> Self {
        self.paths.push((pattern.to_owned(), path.to_owned()));
        self
    }

    /// Leaves out the row with this label, such as a route that a guard hides from preflights.
    pub fn skip(mut self, label: &str) -> Self {
        self.skipped.push(label.to_owned());
        self
    }

    /// Sends the preflights.
    ///
    /// # Panics
    ///
    /// As [`assert_preflights_pass`].
    pub async fn assert<S, B>(&self, app: &S, cors: &Cors)
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        assert!(
            cors.is_served(),
            "there is no application to check: initialise it with `actix_web::test::init_service`, \
             wrapped with this `Cors`"
        );
        let table = cors.table();
        if let Some(source) = table.disabled() {
            panic!("no preflight passes: CORS is disabled by `enabled = false` at {source}");
        }
        let mut problems = Vec::new();
        for row in table.rows().iter().filter(|row| !self.is_skipped(row)) {
            problems.extend(self.problems(app, row).await);
        }
        let count = problems.len();
        assert!(count == 0, "{count} preflights do not pass\n{}", problems.join("\n"));
    }

    fn is_skipped(&self, row: &PolicyRow) -> bool {
        let pattern = Label::of(row).pattern;
        self.skipped.iter().any(|it| it == row.label() || Some(&**it) == pattern)
    }

    async fn problems<S, B>(&self, app: &S, row: &PolicyRow) -> Vec<String>
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        let label = row.label();
        let origins = row.get(Setting::Origins).map(PolicyCell::value);
        if origins == Some(&EffectiveValue::Passthrough) {
            // Handlers answer as they like.
            return Vec::new();
        }
        let Some(url) = self.url(row) else {
            return vec![format!(
                "{label}: no path is known that fits the pattern; set one with \
                 `PreflightCheck::path`"
            )];
        };
        let page = page_of(row);
        let methods = methods_of(row);
        if row.handler().is_none() || page.is_none() || methods.is_empty() {
            let page = page.unwrap_or_else(|| Page::new(ANY_PAGE));
            let request = FetchRequest::new("GET", url);
            let outcome = ask(app, page, &request).await;
            return problem_of_answer(&outcome)
                .into_iter()
                .map(|it| show(label, &it, &outcome))
                .collect();
        }
        let mut problems = Vec::new();
        for method in methods {
            let page = page.clone().unwrap_or_else(|| Page::new(ANY_PAGE));
            let request = request_of(row, &method, url.clone(), page.origin());
            let outcome = ask(app, page, &request).await;
            let problem = match outcome.failure() {
                // The preflight passed; the request is not sent.
                Some(Failure::NoResponse) => continue,
                Some(failure) => match problem_of_answer(&outcome) {
                    Some(problem) => problem,
                    None => format!(
                        "{failure}. The policy allows it: a route that may run in its place, or a \
                         guard, has another policy"
                    ),
                },
                None => "no preflight was sent".to_owned(),
            };
            problems.push(show(label, &problem, &outcome));
        }
        problems
    }

    fn url(&self, row: &PolicyRow) -> Option<Url> {
        let Label { pattern, group, host } = Label::of(row);
        let given = pattern.and_then(|pattern| self.paths.iter().find(|(it, _)| it == pattern));
        let path = match (given, pattern) {
            (Some((_, path)), _) => path.clone(),
            (None, Some(pattern)) if row.handler().is_some() => sample::of_route(pattern, group)?,
            (None, Some(pattern)) => sample::of_group(pattern),
            // "everything else in /scope" is what a `Cors` around a scope answers.
            (None, None) => sample::of_group(group.unwrap_or_default()) + "/cors-actix-test",
        };
        let origin = host.map(|host| format!("https://{}", host.replace('*', "a")));
        Url::parse(&format!("{}{path}", origin.as_deref().unwrap_or(APPLICATION)))
    }
}

// The preflight of the request, and nothing else.
async fn ask<S, B>(app: &S, page: Page, request: &FetchRequest) -> Outcome
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let transport = async |wire: &WireRequest| match wire.is_preflight() {
        true => send(app, wire).await,
        false => WireResponse::none(),
    };
    let request = request.clone().upload_listener();
    Browser::new().fetch_async(transport, page, &request).await
}

/// What shows that something else than `Cors` answered.
fn problem_of_answer(outcome: &Outcome) -> Option<String> {
    let response = &outcome.preflight()?.response;
    let is_of_cors = match response.status {
        204 => true,
        // With an origin or a method that is not allowed.
        403 => response.header("vary").is_some_and(|it| it.to_ascii_lowercase().contains("origin")),
        _ => false,
    };
    (!is_of_cors).then(|| {
        format!(
            "the response has the status {} and is not of `Cors`: something outside of it answers, \
             such as authentication that is wrapped later. Wrap the application with `Cors` last",
            response.status
        )
    })
}

fn show(label: &str, problem: &str, outcome: &Outcome) -> String {
    let preflight = outcome.preflight().map(ToString::to_string).unwrap_or_default();
    format!("{label}: {problem}\n  {preflight}")
}

// An origin that the policy allows; `None` if it allows none, or none that can be written down.
fn page_of(row: &PolicyRow) -> Option<Page> {
    match row.get(Setting::Origins)?.value() {
        EffectiveValue::Any => Some(Page::new(ANY_PAGE)),
        EffectiveValue::List(origins) => {
            let filled = origins.iter().map(|it| it.replace(":*", ":8443").replace('*', "a"));
            let is_origin = |page: &Page| page.origin() != "null";
            let pages = filled.filter(|it| it.contains("://") && !it.contains(['\\', '^', '(']));
            pages.filter_map(|it| Page::parse(&it)).find(is_origin)
        }
        _ => None,
    }
}

// The methods that the route serves and a page may send. `methods` cannot remove those of forms.
fn methods_of(row: &PolicyRow) -> Vec<String> {
    let allowed = row.get(Setting::Methods).map(|cell| cell.value());
    let is_allowed = |method: &str| match allowed {
        _ if matches!(method, "GET" | "HEAD" | "POST") => true,
        Some(EffectiveValue::Any) => true,
        Some(EffectiveValue::List(methods)) => methods.iter().any(|it| it == method),
        _ => false,
    };
    // No page can send these two.
    let is_sent = |method: &str| !matches!(method, "CONNECT" | "TRACE") && is_allowed(method);
    row.serves().iter().filter(|it| is_sent(it)).map(ToString::to_string).collect()
}

fn request_of(row: &PolicyRow, method: &str, url: Url, origin: &str) -> FetchRequest {
    let value = |setting| row.get(setting).map(|cell| cell.value());
    let mut request = FetchRequest::new(method, url);
    request.credentials = match value(Setting::Credentials) {
        Some(EffectiveValue::Flag(true)) => Credentials::Include,
        Some(EffectiveValue::List(origins)) if origins.iter().any(|it| it == origin) => {
            Credentials::Include
        }
        _ => Credentials::SameOrigin,
    };
    match value(Setting::Headers) {
        Some(EffectiveValue::List(names)) => {
            for name in names {
                request = request.header(name, "cors-actix-test");
            }
        }
        Some(EffectiveValue::Any | EffectiveValue::AnyWithAuthorization) => {
            request = request.header("x-cors-actix-test", "1");
        }
        _ => {}
    }
    request
}
