//! The answer to a request: symbolic headers, and the request headers that they depend
//! on.
//!
//! This module names headers and values without building them: an adapter converts them
//! to its own header type, and echoes values of the request where required. `Vary` is
//! derived from what the answer depends on.

use core::fmt;

use crate::grammar::DEFAULT_MAX_AGE;

/// The response headers of the CORS protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ResponseField {
    /// `Access-Control-Allow-Origin`.
    AllowOrigin,
    /// `Access-Control-Allow-Credentials`.
    AllowCredentials,
    /// `Access-Control-Allow-Methods`.
    AllowMethods,
    /// `Access-Control-Allow-Headers`.
    AllowHeaders,
    /// `Access-Control-Max-Age`.
    MaxAge,
    /// `Access-Control-Allow-Private-Network`.
    AllowPrivateNetwork,
    /// `Access-Control-Expose-Headers`.
    ExposeHeaders,
}

impl ResponseField {
    /// Every field: a handler must not set any of them, because the policy does.
    pub const ALL: [Self; 7] = [
        Self::AllowOrigin,
        Self::AllowCredentials,
        Self::AllowMethods,
        Self::AllowHeaders,
        Self::MaxAge,
        Self::AllowPrivateNetwork,
        Self::ExposeHeaders,
    ];

    /// The name of the field in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AllowOrigin => "access-control-allow-origin",
            Self::AllowCredentials => "access-control-allow-credentials",
            Self::AllowMethods => "access-control-allow-methods",
            Self::AllowHeaders => "access-control-allow-headers",
            Self::MaxAge => "access-control-max-age",
            Self::AllowPrivateNetwork => "access-control-allow-private-network",
            Self::ExposeHeaders => "access-control-expose-headers",
        }
    }
}

/// The value of a response header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseValue<'p> {
    /// The value of the request's `Origin`.
    EchoOrigin,
    /// The value of the request's `Access-Control-Request-Method`.
    EchoMethod,
    /// The lines of the request's `Access-Control-Request-Headers`, joined by
    /// `, `; no header at all if there are none.
    EchoHeaders,
    /// [`ResponseValue::USUAL_METHODS`], and the value of the request's
    /// `Access-Control-Request-Method` if it is none of them.
    UsualMethods,
    /// The names of the response's own headers, without those that scripts may read in
    /// any case ([`ResponseValue::SAFELISTED_HEADERS`]) and `set-cookie`; no header at
    /// all if there are none.
    OwnHeaders,
    /// Text that is independent of the policy: `*`, `true`.
    Static(&'static str),
    /// Text that was prepared when the policy was compiled.
    Prepared(&'p str),
    /// The names that the lists of several policies have in common.
    Common(CommonNames<'p>),
}

impl ResponseValue<'_> {
    /// The methods that [`ResponseValue::UsualMethods`] lists, as the value of a header.
    pub const USUAL_METHODS: &'static str = "GET, HEAD, POST, PUT, PATCH, DELETE";

    /// The response headers that scripts may read in any case (Fetch, "CORS-safelisted
    /// response-header name").
    pub const SAFELISTED_HEADERS: [&'static str; 7] = [
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    ];
}

/// The names of a prepared list that other lists have, too.
///
/// Its text is the value of a header: the names, separated by `, `.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommonNames<'p> {
    list: &'p str,
    /// A bit for each name of the list; names after the 64th are never in common.
    kept: u64,
}

impl<'p> CommonNames<'p> {
    fn all_of(list: &'p str) -> Self {
        Self { list, kept: u64::MAX }
    }

    /// The names, in the order of the list.
    pub fn iter(self) -> impl Iterator<Item = &'p str> {
        let Self { list, kept } = self;
        let names = list.split(", ").enumerate().take(64);
        names.filter(move |(index, _)| kept >> index & 1 == 1).map(|(_, name)| name)
    }

    /// The names that are in the other list, too; `None` if there are none.
    fn intersection(self, other: Self) -> Option<Self> {
        let mut kept = 0;
        for (index, name) in self.list.split(", ").enumerate().take(64) {
            if self.kept >> index & 1 == 1 && other.iter().any(|theirs| theirs == name) {
                kept |= 1 << index;
            }
        }
        (kept != 0).then_some(Self { kept, ..self })
    }
}

