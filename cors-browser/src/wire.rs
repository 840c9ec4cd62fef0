//! What passes between the browser and the server: one request, one response, header lines in
//! order. How the two sides reach each other is left to the implementor of [`Network`].

use super::headers::{HeaderLines, get};

/// The server, as the browser sees it.
pub trait Network {
    /// Carries one request to the server and its response back.
    fn send(&mut self, request: &WireRequest) -> WireResponse;
}

/// A closure is the shortest server.
impl<F: FnMut(&WireRequest) -> WireResponse> Network for F {
    fn send(&mut self, request: &WireRequest) -> WireResponse {
        self(request)
    }
}

/// A request as it leaves the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireRequest {
    /// The method, in the case in which it is sent.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The header lines, in order, `Host` included.
    pub headers: HeaderLines,
}

/// A response as it reaches the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireResponse {
    /// The status code.
    pub status: u16,
    /// The header lines, in order; a name may repeat.
    pub headers: HeaderLines,
}

/// One request and the response it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What the browser sent.
    pub request: WireRequest,
    /// What the server answered.
    pub response: WireResponse,
}

impl WireRequest {
    /// The value of a header, its lines joined with `, `; `None` when there is no such line.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        get(&self.headers, name)
    }
}

impl WireResponse {
    /// A response from literals.
    #[must_use]
    pub fn new(status: u16, headers: &[(&str, &str)]) -> Self {
        let headers = headers.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect();
        Self { status, headers }
    }

    /// The value of a header, its lines joined with `, `; `None` when there is no such line.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        get(&self.headers, name)
    }

    /// Whether the status is what Fetch calls an "ok status".
    #[must_use]
    pub fn is_ok(&self) -> bool {
        (200..=299).contains(&self.status)
    }
}
