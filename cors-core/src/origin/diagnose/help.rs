//! The help for each mistake in an origin: the suggestion, or the rule that the string
//! violates.

use crate::problem::Code;

/// The help for an issue with this code.
pub(in crate::origin) fn help(code: Code, suggestion: Option<&str>) -> String {
    if let Some(suggestion) = suggestion {
        return format!("write `{suggestion}`");
    }
    match code {
        Code::EMPTY_ORIGIN => "write an origin such as `https://app.example.com`, or remove the entry",
        Code::QUOTED_WILDCARD => "write `origins = any`, or list the origins you trust",
        Code::NULL_ORIGIN => "remove it; to allow `null`, set `danger_allow_null_origin` instead of listing it",
        Code::SEVERAL_ORIGINS => "write each origin as a separate string",
        Code::FILE_SCHEME => "serve the page over http, for example from `http://localhost:3000`",
        Code::MISPLACED_WILDCARD => {
            "write `*.` before a whole domain, as in `https://*.example.com`, or write a `regex(\"…\")`"
        }
        Code::BAD_IP => "write an IPv4 address as `127.0.0.1`, an IPv6 address as `[::1]`",
        Code::BAD_PORT => "write a port from 1 to 65535, or `:*` for any port",
        Code::BAD_REGEX => "correct the regex; its syntax is documented in the Rust crate `regex`",
        Code::NEVER_MATCHES => {
            "write an expression that matches whole origins, such as `https://[a-z]+\\.example\\.com(:\\d+)?`"
        }
        Code::BAD_HOST | Code::NON_ASCII => {
            "copy the host from the browser's address bar, such as `app.example.com`"
        }
        _ => {
            "write `scheme://host` or `scheme://host:port`, such as `https://app.example.com`"
        }
    }
    .to_owned()
}
