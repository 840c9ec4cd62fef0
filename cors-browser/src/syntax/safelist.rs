//! Which request headers need the server's consent: "CORS-safelisted request-header" with its
//! rules for values, and the "CORS-unsafe request-header names" that follow from it. The names
//! end up in `Access-Control-Request-Headers`; whether the server agrees is decided elsewhere.

use crate::engine::Engine;

/// Fetch "CORS-unsafe request-header names": lower-case, sorted, without duplicates.
pub(crate) fn unsafe_names(headers: &[(String, String)], engine: Engine) -> Vec<String> {
    let (mut unsafe_names, mut potentially_unsafe, mut safelist_value_size) = (vec![], vec![], 0);
    for (name, value) in headers {
        if is_safelisted(name, value, engine) {
            potentially_unsafe.push(name.to_ascii_lowercase());
            safelist_value_size += value.chars().count();
        } else {
            unsafe_names.push(name.to_ascii_lowercase());
        }
    }
    // Step 5: harmless values add up to a channel of arbitrary size.
    if safelist_value_size > 1024 {
        unsafe_names.append(&mut potentially_unsafe);
    }
    // Step 6, "convert header names to a sorted-lowercase set".
    unsafe_names.sort_unstable();
    unsafe_names.dedup();
    unsafe_names
}

/// Fetch "CORS-safelisted request-header".
pub(crate) fn is_safelisted(name: &str, value: &str, engine: Engine) -> bool {
    // A character is a byte of the value.
    if value.chars().count() > 128 {
        return false;
    }
    match &*name.to_ascii_lowercase() {
        "accept" if engine.is_strict_about_accept() => value.is_ascii() && !has_unsafe_byte(value),
        "accept" => !has_unsafe_byte(value),
        "accept-language" | "content-language" => {
            value.bytes().all(|b| b.is_ascii_alphanumeric() || b" *,-.;=".contains(&b))
        }
        "content-type" => !has_unsafe_byte(value) && has_form_essence(value),
        "range" => is_simple_range(value),
        name => engine.safelists_client_hint(name, value),
    }
}

/// Fetch "no-CORS-safelisted request-header": what remains of a page's headers in `no-cors` mode.
pub(crate) fn is_no_cors_safelisted(name: &str, value: &str) -> bool {
    let names = ["accept", "accept-language", "content-language", "content-type"];
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
        && is_safelisted(name, value, Engine::Standard)
}

/// Fetch "CORS non-wildcard request-header name": `*` never includes it.
pub(crate) fn is_non_wildcard(name: &str) -> bool {
    name.eq_ignore_ascii_case("authorization")
}

// Fetch "CORS-unsafe request-header byte".
fn has_unsafe_byte(value: &str) -> bool {
    value.bytes().any(|b| (b < 0x20 && b != b'\t') || b"\"():<>?@[\\]{}\x7F".contains(&b))
}

// MIME Sniffing "parse a MIME type", as far as the essence: parameters cannot make it fail.
fn has_form_essence(value: &str) -> bool {
    let http_whitespace = ['\n', '\r', '\t', ' '];
    let before_parameters = value.split(';').next().unwrap_or_default();
    // The start of the whole value and the end of the subtype are trimmed; spaces around the `/`
    // stay and are no token characters, so that they can be compared as they are.
    let essence = before_parameters.trim_matches(http_whitespace).to_ascii_lowercase();
    ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]
        .contains(&essence.as_str())
}

// Fetch "parse a single range header value" with allowWhitespace false, and then the condition of
// the safelist that the range has a start.
fn is_simple_range(value: &str) -> bool {
    let Some((start, end)) = value.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(start) || !digits(end) || start.is_empty() {
        return false;
    }
    // 128 bytes of digits fit no integer type: without leading zeros, longer is larger.
    let magnitude = |text: &str| {
        let text = text.trim_start_matches('0').to_owned();
        (text.len(), text)
    };
    end.is_empty() || magnitude(start) <= magnitude(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safelisted_headers_are_judged_by_name_and_value() {
        let long = "a".repeat(129);
        let edge = "a".repeat(128);
        let cases = [
            ("Accept", "*/*", true),
            ("accept", "text/html;q=\"1\"", false),
            ("accept", "a\tb", true),
            ("accept", "a\u{7f}b", false),
            ("accept", "caf\u{e9}", true),
            ("accept", &long, false),
            ("accept", &edge, true),
            ("Accept-Language", "en-GB, en;q=0.5, *", true),
            ("Accept-Language", "en_GB", false),
            ("Content-Language", "de", true),
            ("Content-Language", "caf\u{e9}", false),
            ("Content-Type", "text/plain", true),
            ("Content-Type", "Text/PLAIN;charset=utf-8", true),
            ("Content-Type", " text/plain ; x", true),
            ("Content-Type", "text/plain;", true),
            ("Content-Type", "text /plain", false),
            ("Content-Type", "text/ plain", false),
            ("Content-Type", "text/plain, application/json", false),
            ("Content-Type", "text/plain; a=\"b\"", false),
            ("Content-Type", "multipart/form-data; boundary=x", true),
            ("Content-Type", "multipart/form-data; boundary=x:y", false),
            ("Content-Type", "application/x-www-form-urlencoded", true),
            ("Content-Type", "application/json", false),
            ("Content-Type", "application/json;text/plain", false),
            ("Content-Type", "", false),
            ("Range", "bytes=0-", true),
            ("Range", "bytes=0-499", true),
            ("Range", "bytes=007-7", true),
            ("Range", "bytes=10-9", false),
            ("Range", "bytes=99999999999999999999999999999999999999999-1", false),
            ("Range", "bytes=-500", false),
            ("Range", "bytes=0-1,3-4", false),
            ("Range", "bytes = 0-1", false),
            ("Range", "Bytes=0-1", false),
            ("Range", "bytes=", false),
            ("Range", "bytes=-", false),
            ("Authorization", "x", false),
            ("X-Requested-With", "", false),
            ("DPR", "1", false),
        ];
        for (name, value, expected) in cases {
            assert_eq!(is_safelisted(name, value, Engine::Standard), expected, "{name}: {value}");
        }
    }

    #[test]
    fn unsafe_names_are_lower_case_sorted_and_unique() {
        let headers = [
            ("X-Z", "1"),
            ("Authorization", "1"),
            ("x-z", "2"),
            ("Accept", "*/*"),
            ("Content-Type", "application/json"),
        ];
        let headers = headers.map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(
            unsafe_names(&headers, Engine::Standard),
            ["authorization", "content-type", "x-z"]
        );
        assert_eq!(unsafe_names(&headers[3..4], Engine::Standard), [""; 0]);
    }

    #[test]
    fn more_than_1024_safelisted_bytes_make_every_name_unsafe() {
        let mut headers = vec![("Accept".to_owned(), "a".repeat(128)); 8];
        assert_eq!(unsafe_names(&headers, Engine::Standard), [""; 0]);
        headers.push(("Content-Language".to_owned(), "d".to_owned()));
        headers.push(("X-A".to_owned(), String::new()));
        assert_eq!(unsafe_names(&headers, Engine::Standard), ["accept", "content-language", "x-a"]);
    }
}
