//! What the servers saw, by case and step.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::http::Version;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, web};

/// One request, as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// `api`, `third` or `bare`.
    pub(super) server: &'static str,
    pub(super) method: String,
    pub(super) is_http_2: bool,
    /// Names in lower case, in no particular order.
    pub(super) headers: BTreeMap<String, String>,
    /// Whether it went on to what `Cors` wraps.
    pub(super) handled: bool,
    /// The headers of the answer, unless it was an error or there was none.
    pub(super) answer: BTreeMap<String, String>,
}

impl Event {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let server = request.app_data::<web::Data<&'static str>>().map_or("", |name| ***name);
        let mut headers = combine(request.headers());
        // HTTP/2 has it in `:authority`.
        if let Some(authority) = request.uri().authority() {
            headers.entry("host".to_owned()).or_insert_with(|| authority.to_string());
        }
        Self {
            server,
            method: request.method().to_string(),
            is_http_2: request.version() == Version::HTTP_2,
            headers,
            handled: false,
            answer: BTreeMap::new(),
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(super) fn is_preflight(&self) -> bool {
        self.method == "OPTIONS" && self.headers.contains_key("access-control-request-method")
    }

    /// How a case writes it: `preflight`, `PUT`, `PUT refused`, `third: GET`. The servers `api` and
    /// `bare` are not named, because no case has requests to both.
    pub(super) fn summary(&self) -> String {
        let server =
            if matches!(self.server, "api" | "bare") { "" } else { &format!("{}: ", self.server) };
        match (self.is_preflight(), self.handled) {
            (true, false) => format!("{server}preflight"),
            (true, true) => format!("{server}preflight that was handled"),
            (false, true) => format!("{server}{}", self.method),
            (false, false) => format!("{server}{} refused", self.method),
        }
    }
}

/// The lines of each name as one.
pub(super) fn combine(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut combined = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        // RFC 9113, 8.2.3: a line for each cookie.
        let separator = if name == "cookie" { "; " } else { ", " };
        combined
            .entry(name.to_string())
            .and_modify(|line| *line += &format!("{separator}{value}"))
            .or_insert_with(|| value.to_string());
    }
    combined
}

/// The events of all cases.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// For each case its steps, the last of them still open.
    cases: Mutex<BTreeMap<usize, Vec<Vec<Event>>>>,
}

impl Record {
    pub(super) fn push(&self, case: usize, event: Event) {
        let mut cases = self.lock();
        let steps = cases.entry(case).or_default();
        if steps.is_empty() {
            steps.push(Vec::new());
        }
        if let Some(step) = steps.last_mut() {
            step.push(event);
        }
    }

    /// How many events the open step of a case has.
    pub(super) fn of_this_step(&self, case: usize) -> usize {
        self.lock().get(&case).and_then(|steps| steps.last()).map_or(0, Vec::len)
    }

    pub(super) fn end_step(&self, case: usize) {
        let mut cases = self.lock();
        let steps = cases.entry(case).or_default();
        if steps.is_empty() {
            steps.push(Vec::new());
        }
        steps.push(Vec::new());
    }

    /// Takes the steps of a case. The last one is what came after the case was over.
    pub(super) fn take(&self, case: usize) -> Vec<Vec<Event>> {
        self.lock().remove(&case).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, Vec<Vec<Event>>>> {
        self.cases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
