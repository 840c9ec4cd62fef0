//! The three rules of Fetch about methods ("Methods"): how they are normalised, which a page
//! may not use at all, and which need no preflight.

/// Fetch "normalize a method": only these six, so `patch` stays as it is.
pub(crate) fn normalize(method: &str) -> String {
    let normalized = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(method));
    normalized.unwrap_or(method).to_owned()
}

/// Fetch "forbidden method".
pub(crate) fn is_forbidden(method: &str) -> bool {
    ["CONNECT", "TRACE", "TRACK"].into_iter().any(|known| known.eq_ignore_ascii_case(method))
}

/// Fetch "CORS-safelisted method"; methods are case-sensitive once normalised.
pub(crate) fn is_safelisted(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_six_methods_are_upper_cased() {
        let cases = [
            ("delete", "DELETE"),
            ("Get", "GET"),
            ("hEAD", "HEAD"),
            ("options", "OPTIONS"),
            ("post", "POST"),
            ("put", "PUT"),
            ("patch", "patch"),
            ("PATCH", "PATCH"),
            ("chicken", "chicken"),
            ("query", "query"),
        ];
        for (method, expected) in cases {
            assert_eq!(normalize(method), expected);
        }
    }

    #[test]
    fn forbidden_methods_are_forbidden_in_any_case() {
        for (method, expected) in
            [("CONNECT", true), ("trace", true), ("Track", true), ("TRACER", false), ("GET", false)]
        {
            assert_eq!(is_forbidden(method), expected, "{method}");
        }
    }

    #[test]
    fn safelisted_methods_are_case_sensitive() {
        for (method, expected) in
            [("GET", true), ("HEAD", true), ("POST", true), ("get", false), ("OPTIONS", false)]
        {
            assert_eq!(is_safelisted(method), expected, "{method}");
        }
    }
}
