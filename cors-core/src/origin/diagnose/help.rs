//! What to write instead, for each mistake. With a suggestion that is the
//! suggestion; without one it is the rule which the string breaks.

use crate::origin::issue::OriginIssueKind::{self, *};

/// The help for an issue of `kind`.
pub(in crate::origin) fn help(kind: OriginIssueKind, suggestion: Option<&str>) -> String {
    if let Some(suggestion) = suggestion {
        return format!("write `{suggestion}`");
    }
    match kind {
        Empty => "write an origin such as `https://app.example.com`, or remove the entry",
        QuotedWildcard => "write `origins = any`, or list the origins you trust",
        NullOrigin => "remove it; to let `null` in, set `danger_allow_null_origin` and do not list it",
        SeveralOrigins => "write one string for each origin",
        FileScheme => "serve the page over http, for example from `http://localhost:3000`",
        MisplacedWildcard => {
            "put `*.` before a whole domain, as in `https://*.example.com`, or write a `regex(\"…\")`"
        }
        BadIp => "write an IPv4 address as `127.0.0.1`, an IPv6 address as `[::1]`",
        BadPort => "write a port from 1 to 65535, or `:*` for any port",
        BadRegex => "correct the regex; its syntax is that of the Rust crate `regex`",
        NeverMatches => {
            "write an expression for whole origins, such as `https://[a-z]+\\.example\\.com(:\\d+)?`"
        }
        BadHost | NonAscii => {
            "write the host as the browser's address bar copies it, such as `app.example.com`"
        }
        Whitespace | MissingScheme | BadScheme | UserInfo | UpperCase | WildcardIp
        | DefaultPort | TrailingSlash | Path | Query => {
            "write `scheme://host` or `scheme://host:port`, such as `https://app.example.com`"
        }
    }
    .to_owned()
}
