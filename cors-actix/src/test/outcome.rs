//! What came of a request, with assertions that explain themselves.

use std::fmt;
use std::ops::Deref;

use cors_browser::{Failure, Outcome, Response};

/// What came of a request of a page: an [`Outcome`] of the model of browsers, with assertions.
///
/// An assertion that fails shows the requests that were sent, the step of Fetch that blocked the
/// page, and with [`TestPage::explained_by`](super::TestPage::explained_by) the policy:
///
/// ```
/// use actix_web::test::init_service;
/// use actix_web::{App, HttpResponse, web};
/// use cors_actix::Cors;
/// use cors_actix::test::TestPage;
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), cors_actix::Error> {
/// let cors = Cors::builder().origins(["https://app.example.com"]).build()?;
/// let route = web::delete().to(HttpResponse::Ok);
/// let app = init_service(App::new().route("/orders", route).wrap(cors.clone())).await;
///
/// let mut page = TestPage::new("https://app.example.com").explained_by(&cors);
/// let delete = page.request("DELETE", "/orders");
/// let outcome = page.fetch(&app, &delete).await;
/// let text = outcome.to_string();
/// assert!(text.contains("preflight for DELETE https://localhost:8080/orders: 204"), "{text}");
/// assert!(text.contains("does not allow the method `DELETE`"), "{text}");
/// assert!(text.contains("REFUSED  `DELETE`; `methods` is GET, HEAD, POST by default"), "{text}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TestOutcome {
    origin: String,
    request: String,
    outcome: Outcome,
    policies: String,
}

impl TestOutcome {
    pub(super) fn new(origin: &str, request: String, outcome: Outcome, policies: String) -> Self {
        Self { origin: origin.to_owned(), request, outcome, policies }
    }

    /// Asserts that the page can read the response, and returns it.
    ///
    /// # Panics
    ///
    /// If the page cannot, with the reason.
    #[track_caller]
    pub fn assert_readable(&self) -> &Response {
        match self.outcome.response() {
            Some(response) => response,
            None => panic!("the page cannot read the response, and should\n{self}"),
        }
    }

    /// Asserts that the page can read the response, and that it has this status.
    ///
    /// # Panics
    ///
    /// If the page cannot, or if the status is another one.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Response {
        let response = self.assert_readable();
        assert!(
            response.status == status,
            "the status is {}, and should be {status}\n{self}",
            response.status
        );
        response
    }

    /// Asserts that the browser blocked the page, and returns why.
    ///
    /// The server may have handled the request all the same: see
    /// [`TestOutcome::assert_not_handled`].
    ///
    /// # Panics
    ///
    /// If the page can read the response, or if it is opaque, so that nothing was blocked.
    #[track_caller]
    pub fn assert_blocked(&self) -> &Failure {
        match self.outcome.failure() {
            Some(failure) => failure,
            None => panic!("the page is not blocked, and should be\n{self}"),
        }
    }

    /// Asserts that the browser sent nothing but preflights, so that no handler ran.
    ///
    /// # Panics
    ///
    /// If it sent the request.
    #[track_caller]
    pub fn assert_not_handled(&self) {
        assert!(self.outcome.actual().is_none(), "the request was sent, and should not be\n{self}");
    }
}

impl Deref for TestOutcome {
    type Target = Outcome;

    fn deref(&self) -> &Outcome {
        &self.outcome
    }
}

impl fmt::Display for TestOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, request, outcome, policies } = self;
        write!(f, "{request}, by a page of {origin}")?;
        for line in outcome.to_string().lines() {
            write!(f, "\n  {line}")?;
        }
        for line in policies.lines() {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}
