//! The requests: as a server has read them, so that to clone a value counts a
//! reference to the connection's buffer and copies nothing.

use std::cell::Cell;

use actix_http::Request;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::web::Bytes;

/// The requests of browsers and of abusive clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// `GET` without `Origin`.
    NoOrigin,
    /// `GET` from an origin that is allowed.
    Allowed,
    /// `GET` from a subdomain that a wildcard allows.
    Subdomain,
    /// `GET` from an origin that is not allowed.
    Disallowed,
    /// A preflight for `PUT` with so many headers.
    Preflight(usize),
    /// A preflight for `PUT` with two headers, each for a path that was not asked for before, as
    /// far as the route has a parameter.
    NewPath,
    /// A preflight for `PUT` with 8 KiB of header names, all of them allowed.
    LongPreflight,
    /// A request that no browser sends.
    Abuse(Abuse),
}

/// Requests that are made to cost as much as they can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Abuse {
    /// A preflight with 10 000 names in one list, none of them allowed.
    UnknownNames,
    /// A preflight with 10 000 times an allowed name in one list.
    KnownNames,
    /// A preflight with 120 000 commas.
    Commas,
    /// A preflight with 2 000 lists of one name.
    Lists,
    /// A preflight for a method of 64 KB.
    Method,
    /// A preflight from 64 KB of labels.
    OriginAsks,
    /// `GET` from 64 KB of labels.
    Origin,
    /// `GET` with two thousand `Origin` lines.
    Origins,
}

impl Abuse {
    pub(crate) const ALL: [Self; 8] = [
        Self::UnknownNames,
        Self::KnownNames,
        Self::Commas,
        Self::Lists,
        Self::Method,
        Self::OriginAsks,
        Self::Origin,
        Self::Origins,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::UnknownNames => "preflight, 10 000 unknown names",
            Self::KnownNames => "preflight, a known name 10 000 times",
            Self::Commas => "preflight, 120 000 commas",
            Self::Lists => "preflight, 2 000 lists of a known name",
            Self::Method => "preflight, a method of 64 KB",
            Self::OriginAsks => "preflight, an origin of 64 KB",
            Self::Origin => "simple, an origin of 64 KB",
            Self::Origins => "simple, 2 000 origins",
        }
    }

    /// The lines that replace those of a browser: origin, method and lists.
    fn lines(self) -> Vec<(HeaderName, HeaderValue)> {
        let known = &allowed_headers(Ask::Abuse(self))[0];
        let list = match self {
            Self::UnknownNames => {
                (0..10_000).map(|i| format!("x-{i:05}")).collect::<Vec<_>>().join(",")
            }
            Self::KnownNames => vec![known.as_str(); 10_000].join(","),
            Self::Commas => ",".repeat(120_000),
            _ => known.clone(),
        };
        let origin = match self {
            Self::OriginAsks | Self::Origin => format!("https://{}example", "a.".repeat(32_000)),
            _ => "https://app.example".to_owned(),
        };
        let method = if self == Self::Method { "P".repeat(64_000) } else { "PUT".to_owned() };
        let origins = if self == Self::Origins { 2_000 } else { 1 };
        let mut lines = vec![(header::ORIGIN, value(&origin)); origins];
        if Ask::Abuse(self).is_preflight() {
            lines.push((header::ACCESS_CONTROL_REQUEST_METHOD, value(&method)));
            let lists = if self == Self::Lists { 2_000 } else { 1 };
            let list = (header::ACCESS_CONTROL_REQUEST_HEADERS, value(&list));
            lines.extend(std::iter::repeat_n(list, lists));
        }
        lines
    }
}

impl Ask {
    pub(crate) const ALL: [Self; 8] = [
        Self::NoOrigin,
        Self::Allowed,
        Self::Disallowed,
        Self::Preflight(2),
        Self::Preflight(20),
        Self::LongPreflight,
        Self::Subdomain,
        Self::NewPath,
    ];

