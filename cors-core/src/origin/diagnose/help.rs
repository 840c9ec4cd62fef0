//! The help for each mistake in an origin: the suggestion, or the rule that the string
//! violates.

use crate::problem::{Code, Language};
use crate::setting::Setting;

/// What to do about an issue, apart from its language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::origin) enum Advice {
    /// The suggestion, or the rule of the code.
    ByCode,
    /// This sentence, which contains nothing to write.
    Words(&'static str),
    /// The text is this regular expression.
    Regex(Box<str>),
    /// The text consists of these origins.
    Separate(Vec<String>),
    /// The text means that no origin is allowed.
    NoOrigin,
}

/// The help for an issue with this code, at a place that is written in `language`.
pub(in crate::origin) fn help(
    code: Code,
    suggestion: Option<&str>,
    advice: &Advice,
    language: Language,
) -> String {
    match (advice, suggestion) {
        (Advice::Words(words), _) => (*words).to_owned(),
        // `CORS_ENABLED=false` is another thing: it also leaves the headers of handlers alone.
        (Advice::NoOrigin, _) if language == Language::Variable => {
            "a variable cannot remove all origins; in `cors.toml`, `off = true` does".to_owned()
        }
        (Advice::NoOrigin, _) => {
            format!("to allow no origin, write `{}` instead", language.keyword("off"))
        }
        (Advice::Separate(origins), _) => {
            let texts: Vec<_> = origins.iter().map(|origin| language.text(origin)).collect();
            format!("write each as an element of its own: `{}`", texts.join(", "))
        }
        (Advice::Regex(regex), _) => match language.regex(regex) {
            Some(element) => {
                format!("to use a regular expression, write `{element}`{}", beside(language))
            }
            None => {
                "a variable cannot contain a regular expression: list the origins, or set them \
                     in `cors.toml`"
                    .to_owned()
            }
        },
        // The expression is in quotes of its own.
        (Advice::ByCode, Some(regex)) if matches!(code, Code::BAD_REGEX | Code::NEVER_MATCHES) => {
            format!("write `{}`", language.raw(regex))
        }
        (Advice::ByCode, Some(origin)) => format!("write `{origin}`"),
        (Advice::ByCode, None) => rule(code, language),
    }
}

/// What the types of an array need in code.
const fn beside(language: Language) -> &'static str {
    match language {
        Language::Builder => "; in one array with it, an origin is `origin(\"https://…\")`",
        _ => "",
    }
}

/// The rule that a string violates whose correction is ambiguous.
fn rule(code: Code, language: Language) -> String {
    let words = match code {
        Code::QUOTED_WILDCARD => {
            let any = language.any(Setting::Origins);
            return format!("write `{any}`, or list the origins you trust");
        }
        Code::NULL_ORIGIN => {
            let null = language.flag(Setting::DangerAllowNullOrigin, true);
            return format!("remove it; to allow `null`, set `{null}` instead of listing it");
        }
        Code::NEVER_MATCHES => {
            let example = language.raw("https://[a-z]+\\.example\\.com(:\\d+)?");
            return format!("write an expression that matches whole origins, such as `{example}`");
        }
        Code::MISPLACED_WILDCARD => match language.regex("https://pr-\\d+\\.example\\.com") {
            Some(regex) => {
                return format!(
                    "put `*.` before a whole domain, as in `https://*.example.com`, or use a \
                     regular expression, as in `{regex}`{}",
                    beside(language)
                );
            }
            None => "put `*.` before a whole domain, as in `https://*.example.com`",
        },
        Code::EMPTY_ORIGIN => {
            "write an origin such as `https://app.example.com`, or remove the entry"
        }
        Code::SEVERAL_ORIGINS => "separate the origins, one for each element",
        Code::FILE_SCHEME => "serve the page over http, for example from `http://localhost:3000`",
        Code::BAD_IP => "an IPv4 address is written as `127.0.0.1`, an IPv6 address as `[::1]`",
        Code::BAD_PORT => "a port is a number from 1 to 65535, or `*` for any port",
        Code::BAD_REGEX => "correct the regex; its syntax is documented in the Rust crate `regex`",
        Code::BAD_HOST | Code::NON_ASCII => {
            "copy the origin from the browser's address bar, such as `https://app.example.com`"
        }
        _ => "an origin is a scheme and a host, such as `https://app.example.com`",
    };
    words.to_owned()
}
