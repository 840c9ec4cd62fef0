//! The annotated route that produced a response, carried by the response itself.
//!
//! The outermost wrap of every annotated resource ([`Mark`](super::mark::Mark))
//! attaches its route to what the resource returns, also to an error; the edge
//! reads it and takes it off. So the policy follows the response, whatever a
//! middleware in between does with requests, futures and paths.
//!
//! A route travels as a header line, which costs no allocation. The name is one
//! that the edge owns anyway and that means nothing outside of preflights. The
//! value begins with a secret of the process, so that no upstream server and no
//! cache of another process can forge it. It is appended twice: a middleware that
//! copies headers from one response into another one with `insert` leaves one of
//! the two, and one that appends leaves those of both responses. Where no `Cors`
//! will take the line off, an extension of the response is used instead, which
//! never reaches the wire.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::dev::Extensions;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::route::RouteId;

/// The field name of the line. The edge removes it with the other CORS headers.
pub(crate) const CARRIER: HeaderName = header::ACCESS_CONTROL_MAX_AGE;

/// 32 hexadecimal digits that nobody outside of this process can guess:
/// `RandomState` is keyed by the operating system.
static SECRET: LazyLock<String> = LazyLock::new(|| {
    let half = || RandomState::new().hash_one("cors-actix");
    format!("{:016x}{:016x}", half(), half())
});

/// How many hexadecimal digits each number of a route has.
const DIGITS: usize = 8;

/// Stands for a path that is no text of a header.
const UNKNOWN_PATH: &str = "?";

/// The value of the line for a route. The path as it was routed is part of it where the
/// policy depends on the path; otherwise it is empty.
pub(super) fn line(route: RouteId, path: &str) -> HeaderValue {
    let RouteId { app, route } = route;
    let text = |path| format!("{}{app:08x}{route:08x}{path}", *SECRET);
    let value = HeaderValue::try_from(text(path));
    let mut value = value.unwrap_or_else(|_| match HeaderValue::try_from(text(UNKNOWN_PATH)) {
        Ok(value) => value,
        Err(error) => unreachable!("digits are a header value: {error}"),
    });
    // Hidden from whatever shows headers for debugging.
    value.set_sensitive(true);
    value
}

/// Attaches a route to the head of a response.
pub(super) fn attach(headers: &mut HeaderMap, value: &HeaderValue) {
    headers.append(CARRIER, value.clone());
    headers.append(CARRIER, value.clone());
}

/// What else may have produced a response: an extension of it, which never reaches
/// the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Producer {
    /// An annotated handler of an application that no `Cors` answers for.
    Unmerged,
    /// Another `Cors` further in has answered already.
    AnotherEdge,
}

impl Producer {
    pub(crate) fn attach(self, extensions: &mut Extensions) {
        // What is certain to allow nothing stays so.
        if extensions.get() != Some(&Self::Unmerged) {
            extensions.insert(self);
        }
    }

    pub(crate) fn of<B>(response: &HttpResponse<B>) -> Option<Self> {
        response.extensions().get().copied()
    }
}

/// The routes that a response carries.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    first: Option<CarriedRoute>,
    /// Others, where several responses were made one; nearly always empty.
    rest: Vec<CarriedRoute>,
    /// Whether a line came without its double: headers were copied from elsewhere.
    is_copied: bool,
    /// How many lines were read.
    lines: usize,
}

/// A route that produced a response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CarriedRoute {
    pub(crate) id: RouteId,
    /// The path as it was routed, where the policy depends on it and it is known.
    pub(crate) path: Option<String>,
}

impl Carried {
    /// The routes that the head of a response carries.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(CARRIER).as_slice();
        let mut lines =
            lines.iter().filter_map(|line| line.as_bytes().strip_prefix(SECRET.as_bytes()));
        let mut carried = Self::default();
        while let Some(line) = lines.next() {
            let double = lines.next();
            carried.is_copied |= double != Some(line);
            carried.lines += 1 + usize::from(double.is_some());
            match CarriedRoute::read(line) {
                Some(route) => carried.add(route),
                None => carried.is_copied = true,
            }
        }
        carried
    }

    /// Whether nothing tells where the response comes from, or not reliably.
    pub(crate) const fn is_uncertain(&self) -> bool {
        self.first.is_none() || self.is_copied
    }

    /// How many header lines carry it.
    pub(crate) const fn lines(&self) -> usize {
        self.lines
    }

    pub(crate) fn routes(&self) -> impl Iterator<Item = &CarriedRoute> {
        self.first.iter().chain(&self.rest)
    }

    fn add(&mut self, route: CarriedRoute) {
        if self.routes().any(|known| *known == route) {
            return;
        }
        match &self.first {
            None => self.first = Some(route),
            Some(_) => self.rest.push(route),
        }
    }
}

impl CarriedRoute {
    fn read(line: &[u8]) -> Option<Self> {
        let (app, rest) = line.split_at_checked(DIGITS)?;
        let (route, path) = rest.split_at_checked(DIGITS)?;
        let number = |digits| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        let id = RouteId { app: number(app)?, route: number(route)? };
        let path = std::str::from_utf8(path).ok()?;
        let path = (!path.is_empty() && path != UNKNOWN_PATH).then(|| path.to_owned());
        Some(Self { id, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(route: u32) -> RouteId {
        RouteId { app: 3, route }
    }

    fn head(attached: &[&HeaderValue]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        attached.iter().for_each(|value| attach(&mut headers, value));
        headers
    }

    fn routes(headers: &HeaderMap) -> (Vec<(u32, Option<String>)>, bool) {
        let carried = Carried::read(headers);
        let routes = carried.routes().map(|route| (route.id.route, route.path.clone())).collect();
        (routes, carried.is_uncertain())
    }

    #[test]
    fn a_response_carries_the_routes_that_were_attached() {
        let (one, two) = (line(id(1), ""), line(id(0xffff_fffe), "/a/\u{e9} b"));
        assert_eq!(routes(&head(&[])), (vec![], true));
        assert_eq!(routes(&head(&[&one])), (vec![(1, None)], false));
        assert_eq!(routes(&head(&[&one, &one])), (vec![(1, None)], false));
        let both = vec![(1, None), (0xffff_fffe, Some("/a/\u{e9} b".to_owned()))];
        assert_eq!(routes(&head(&[&one, &two])), (both, false));
        let broken = line(id(2), "/a\nb");
        assert_eq!(routes(&head(&[&broken])), (vec![(2, None)], false));
    }

    #[test]
    fn copied_headers_are_uncertain() {
        let (one, two) = (line(id(1), ""), line(id(2), ""));
        let mut inserted = head(&[&one]);
        for (name, value) in &head(&[&two]) {
            inserted.insert(name.clone(), value.clone());
        }
        assert_eq!(routes(&inserted), (vec![(2, None)], true));
        let mut appended = head(&[&one]);
        for (name, value) in &head(&[&two]) {
            appended.append(name.clone(), value.clone());
        }
        assert_eq!(routes(&appended), (vec![(1, None), (2, None)], false));
    }

    #[test]
    fn a_line_without_the_secret_carries_nothing() {
        let mut forged = HeaderMap::new();
        for text in ["600", "", "00000000000000000000000000000000 00000001"] {
            forged.append(CARRIER, HeaderValue::from_static(text));
        }
        assert_eq!(routes(&forged), (vec![], true));
        attach(&mut forged, &line(id(7), ""));
        assert_eq!(routes(&forged), (vec![(7, None)], false));
    }
}
