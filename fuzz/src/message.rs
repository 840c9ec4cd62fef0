//! A request as it came: a method, and lines in order, duplicates and odd bytes too.

use std::cell::Cell;

use cors_core::{Answer, Request, RequestField, ResponseField, ResponseValue};

use crate::oracle::fetch::Headers;

/// The head of a request.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub(crate) method: Vec<u8>,
    lines: Vec<(Vec<u8>, Vec<u8>)>,
    /// How many lines of requested headers were handed out.
    pub(crate) looked_at: Cell<usize>,
}

impl Message {
    /// The first line is the method, every other one `name: value`.
    pub(crate) fn read<'b>(mut lines: impl Iterator<Item = &'b [u8]>) -> Self {
        let method = lines.next().unwrap_or_default().to_vec();
        let split = |line: &[u8]| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((line[..colon].to_ascii_lowercase(), trim(&line[colon + 1..]).to_vec()))
        };
        Self { method, lines: lines.filter_map(split).collect(), looked_at: Cell::new(0) }
    }

    /// A preflight for `GET` from this origin, with these lines of requested headers.
    pub(crate) fn preflight(origin: &str, requested: &[&[u8]]) -> Self {
        let line = |name: &str, value: &[u8]| (name.as_bytes().to_vec(), value.to_vec());
        let mut lines =
            vec![line("origin", origin.as_bytes()), line("access-control-request-method", b"GET")];
        lines.extend(requested.iter().map(|it| line("access-control-request-headers", it)));
        Self { method: b"OPTIONS".to_vec(), lines, looked_at: Cell::new(0) }
    }

    /// The values of a field, named in lower case.
    pub(crate) fn lines(&self, name: &str) -> Vec<&[u8]> {
        let lines = self.lines.iter().filter(|(known, _)| known == name.as_bytes());
        lines.map(|(_, value)| &**value).collect()
    }

    /// All values of a field on one line; bytes become characters of the same number.
    pub(crate) fn text(&self, name: &str) -> String {
        let text = |line: &&[u8]| line.iter().map(|byte| char::from(*byte)).collect::<String>();
        self.lines(name).iter().map(text).collect::<Vec<_>>().join(", ")
    }

    /// The headers of an answer to this request, without `Vary`.
    pub(crate) fn render(&self, answer: &Answer<'_>) -> Headers {
        let echo = |field: RequestField| {
            let has_lines = !self.lines(field.name()).is_empty();
            has_lines.then(|| self.text(field.name()))
        };
        let echoed = |field: RequestField| {
            Some(echo(field).unwrap_or_else(|| panic!("an echo of no line of {}", field.name())))
        };
        let render = |(field, value): (ResponseField, ResponseValue<'_>)| {
            let value = match value {
                ResponseValue::EchoOrigin => echoed(RequestField::Origin),
                ResponseValue::EchoMethod => echoed(RequestField::RequestMethod),
                ResponseValue::EchoHeaders => echo(RequestField::RequestHeaders),
                ResponseValue::UsualMethods => {
                    let requested = self.text(RequestField::RequestMethod.name());
                    let mut methods = ResponseValue::USUAL_METHODS.split(", ").collect::<Vec<_>>();
                    if !methods.contains(&&*requested) {
                        methods.push(&requested);
                    }
                    Some(methods.join(", "))
                }
                // There is no response with headers of its own.
                ResponseValue::OwnHeaders => None,
                ResponseValue::Static(text) => Some(text.to_owned()),
                ResponseValue::Prepared(text) => Some(text.to_owned()),
                ResponseValue::Common(names) => Some(names.to_string()),
                other => panic!("an unknown kind of value: {other:?}"),
            };
            value.map(|value| (field.name(), value))
        };
        answer.headers().filter_map(render).collect()
    }
}

impl Request for Message {
    fn method(&self) -> &[u8] {
        &self.method
    }

    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        let lines = self.lines.iter().filter(move |(name, _)| name == field.name().as_bytes());
        lines.map(move |(_, value)| {
            let counts = field == RequestField::RequestHeaders;
            self.looked_at.set(self.looked_at.get() + usize::from(counts));
            &**value
        })
    }
}

/// Without optional white space (RFC 9110, section 5.6.3).
fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}
