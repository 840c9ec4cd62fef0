//! What is sent and what must come back: single exchanges ([`Case`]) and whole fetches of a
//! browser ([`Sequence`]).

use serde::Deserialize;

use super::config::Config;
use super::value::Value;

/// One request to one server, and the whole answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The file that contains it, without `.toml`.
    #[serde(skip)]
    pub topic: String,
    /// The behaviour, in snake case; unique within the file.
    pub name: String,
    /// What it restates: the number of an advisory, or a file of the web-platform-tests.
    pub source: Option<String>,
    /// The configuration of the server.
    pub config: Config,
    /// What is sent.
    #[serde(default)]
    pub request: Request,
    /// What runs behind the middleware.
    #[serde(default)]
    pub handler: Handler,
    /// What must come back.
    pub response: Expected,
    /// The fetch that makes a browser send this request, and what comes of it.
    pub browser: Option<Fetch>,
    /// Why the response differs from the literal reading of the configuration.
    pub deviates: Option<Deviation>,
}

/// A known difference between an answer and the plain reading of configuration and standard.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// Whether the plain reading denies the request.
    pub denied: bool,
    /// Why it is answered otherwise.
    pub because: String,
}

/// A request as it goes over the wire.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Request {
    /// The method, sent in this case.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The header lines, in order. `Host: api.example.com` goes without saying.
    pub headers: Vec<(String, Value)>,
}

/// What the service behind the middleware does. By default it answers 200.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Handler {
    /// The status that the handler answers with.
    pub status: u16,
    /// The header lines that the handler adds.
    pub headers: Vec<(String, String)>,
    /// A middleware between the handler and CORS returns this status as `Err`.
    pub error: Option<u16>,
}

/// The answer that a request must get.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The status.
    pub status: u16,
    /// Whether the request went on to the service behind the middleware.
    pub handled: bool,
    /// All lines of `Access-Control-*` and `Vary`: what is not here must not be there.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The code of the reason, when the request is denied.
    pub reason: Option<String>,
}

/// The fetch of a page that leads to the request of a [`Case`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// The origin of the page.
    pub origin: String,
    /// The method of the request of the page.
    pub method: String,
    /// The headers that the page sets.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The credentials mode.
    #[serde(default)]
    pub credentials: Credentials,
    /// Whether an upload listener or a stream requires a preflight in any case.
    #[serde(default)]
    pub force_preflight: bool,
    /// For a case that is an actual request: whether the page can read the response.
    pub readable: Option<bool>,
    /// For a case that is a preflight: whether the browser takes it for a yes.
    pub preflight: Option<Verdict>,
}

/// A whole fetch, with its preflight if it needs one, as the browser model carries it out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// The file that contains it, without `.toml`.
    #[serde(skip)]
    pub topic: String,
    /// The behaviour, in snake case; unique within the file.
    pub name: String,
    /// What it restates: the number of an advisory, or a file of the web-platform-tests.
    pub source: Option<String>,
    /// The configuration of the server.
    pub config: Config,
    /// The origin of the page.
    pub page: String,
    /// The origin of the server.
    #[serde(default = "api")]
    pub target: String,
    /// The request of the page.
    #[serde(default)]
    pub request: PageRequest,
    /// What runs behind the middleware.
    #[serde(default)]
    pub handler: Handler,
    /// Whether a preflight is sent, and what comes of it.
    pub preflight: Preflight,
    /// Whether the actual request is sent and reaches the service behind the middleware.
    pub handled: bool,
    /// Whether the page can read the response.
    pub readable: bool,
    /// The status that the page sees, if it can read the response.
    pub status: Option<u16>,
    /// Those of the handler's headers that the page can read, in lower case.
    #[serde(default)]
    pub exposed: Vec<String>,
}

/// What a page hands to `fetch()`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageRequest {
    /// The method as the page writes it.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The headers as the page writes them.
    pub headers: Vec<(String, String)>,
    /// The credentials mode.
    pub credentials: Credentials,
    /// The mode.
    pub mode: Mode,
    /// Whether an upload listener or a stream requires a preflight in any case.
    pub force_preflight: bool,
}

/// Fetch "credentials mode"; the default is that of `fetch()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    /// Never.
    Omit,
    /// For the page's own origin only.
    #[default]
    SameOrigin,
    /// Always.
    Include,
}

/// Fetch "mode"; the default is that of `fetch()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Read the response if the server shares it.
    #[default]
    Cors,
    /// Send what a form could send, and read nothing.
    NoCors,
}

/// What a browser makes of the answer to a preflight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The actual request is sent.
    Ok,
    /// The fetch fails before it.
    Refused,
}

/// The part that a preflight plays in a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preflight {
    /// None is sent.
    None,
    /// It is sent, and the browser takes the answer for a yes.
    Ok,
    /// It is sent, and the fetch fails.
    Refused,
}

impl Case {
    /// The case as a report names it: `topic/name`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.topic, self.name)
    }
}

impl Sequence {
    /// The sequence as a report names it: `topic/name`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.topic, self.name)
    }
}

impl Request {
    /// The header lines as they are sent, `Host` included.
    #[must_use]
    pub fn lines(&self) -> Vec<(String, Vec<u8>)> {
        let host = ("Host".to_owned(), b"api.example.com".to_vec());
        let named = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
        let given = self.headers.iter().flat_map(|(name, value)| {
            value.lines().into_iter().map(move |line| (name.clone(), line))
        });
        (!named).then_some(host).into_iter().chain(given).collect()
    }
}

impl Default for Request {
    fn default() -> Self {
        Self { method: "GET".to_owned(), path: "/resource".to_owned(), headers: Vec::new() }
    }
}

impl Default for Handler {
    fn default() -> Self {
        Self { status: 200, headers: Vec::new(), error: None }
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            method: "GET".to_owned(),
            path: "/resource".to_owned(),
            headers: Vec::new(),
            credentials: Credentials::default(),
            mode: Mode::default(),
            force_preflight: false,
        }
    }
}

fn api() -> String {
    "https://api.example.com".to_owned()
}