    /// The name in the table and on the command line.
    pub(crate) fn name(self) -> String {
        match self {
            Self::NoOrigin => "no Origin".to_owned(),
            Self::Allowed => "simple, allowed".to_owned(),
            Self::Subdomain => "simple, allowed subdomain".to_owned(),
            Self::Disallowed => "simple, disallowed".to_owned(),
            Self::Preflight(headers) => format!("preflight, {headers} headers"),
            Self::NewPath => "preflight, another path each time".to_owned(),
            Self::LongPreflight => "preflight, 8 KiB of headers".to_owned(),
            Self::Abuse(abuse) => abuse.name().to_owned(),
        }
    }

    /// The request of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let abuse = Abuse::ALL.into_iter().map(Self::Abuse);
        Self::ALL.into_iter().chain(abuse).find(|known| known.name() == name)
    }

    pub(crate) const fn is_preflight(self) -> bool {
        match self {
            Self::Preflight(_) | Self::NewPath | Self::LongPreflight => true,
            Self::Abuse(abuse) => !matches!(abuse, Abuse::Origin | Abuse::Origins),
            Self::NoOrigin | Self::Allowed | Self::Subdomain | Self::Disallowed => false,
        }
    }
}

/// The names that the policy allows: usually 20, and as many as a request may
/// list, 8 KiB of them, where all are requested.
pub(crate) fn allowed_headers(ask: Ask) -> Vec<String> {
    match ask {
        Ask::LongPreflight => (0..128).map(|i| format!("x-{i:061}")).collect(),
        _ => (0..20).map(|i| format!("x-request-header-{i:02}")).collect(),
    }
}

/// Makes one request after the other, all alike.
pub(crate) struct Template {
    method: Method,
    uri: Uri,
    /// The number of the next path, and the beginning of all of them.
    new_path: Option<(Cell<usize>, String)>,
    lines: Vec<(HeaderName, HeaderValue)>,
}

impl Template {
    pub(crate) fn new(ask: Ask, path: &str) -> Self {
        let mut lines = vec![
            (header::HOST, value("api.example")),
            (
                header::USER_AGENT,
                value("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"),
            ),
            (header::ACCEPT, value("*/*")),
        ];
        let origin = match ask {
            Ask::NoOrigin | Ask::Abuse(_) => None,
            Ask::Disallowed => Some("https://evil.example"),
            Ask::Subdomain => Some("https://a.tenant-0.example"),
            _ => Some("https://app.example"),
        };
        lines.extend(origin.map(|origin| (header::ORIGIN, value(origin))));
        let names = allowed_headers(ask);
        let requested = match ask {
            Ask::Preflight(count) => Some(names[..count].join(",")),
            Ask::NewPath => Some(names[..2].join(",")),
            Ask::LongPreflight => Some(names.join(",")),
            _ => None,
        };
        if let Ask::Abuse(abuse) = ask {
            lines.extend(abuse.lines());
        }
        if let Some(requested) = requested {
            lines.push((header::ACCESS_CONTROL_REQUEST_METHOD, value("PUT")));
            lines.push((header::ACCESS_CONTROL_REQUEST_HEADERS, value(&requested)));
        }
        Self {
            method: if ask.is_preflight() { Method::OPTIONS } else { Method::GET },
            uri: path.parse().expect("a path"),
            new_path: (ask == Ask::NewPath).then(|| (Cell::default(), path.to_owned())),
            lines,
        }
    }

    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &(HeaderName, HeaderValue)> {
        self.lines.iter()
    }

    pub(crate) fn request(&self) -> Request {
        let mut request = Request::new();
        let head = request.head_mut();
        head.method = self.method.clone();
        head.uri = match &self.new_path {
            None => self.uri.clone(),
            Some((next, path)) => {
                next.set(next.get() + 1);
                format!("{path}{}", next.get()).parse().expect("a path")
            }
        };
        for (name, value) in &self.lines {
            head.headers.append(name.clone(), value.clone());
        }
        request
    }
}

/// A slice of a shared buffer.
fn value(text: &str) -> HeaderValue {
    let bytes = Bytes::from(text.as_bytes().to_vec());
    HeaderValue::from_maybe_shared(bytes).expect("a header value")
}