impl fmt::Display for CommonNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{name}")?;
        }
        Ok(())
    }
}

/// The methods that every preflight may list: browsers send them in any case.
pub(crate) const SAFELISTED_METHODS: &str = "GET, HEAD, POST";

/// The request headers that an answer depends on (RFC 9110, section 12.5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vary {
    /// The answer depends on no request header.
    Nothing,
    /// `Origin`.
    Origin,
    /// The answer depends on all headers of a preflight.
    Preflight,
}

impl Vary {
    /// The field names to add to `Vary`.
    #[must_use]
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &[],
            Self::Origin => &["Origin"],
            Self::Preflight => {
                &["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"]
            }
        }
    }

    /// The value for a response that has no `Vary` yet.
    #[must_use]
    pub const fn value(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Origin => "Origin",
            Self::Preflight => {
                "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
            }
        }
    }
}

/// The methods of the path that a preflight answer may list.
///
/// Browsers cache a preflight for an origin and URL, by method and header name (Fetch,
/// "CORS-preflight cache"). An answer that lists more than was requested would allow a
/// request that another policy should decide about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// One policy applies to every method of the path: list all methods that it allows.
    WholePath,
    /// Other methods of the path have other policies: allow only the requested method.
    RequestedMethod,
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'p> {
    pub(crate) refused: bool,
    pub(crate) vary: Vary,
    /// The fields that are sent, one bit each: most answers send few or none.
    sent: u8,
    /// Invariant: indexed by `ResponseField as usize`, and [`UNSENT`] unless sent.
    values: [ResponseValue<'p>; ResponseField::ALL.len()],
}

/// The placeholder for a value that is not sent.
const UNSENT: ResponseValue<'_> = ResponseValue::EchoOrigin;

impl<'p> Answer<'p> {
    pub(crate) const fn empty(vary: Vary) -> Self {
        Self { refused: false, vary, sent: 0, values: [UNSENT; ResponseField::ALL.len()] }
    }

    pub(crate) fn set(&mut self, field: ResponseField, value: ResponseValue<'p>) {
        self.sent |= 1 << field as u8;
        self.values[field as usize] = value;
    }

    /// Whether the answer is 403, and the request must not reach a handler.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        self.refused
    }

    /// The request headers that the answer depends on.
    #[must_use]
    pub const fn vary(&self) -> Vary {
        self.vary
    }

    /// The value of one header, if it is sent.
    #[must_use]
    pub const fn value(&self, field: ResponseField) -> Option<ResponseValue<'p>> {
        match self.sent >> field as u8 & 1 {
            0 => None,
            _ => Some(self.values[field as usize]),
        }
    }

    /// The headers to send; all others of [`ResponseField::ALL`] must be removed if a
    /// handler set them.
    pub fn headers(&self) -> impl Iterator<Item = (ResponseField, ResponseValue<'p>)> {
        let Self { mut sent, values, .. } = *self;
        std::iter::from_fn(move || {
            let field = *ResponseField::ALL.get(sent.trailing_zeros() as usize)?;
            sent &= sent - 1;
            Some((field, values[field as usize]))
        })
    }

    /// Combines two answers into one that allows what both allow, for a request to
    /// which two policies may apply.
    #[must_use]
    pub fn common(self, other: Self) -> Self {
        let mut common = Self::empty(self.vary.max(other.vary));
        common.refused = self.refused || other.refused;
        let origin =
            match (self.value(ResponseField::AllowOrigin), other.value(ResponseField::AllowOrigin))
            {
                (Some(mine), Some(theirs)) if mine == theirs => mine,
                // `*` and an echo both allow this origin, and an echo allows no other.
                (Some(_), Some(_)) => ResponseValue::EchoOrigin,
                _ => return common,
            };
        if common.refused {
            return common;
        }
        for field in ResponseField::ALL {
            let both = self.value(field).zip(other.value(field));
            let value = both.and_then(|(mine, theirs)| match field {
                _ if mine == theirs => Some(mine),
                ResponseField::ExposeHeaders | ResponseField::AllowHeaders => {
                    common_names(mine, theirs)
                }
                _ => None,
            });
            if let Some(value) = value {
                common.set(field, value);
            }
        }
        common.set(ResponseField::AllowOrigin, origin);
        let max_age = ResponseField::MaxAge;
        if let Some(seconds) = shorter(self.value(max_age), other.value(max_age)) {
            common.set(max_age, seconds);
        }
        let methods = ResponseField::AllowMethods;
        if self.value(methods) != other.value(methods) {
            // One of them denies the method, but without a list it would be allowed.
            common.set(methods, ResponseValue::Static(SAFELISTED_METHODS));
        }
        common
    }
}

