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
//! cache of another process can forge it. A second line follows it: a middleware that
//! copies headers from one response into another one with `insert` leaves only the
//! last, and one that appends leaves those of both responses. Where no `Cors` will take
//! the lines off, an extension of the response is used instead, which never reaches
//! the wire.

use std::cell::Cell;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpResponse;
use actix_web::dev::Extensions;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::route::RouteId;

/// The field name of the line. The edge removes it with the other CORS headers.
pub(crate) const CARRIER: HeaderName = header::ACCESS_CONTROL_MAX_AGE;

/// 32 hexadecimal digits that nothing outside of this process can guess:
/// `RandomState` is keyed by the operating system.
static SECRET: LazyLock<[u8; 32]> = LazyLock::new(|| {
    let half = || RandomState::new().hash_one("cors-actix");
    let mut secret = [b'0'; 32];
    let digits = format!("{:016x}{:016x}", half(), half());
    secret.iter_mut().zip(digits.bytes()).for_each(|(byte, digit)| *byte = digit);
    secret
});

/// How many characters a number takes, of six bits each.
const DIGITS: usize = 5;

/// The character for six zero bits; the others follow it in ASCII.
const ZERO: u8 = b'0';

/// The line that follows each line of a route.
const COMPANION: HeaderValue = HeaderValue::from_static("0");

/// Stands for a path that is no text of a header.
const UNKNOWN_PATH: &[u8] = b"?";

/// The value of the line for a route. The path as it was routed is part of it where the
/// policy depends on the path; otherwise it is empty.
pub(super) fn line(route: RouteId, path: &str) -> HeaderValue {
    let RouteId { app, route } = route;
    let text = |path: &[u8]| [&SECRET[..], &digits(app), &digits(route), path].concat();
    let value = HeaderValue::try_from(text(path.as_bytes()));
    let mut value = value.unwrap_or_else(|_| match HeaderValue::try_from(text(UNKNOWN_PATH)) {
        Ok(value) => value,
        Err(error) => unreachable!("digits are a header value: {error}"),
    });
    // Hidden from whatever shows headers for debugging.
    value.set_sensitive(true);
    value
}

fn digits(number: u32) -> [u8; DIGITS] {
    std::array::from_fn(|place| ZERO + (number >> (6 * place) & 0x3f) as u8)
}

fn number(digits: [u8; DIGITS]) -> u32 {
    let digits = digits.into_iter().rev();
    digits.fold(0, |number, digit| number << 6 | u32::from(digit.wrapping_sub(ZERO) & 0x3f))
}

/// Whether some route of the process has a line that a response may carry.
static IS_JOINED: AtomicBool = AtomicBool::new(false);

/// Notes that there is a route whose line a response may carry.
pub(super) fn note_joined() {
    IS_JOINED.store(true, Ordering::Relaxed);
}

/// Attaches a route to the head of a response.
pub(super) fn attach(headers: &mut HeaderMap, line: HeaderValue) {
    headers.append(CARRIER, line);
    headers.append(CARRIER, COMPANION);
}

/// What else may have produced a response: an extension of it, which never reaches
/// the wire. Of both the later one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Producer {
    /// Another `Cors` further in has answered already.
    AnotherEdge,
    /// An annotated handler of an application that no `Cors` answers for.
    Unmerged,
    /// An inspector, which no other origin may read, whatever the policies.
    #[cfg(feature = "inspector")]
    Inspector,
}

/// Marks a response of the default service of a resource, for the mark around the resource.
#[derive(Clone, Copy, Debug)]
struct OfDefaultService;

/// Notes that the default service of a resource has produced a response.
pub(super) fn attach_default_service(extensions: &mut Extensions) {
    HAS_DEFAULT_SERVICE.set(true);
    extensions.insert(OfDefaultService);
}

/// Whether a response shows which part of a resource it comes from.
pub(super) fn is_told<B>(response: &mut HttpResponse<B>) -> bool {
    let is_of_default = HAS_DEFAULT_SERVICE.get()
        && response.extensions_mut().remove::<OfDefaultService>().is_some();
    let is_line = |line: &HeaderValue| line.as_bytes().starts_with(&SECRET[..]);
    let has_line = |headers: &HeaderMap| headers.get_all(CARRIER).any(is_line);
    // `HttpResponse::from_error` leaves out what was added to the error.
    is_of_default
        || has_line(response.headers())
        || response.error().is_some_and(|error| has_line(error.error_response().headers()))
}

