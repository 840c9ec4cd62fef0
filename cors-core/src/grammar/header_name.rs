//! Header names in policies: which may be listed, and which are never useful.
//!
//! Follows Fetch's "forbidden request-header" and "forbidden response-header
//! name". Names are kept in lower case, as browsers send them in
//! `Access-Control-Request-Headers`.

use core::fmt;

use super::known::{is_known_header, meant_header};
use super::method::{is_any_word, is_token_byte};
use crate::problem::{Code, Correction, Problem, Source};
use crate::setting::Setting;

/// A header name in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeaderName(Box<str>);

/// Fetch, "forbidden request-header", the names without a value condition.
const FORBIDDEN_REQUEST: [&str; 21] = [
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// The response headers of the CORS protocol.
const CORS_RESPONSE: [&str; 7] = [
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-allow-private-network",
    "access-control-expose-headers",
    "access-control-max-age",
];

/// The request headers of the CORS protocol.
const CORS_REQUEST: [&str; 4] = [
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "origin",
];

impl HeaderName {
    /// Parses a name in `headers` or `expose`.
    ///
    /// # Errors
    ///
    /// When `text` is not a header name, or a header that can never be requested or
    /// exposed.
    pub fn parse(text: &str, setting: Setting, source: &Source) -> Result<Self, Problem> {
        let problem = |code, message: String, help: String| {
            Err(Problem::error(code, source, message).about(setting).with_help(help))
        };
        if text == "*" {
            return problem(
                Code::QUOTED_WILDCARD,
                "`\"*\"` is not a header name: the wildcard is a keyword here".to_owned(),
                format!("write `{}`", source.language().any(setting)),
            );
        }
        if is_any_word(text) {
            return problem(
                Code::QUOTED_WILDCARD,
                format!("`{text}` is not a header; for every header, use the keyword `any`"),
                format!("write `{}`", source.language().any(setting)),
            );
        }
        if text.is_empty() || !text.bytes().all(is_token_byte) {
            let message = format!("`{}` is not a header name", text.escape_debug());
            let Some(name) = meant_by(text, setting, source) else {
                let help = "a header name is one word, such as `x-request-id`";
                return problem(Code::BAD_HEADER, message, help.to_owned());
            };
            return problem(Code::BAD_HEADER, message, format!("write `{name}`"))
                .map_err(|problem| problem.with_correction(Correction::Write(name)));
        }
        let name = text.to_ascii_lowercase();
        let useless = |code, message, help| {
            problem(code, message, help)
                .map_err(|problem| problem.with_correction(Correction::Remove))
        };
        match setting {
            Setting::Expose => {
                if matches!(name.as_str(), "set-cookie" | "set-cookie2") {
                    return useless(
                        Code::FORBIDDEN_EXPOSE,
                        format!("browsers never let scripts read `{name}`"),
                        format!("remove it; to allow cookies, use `{}`", Setting::Credentials),
                    );
                }
                if CORS_REQUEST.contains(&name.as_str()) {
                    return useless(
                        Code::HEADER_DIRECTION,
                        format!("`{name}` is a request header: no response contains it"),
                        "remove it; `expose` lists response headers".to_owned(),
                    );
                }
            }
            _ => {
                if CORS_RESPONSE.contains(&name.as_str()) {
                    return useless(
                        Code::HEADER_DIRECTION,
                        format!("`{name}` is a response header: no page sends it"),
                        "remove it; `headers` lists request headers, and the middleware sends this one"
                            .to_owned(),
                    );
                }
                if is_forbidden_request(&name) {
                    let help = match name.as_str() {
                        "cookie" => "remove it; did you mean `credentials`?",
                        _ => "remove it; browsers set it themselves",
                    };
                    return useless(
                        Code::FORBIDDEN_HEADER,
                        format!(
                            "browsers never let a page set `{name}`, so no preflight requests it"
                        ),
                        help.to_owned(),
                    );
                }
            }
        }
        Ok(Self(name.into()))
    }

    /// The name in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name in a text that is none: `Content Type`, `x-a: 1`, `"etag"`. Several names in
/// one text are not one.
fn meant_by(text: &str, setting: Setting, source: &Source) -> Option<String> {
    let name = text.trim().trim_matches(['"', '\'', '`', ',', ';', ':']).trim();
    let (name, is_line) = match name.split_once(':') {
        Some((name, _)) => (name.trim_end(), true),
        None => (name, false),
    };
    let name = name.to_ascii_lowercase();
    let joined = name.split_whitespace().collect::<Vec<_>>().join("-");
    let meant = match name.contains(char::is_whitespace) {
        true if is_known_header(&joined) => joined,
        true => meant_header(&joined)?.to_owned(),
        false if is_line || name.len() < text.len() => name,
        false => meant_header(&name)?.to_owned(),
    };
    HeaderName::parse(&meant, setting, source).is_ok().then_some(meant)
}

fn is_forbidden_request(name: &str) -> bool {
    FORBIDDEN_REQUEST.contains(&name) || name.starts_with("proxy-") || name.starts_with("sec-")
}