/// The names that two lists have in common; `*` means all of them.
fn common_names<'p>(
    mine: ResponseValue<'p>,
    theirs: ResponseValue<'p>,
) -> Option<ResponseValue<'p>> {
    match (mine, theirs) {
        // All headers, unless the other list has fewer.
        (ResponseValue::OwnHeaders, ResponseValue::Static("*"))
        | (ResponseValue::Static("*"), ResponseValue::OwnHeaders) => {
            return Some(ResponseValue::OwnHeaders);
        }
        (ResponseValue::OwnHeaders, list) | (list, ResponseValue::OwnHeaders) => return Some(list),
        _ => {}
    }
    let names = |value| match value {
        ResponseValue::Prepared(list) | ResponseValue::Static(list) => {
            Some(CommonNames::all_of(list))
        }
        ResponseValue::Common(names) => Some(names),
        _ => None,
    };
    let (ours, others) = (names(mine)?, names(theirs)?);
    match (ours.list, others.list) {
        ("*", _) => Some(theirs),
        (_, "*") => Some(mine),
        _ => ours.intersection(others).map(ResponseValue::Common),
    }
}

/// The shorter of two cache durations; without one, browsers use five seconds (Fetch,
/// "CORS-preflight fetch", step 7.9).
fn shorter<'p>(
    mine: Option<ResponseValue<'p>>,
    theirs: Option<ResponseValue<'p>>,
) -> Option<ResponseValue<'p>> {
    let seconds = |value| match value {
        Some(ResponseValue::Prepared(text) | ResponseValue::Static(text)) => {
            text.parse().unwrap_or(0)
        }
        _ => DEFAULT_MAX_AGE,
    };
    if seconds(mine) <= seconds(theirs) { mine } else { theirs }
}

#[cfg(test)]
mod tests {
    use super::ResponseField::*;
    use super::ResponseValue::*;
    use super::*;