thread_local! {
    /// Whether some default service of a resource has run on this thread.
    static HAS_DEFAULT_SERVICE: Cell<bool> = const { Cell::new(false) };

    /// Whether some response of this thread was given such an extension.
    static IS_USED: Cell<bool> = const { Cell::new(false) };
}

impl Producer {
    pub(crate) fn attach(self, extensions: &mut Extensions) {
        IS_USED.set(true);
        if extensions.get() < Some(&self) {
            extensions.insert(self);
        }
    }

    pub(crate) fn of<B>(response: &HttpResponse<B>) -> Option<Self> {
        IS_USED.get().then(|| response.extensions().get().copied())?
    }
}

/// The routes that a response carries.
#[derive(Debug, Default)]
pub(crate) struct CarriedRoutes {
    first: Option<CarriedRoute>,
    /// The routes of other responses that were combined with this one; nearly always empty.
    rest: Vec<CarriedRoute>,
    /// Whether a line came without the other: headers were copied from elsewhere, or
    /// set by a handler.
    is_copied: bool,
    /// What a handler has set under the same name.
    own: Vec<HeaderValue>,
}

/// A route that produced a response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CarriedRoute {
    pub(crate) id: RouteId,
    /// The path as it was routed, where the policy depends on it and it is known.
    pub(crate) path: Option<String>,
}

impl CarriedRoutes {
    /// Takes the routes off that the head of a response carries.
    #[inline]
    pub(crate) fn take(headers: &mut HeaderMap) -> Self {
        match IS_JOINED.load(Ordering::Relaxed) {
            true => Self::take_lines(headers),
            false => Self::default(),
        }
    }

    fn take_lines(headers: &mut HeaderMap) -> Self {
        let mut carried = Self::default();
        let mut expects_companion = false;
        // A response has few names: looking at each costs less than to remove one by its name.
        headers.retain(|name, line| {
            if *name != CARRIER {
                return true;
            }
            if std::mem::take(&mut expects_companion) {
                if *line == COMPANION {
                    return false;
                }
                carried.is_copied = true;
            }
            match CarriedRoute::read(line.as_bytes()) {
                Some(route) => {
                    carried.add(route);
                    expects_companion = true;
                }
                None => {
                    carried.is_copied |= may_be_copied(line);
                    carried.own.push(line.clone());
                }
            }
            false
        });
        carried.is_copied |= expects_companion;
        carried
    }

    /// Puts back what a handler has set under the same name.
    pub(crate) fn put_back(self, headers: &mut HeaderMap) {
        self.own.into_iter().for_each(|line| headers.append(CARRIER, line));
    }

    /// The only route, unless there are several or none.
    pub(crate) fn only(&self) -> Option<&CarriedRoute> {
        self.first.as_ref().filter(|_| self.rest.is_empty())
    }

    pub(crate) fn routes(&self) -> impl Iterator<Item = &CarriedRoute> {
        self.first.iter().chain(&self.rest)
    }

    /// Whether it is unknown or uncertain where the response comes from.
    pub(crate) const fn is_uncertain(&self) -> bool {
        self.first.is_none() || self.is_copied
    }

    /// Whether there were lines that no route has attached.
    pub(crate) const fn has_other_lines(&self) -> bool {
        self.is_copied || !self.own.is_empty()
    }

    fn add(&mut self, route: CarriedRoute) {
        match &self.first {
            None => self.first = Some(route),
            Some(_) if self.routes().any(|known| *known == route) => {}
            Some(_) => self.rest.push(route),
        }
    }
}

/// Whether a line may be a part of what some route attached, rather than a number of
/// seconds that a handler set.
fn may_be_copied(line: &HeaderValue) -> bool {
    *line == COMPANION || line.len() >= SECRET.len()
}

