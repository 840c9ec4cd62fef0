//! The tables of the page: a request, and all that its response has of CORS.

use std::collections::BTreeSet;

use actix_http::Request;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header;
use actix_web::test::TestRequest;

/// One row of a table.
#[derive(Debug)]
pub(crate) struct Row {
    /// The row, for messages.
    text: &'static str,
    origin: Option<&'static str>,
    method: &'static str,
    path: &'static str,
    is_preflight: bool,
    /// The headers that a preflight requests.
    requested: Option<&'static str>,
    host: Option<&'static str>,
    status: u16,
    headers: BTreeSet<String>,
}

impl Row {
    /// The rows of the tables of a section.
    pub(crate) fn all(section: &'static str) -> Vec<Self> {
        let is_head = |line: &&str| line.starts_with("| a page of |") || line.starts_with("|---");
        let mut rows = Vec::new();
        let mut in_table = false;
        for line in section.lines() {
            in_table = line.starts_with("| a page of |") || in_table && line.starts_with('|');
            if in_table && !is_head(&line) {
                rows.push(Self::read(line));
            }
        }
        rows
    }

    fn read(text: &'static str) -> Self {
        let cells: Vec<_> = text.trim_matches(['|', ' ']).split(" | ").map(str::trim).collect();
        let [origin, sent, received] = cells[..] else { panic!("not three cells: {text}") };
        let mut parts = sent.split('`');
        let is_preflight = match parts.next() {
            Some("") => false,
            Some("preflight for ") => true,
            other => panic!("{other:?} in {text}"),
        };
        let (method, path) = parts.next().and_then(|it| it.split_once(' ')).expect(text);
        let (mut requested, mut host) = (None, None);
        while let (Some(word), Some(value)) = (parts.next(), parts.next()) {
            match word.trim() {
                "with" => requested = Some(value),
                "to" => host = Some(value),
                other => panic!("{other:?} in {text}"),
            }
        }
        let mut status = if is_preflight { 204 } else { 200 };
        let mut headers = BTreeSet::new();
        for value in received.split('`').skip(1).step_by(2) {
            match value.parse() {
                Ok(other) => status = other,
                Err(_) => drop(headers.insert(value.to_owned())),
            }
        }
        let origin = origin.split('`').nth(1);
        Self { text, origin, method, path, is_preflight, requested, host, status, headers }
    }

    /// Sends the request, and describes what differs from the row.
    pub(crate) async fn run<S, B>(&self, app: &S) -> Result<(), String>
    where
        S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        let response = app.call(self.request()).await.map_err(|error| error.to_string())?;
        let headers: BTreeSet<_> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
            .filter(|(name, _)| is_shown(name))
            .map(|(name, value)| {
                let name = name.strip_prefix("access-control-").unwrap_or(name);
                format!("{name}: {value}")
            })
            .collect();
        let status = response.status().as_u16();
        match (status, &headers) == (self.status, &self.headers) {
            true => Ok(()),
            false => Err(format!("{}\n  got {status} {headers:?}", self.text)),
        }
    }

    fn request(&self) -> Request {
        let method = if self.is_preflight { "OPTIONS" } else { self.method };
        let mut request =
            TestRequest::with_uri(self.path).method(method.parse().expect("a method"));
        let requested_method = self.is_preflight.then_some(self.method);
        for (name, value) in [
            (header::ORIGIN, self.origin),
            (header::HOST, Some(self.host.unwrap_or("api.example.com"))),
            (header::ACCESS_CONTROL_REQUEST_METHOD, requested_method),
            (header::ACCESS_CONTROL_REQUEST_HEADERS, self.requested),
        ] {
            if let Some(value) = value {
                request = request.insert_header((name, value));
            }
        }
        request.to_request()
    }
}

/// Whether the tables show a header.
fn is_shown(name: &str) -> bool {
    name.starts_with("access-control-") || name == "timing-allow-origin"
}