    const fn actual() -> Answer<'static> {
        Answer::empty(Vary::Origin)
    }

    /// A preflight answer that allows the origin, with `more` fields.
    fn preflight(more: &[(ResponseField, ResponseValue<'static>)]) -> Answer<'static> {
        let mut answer = Answer::empty(Vary::Preflight);
        for (field, value) in [(AllowOrigin, EchoOrigin), (AllowMethods, Prepared("PUT"))] {
            answer.set(field, value);
        }
        more.iter().for_each(|(field, value)| answer.set(*field, *value));
        answer
    }

    #[test]
    fn only_set_fields_are_sent_in_order() {
        let mut answer = actual();
        assert_eq!(answer.headers().count(), 0);
        answer.set(ExposeHeaders, Prepared("x-a"));
        answer.set(AllowOrigin, Static("*"));
        answer.set(AllowHeaders, EchoHeaders);
        let sent: Vec<_> = answer.headers().collect();
        let expected = [
            (AllowOrigin, Static("*")),
            (AllowHeaders, EchoHeaders),
            (ExposeHeaders, Prepared("x-a")),
        ];
        assert_eq!(sent, expected);
        for field in ResponseField::ALL {
            let expected = expected.iter().find(|(sent, _)| *sent == field);
            assert_eq!(answer.value(field), expected.map(|(_, value)| *value), "{field:?}");
        }
    }

    #[test]
    fn common_of_two_allowing_answers_contains_what_both_send() {
        let mine = [(AllowCredentials, Static("true")), (AllowHeaders, Prepared("x-a"))];
        let both = preflight(&mine).common(preflight(&mine));
        assert_eq!(both, preflight(&mine));
        for theirs in [&[][..], &[(AllowHeaders, Prepared("x-b"))]] {
            assert_eq!(preflight(&mine).common(preflight(theirs)), preflight(&[]));
            assert_eq!(preflight(theirs).common(preflight(&mine)), preflight(&[]));
        }
    }

    #[test]
    fn names_that_all_lists_have_are_exposed() {
        let exposing = |list: &'static str| {
            let mut answer = actual();
            answer.set(AllowOrigin, EchoOrigin);
            answer.set(ExposeHeaders, Prepared(list));
            answer
        };
        let exposed = |answer: Answer<'static>| match answer.value(ExposeHeaders) {
            Some(Common(names)) => names.to_string(),
            Some(Prepared(names)) => names.to_owned(),
            value => format!("{value:?}"),
        };
        for (mine, theirs, both) in [
            ("etag, x-a", "etag, x-b", "etag"),
            ("etag, x-a, x-b", "x-b, etag", "etag, x-b"),
            ("x-a", "x-b", "None"),
            ("*", "x-a, x-b", "x-a, x-b"),
            ("x-a", "*", "x-a"),
            ("*", "*", "*"),
        ] {
            assert_eq!(exposed(exposing(mine).common(exposing(theirs))), both, "{mine}; {theirs}");
        }
        let three = exposing("a, b, c").common(exposing("b, c, d")).common(exposing("c, a"));
        assert_eq!(exposed(three), "c");
        let many = (0..70).map(|n| format!("x-{n}")).collect::<Vec<_>>().join(", ");
        let (many, last) = (CommonNames::all_of(&many), CommonNames::all_of("x-69"));
        assert_eq!(many.intersection(last), None);
    }

    #[test]
    fn common_denies_if_one_answer_denies() {
        let mut vary_only = Answer::empty(Vary::Preflight);
        assert_eq!(preflight(&[]).common(actual()), vary_only);
        assert_eq!(actual().common(preflight(&[])), vary_only);
        vary_only.refused = true;
        assert_eq!(preflight(&[]).common(vary_only), vary_only);
        assert_eq!(vary_only.common(preflight(&[])), vary_only);
        let mut refused = preflight(&[]);
        refused.refused = true;
        assert_eq!(preflight(&[]).common(refused), vary_only);
    }

    #[test]
    fn common_is_a_wildcard_only_if_both_are() {
        let anybody = preflight(&[(AllowOrigin, Static("*"))]);
        assert_eq!(anybody.common(anybody), anybody);
        assert_eq!(anybody.common(preflight(&[])), preflight(&[]));
        assert_eq!(preflight(&[]).common(anybody), preflight(&[]));
    }

    #[test]
    fn a_method_denied_by_one_is_not_allowed_by_a_missing_list() {
        let safelisted = preflight(&[(AllowMethods, Static(SAFELISTED_METHODS))]);
        assert_eq!(preflight(&[]).common(preflight(&[(AllowMethods, EchoMethod)])), safelisted);
        let mut both = actual();
        both.set(AllowOrigin, EchoOrigin);
        assert_eq!(both.common(both).value(AllowMethods), None, "no preflight, no list");
    }

    #[test]
    fn common_uses_the_shorter_max_age_and_five_seconds_without_one() {
        for (mine, theirs, shorter) in [
            (Some("600"), Some("600"), Some("600")),
            (Some("60"), Some("600"), Some("60")),
            (Some("600"), None, None),
            (Some("5"), None, Some("5")),
            (Some("4"), None, Some("4")),
            (Some("0"), Some("600"), Some("0")),
            (None, None, None),
        ] {
            let answer = |seconds: Option<&'static str>| {
                let max_age = seconds.map(|seconds| (MaxAge, Prepared(seconds)));
                preflight(max_age.as_slice())
            };
            let (mine, theirs) = (answer(mine), answer(theirs));
            assert_eq!(mine.common(theirs).value(MaxAge), shorter.map(Prepared));
            if mine.value(MaxAge) != Some(Prepared("5")) {
                assert_eq!(theirs.common(mine).value(MaxAge), shorter.map(Prepared));
            }
        }
        let denied = preflight(&[(MaxAge, Static("0"))]);
        for allowed in [preflight(&[]), preflight(&[(MaxAge, Prepared("600"))])] {
            assert_eq!(denied.common(allowed).value(MaxAge), Some(Static("0")));
            assert_eq!(allowed.common(denied).value(MaxAge), Some(Static("0")));
        }
    }
}