impl CarriedRoute {
    /// Reads a line, unless it is not one of this process.
    fn read(line: &[u8]) -> Option<Self> {
        let line = line.strip_prefix(&SECRET[..])?;
        let (app, line) = line.split_first_chunk()?;
        let (route, path) = line.split_first_chunk()?;
        let id = RouteId { app: number(*app), route: number(*route) };
        let path = match path {
            b"" | UNKNOWN_PATH => None,
            path => Some(String::from_utf8_lossy(path).into_owned()),
        };
        Some(Self { id, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(route: u32) -> RouteId {
        RouteId { app: 3, route }
    }

    #[test]
    fn copied_headers_are_uncertain() {
        let head = |line: HeaderValue| {
            let mut headers = HeaderMap::new();
            attach(&mut headers, line);
            headers
        };
        note_joined();
        let (one, two) = (head(line(id(1), "")), head(line(id(2), "")));
        let mut inserted = one.clone();
        for (name, value) in &two {
            inserted.insert(name.clone(), value.clone());
        }
        let carried = CarriedRoutes::take(&mut inserted);
        assert!(carried.is_uncertain() && carried.routes().count() == 0);
        let mut appended = one;
        for (name, value) in &two {
            appended.append(name.clone(), value.clone());
        }
        let carried = CarriedRoutes::take(&mut appended);
        assert!(!carried.is_uncertain() && carried.routes().count() == 2);
    }

    fn routes(attached: &[HeaderValue]) -> Vec<(u32, Option<String>)> {
        let mut headers = HeaderMap::new();
        attached.iter().for_each(|line| attach(&mut headers, line.clone()));
        note_joined();
        let carried = CarriedRoutes::take(&mut headers);
        assert!(!headers.contains_key(CARRIER), "it is taken off");
        assert!(carried.routes().all(|route| route.id.app == 3));
        carried.routes().map(|route| (route.id.route, route.path.clone())).collect()
    }

    #[test]
    fn a_response_carries_the_routes_that_were_attached() {
        let (one, two) = (line(id(1), ""), line(id(0x3fff_fffe), "/a/\u{e9} b"));
        assert_eq!(routes(&[]), []);
        assert_eq!(routes(std::slice::from_ref(&one)), [(1, None)]);
        assert_eq!(routes(&[one.clone(), one.clone()]), [(1, None)]);
        let both = [(1, None), (0x3fff_fffe, Some("/a/\u{e9} b".to_owned()))];
        assert_eq!(routes(&[one, two]), both);
        assert_eq!(routes(&[line(id(2), "/a\nb")]), [(2, None)]);
        assert_eq!(routes(&[line(id(2), "?")]), [(2, None)]);
    }

    #[test]
    fn lines_of_a_handler_are_put_back() {
        let strip = |headers: &mut HeaderMap| {
            let carried = CarriedRoutes::take(headers);
            assert!(carried.has_other_lines() || carried.own.is_empty());
            carried.put_back(headers);
        };
        note_joined();
        let mut headers = HeaderMap::new();
        let own = HeaderValue::from_static("600");
        headers.append(CARRIER, own.clone());
        attach(&mut headers, line(id(1), "/x"));
        headers.append(CARRIER, COMPANION);
        strip(&mut headers);
        assert!(headers.get_all(CARRIER).eq([&own, &COMPANION]));
        headers.remove(CARRIER);
        attach(&mut headers, line(id(1), ""));
        strip(&mut headers);
        assert!(headers.is_empty());
    }

    #[test]
    fn a_number_of_seconds_that_a_handler_sets_leaves_its_route_certain() {
        note_joined();
        let read = |own: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(CARRIER, HeaderValue::from_static(own));
            attach(&mut headers, line(id(1), ""));
            CarriedRoutes::take(&mut headers)
        };
        let carried = read("600");
        assert!(!carried.is_uncertain() && carried.has_other_lines());
        // The end of what a route attached, and the line of another process.
        assert!(read("0").is_uncertain());
        assert!(read("0123456789abcdef0123456789abcdef0000000000").is_uncertain());
    }

    #[test]
    fn a_line_without_the_secret_carries_nothing() {
        for text in ["600", "", "00000000000000000000000000000000", "?"] {
            let forged = HeaderValue::from_static(text);
            assert_eq!(routes(std::slice::from_ref(&forged)), []);
            assert_eq!(routes(&[forged, line(id(7), "")]), [(7, None)]);
        }
        let secret = HeaderValue::from_bytes(&SECRET[..]).unwrap();
        assert_eq!(routes(&[secret]), [], "cut off");
    }
}
