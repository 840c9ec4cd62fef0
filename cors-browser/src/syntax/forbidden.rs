//! Headers that belong to the browser: the "forbidden request-header" a page may not set and the
//! "forbidden response-header name" it may not read.

use super::headers::decode_and_split;
use super::method;

/// Fetch "forbidden request-header".
pub(crate) fn is_forbidden_request_header(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // Steps 1 and 2.
    if FORBIDDEN.contains(&name.as_str()) || name.starts_with("proxy-") || name.starts_with("sec-")
    {
        return true;
    }
    // Step 3: these would smuggle a forbidden method past the check on the method itself.
    let overrides_method =
        matches!(&*name, "x-http-method" | "x-http-method-override" | "x-method-override");
    overrides_method && decode_and_split(value).iter().any(|method| method::is_forbidden(method))
}

/// Fetch "forbidden response-header name".
pub(crate) fn is_forbidden_response_header(name: &str) -> bool {
    name.eq_ignore_ascii_case("set-cookie") || name.eq_ignore_ascii_case("set-cookie2")
}

const FORBIDDEN: [&str; 21] = [
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_cannot_set_the_browsers_own_headers() {
        let cases = [
            ("Origin", "x", true),
            ("ORIGIN", "", true),
            ("cookie", "a=1", true),
            ("Access-Control-Request-Method", "GET", true),
            ("Access-Control-Request-Private-Network", "true", false),
            ("Sec-", "", true),
            ("sec-fetch-site", "same-origin", true),
            ("Proxy-Authorization", "x", true),
            ("Security", "x", false),
            ("User-Agent", "x", false),
            ("Authorization", "x", false),
            ("X-HTTP-Method-Override", "PUT", false),
            ("X-HTTP-Method-Override", "PUT, trace", true),
            ("X-HTTP-Method", "TRACK", true),
            ("X-Method-Override", " connect ", true),
            ("X-Method-Override", "\"a,TRACE,b\"", false),
            ("X-Other", "TRACE", false),
        ];
        for (name, value, expected) in cases {
            assert_eq!(is_forbidden_request_header(name, value), expected, "{name}: {value}");
        }
    }
}
