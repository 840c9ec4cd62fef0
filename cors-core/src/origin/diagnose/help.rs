//! The help for each kind of mistake: the suggestion, or the rule that the string
//! violates.

use crate::origin::issue::OriginIssueKind::{self, *};

/// The help for an issue of `kind`.
pub(in crate::origin) fn help(kind: OriginIssueKind, suggestion: Option<&str>) -> String {
    if let Some(suggestion) = suggestion {
        return format!("write `{suggestion}`");
    }
    match kind {
        Empty => "write an origin such as `https://app.example.com`, or remove the entry",
        QuotedWildcard => "write `origins = any`, or list the origins you trust",
        NullOrigin => "remove it; to allow `null`, set `danger_allow_null_origin` instead of listing it",
        SeveralOrigins => "write each origin as a separate string",
        FileScheme => "serve the page over http, for example from `http://localhost:3000`",
        MisplacedWildcard => {
            "write `*.` before a whole domain, as in `https://*.example.com`, or write a `regex(\"…\")`"
        }
        BadIp => "write an IPv4 address as `127.0.0.1`, an IPv6 address as `[::1]`",
        BadPort => "write a port from 1 to 65535, or `:*` for any port",
        BadRegex => "correct the regex; its syntax is documented in the Rust crate `regex`",
        NeverMatches => {
            "write an expression that matches whole origins, such as `https://[a-z]+\\.example\\.com(:\\d+)?`"
        }
        BadHost | NonAscii => {
            "copy the host from the browser's address bar, such as `app.example.com`"
        }
        Whitespace | MissingScheme | BadScheme | UserInfo | UpperCase | WildcardIp
        | DefaultPort | TrailingSlash | Path | Query => {
            "write `scheme://host` or `scheme://host:port`, such as `https://app.example.com`"
        }
    }
    .to_owned()
}
