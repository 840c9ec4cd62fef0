//! Origins that are nearly the same: the most frequent mistakes.

/// What differs, if two texts are nearly the same origin.
pub(super) fn difference(value: &str, origin: &str) -> Option<&'static str> {
    let trimmed = value.trim_matches(['"', '\'']);
    if trimmed == origin {
        return Some("the value is in quotes");
    }
    if value.eq_ignore_ascii_case(origin) {
        return Some("upper and lower case differ");
    }
    if value.trim_end_matches('/') == origin {
        return Some("the value ends with a slash");
    }
    let (scheme, host) = origin.split_once("://")?;
    if value == host {
        return Some("the value has no scheme");
    }
    let (other_scheme, other_host) = value.split_once("://")?;
    if host == other_host && scheme != other_scheme {
        return Some("only the scheme differs");
    }
    let default_port = match scheme {
        "https" => ":443",
        _ => ":80",
    };
    if scheme == other_scheme && other_host.strip_suffix(default_port) == Some(host) {
        return Some("the value has the default port, which browsers leave out");
    }
    if scheme != other_scheme {
        return None;
    }
    if www(host) == other_host {
        return Some("only `www.` differs");
    }
    if without_port(host) == without_port(other_host) {
        return Some("only the port differs");
    }
    other_host.starts_with(&format!("{host}/")).then_some("the value has a path")
}

/// Origins of others that a careless comparison takes for this one, and how it compares. None
/// is below the domain that the origin belongs to, whose subdomains may well be allowed.
pub(super) fn imitations(origin: &str) -> Vec<(String, &'static str)> {
    let Some((scheme, host)) = origin.split_once("://") else { return Vec::new() };
    let (name, port) = host.split_at(without_port(host).len());
    let is_address = name.ends_with(|c: char| c.is_ascii_digit() || c == ']');
    let Some(domain) = psl::domain_str(name).filter(|_| !is_address) else { return Vec::new() };
    let below = name.strip_suffix(domain).unwrap_or_default();
    let mut imitations = vec![
        (format!("{scheme}://{name}.cors-probe.invalid"), "only the beginning is compared"),
        (format!("{scheme}://{below}cors-probe-{domain}{port}"), "only the end is compared"),
    ];
    if let Some(below) = below.strip_suffix('.') {
        let imitation = format!("{scheme}://{below}x{domain}{port}");
        imitations.push((imitation, "a dot of a regular expression matches any character"));
    }
    imitations
}

fn www(host: &str) -> String {
    host.strip_prefix("www.").map_or_else(|| format!("www.{host}"), str::to_owned)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_of_two_origins_is_named() {
        const ORIGIN: &str = "https://app.example";
        for (value, expected) in [
            ("https://app.example/", Some("the value ends with a slash")),
            ("https://App.example", Some("upper and lower case differ")),
            ("\"https://app.example\"", Some("the value is in quotes")),
            ("app.example", Some("the value has no scheme")),
            ("http://app.example", Some("only the scheme differs")),
            ("https://www.app.example", Some("only `www.` differs")),
            ("https://app.example:8443", Some("only the port differs")),
            (
                "https://app.example:443",
                Some("the value has the default port, which browsers leave out"),
            ),
            ("https://app.example/path", Some("the value has a path")),
            ("https://other.example", None),
            ("http://other.example", None),
            ("null", None),
            ("", None),
        ] {
            assert_eq!(difference(value, ORIGIN), expected, "{value}");
        }
        assert_eq!(difference("https://app.example", "null"), None);
    }

    #[test]
    fn imitations_are_made_of_names_only() {
        let of = |origin| imitations(origin).into_iter().map(|(it, _)| it).collect::<Vec<_>>();
        assert_eq!(
            of("https://app.example:8443"),
            ["https://app.example.cors-probe.invalid", "https://cors-probe-app.example:8443"]
        );
        assert_eq!(
            of("https://a.b.example.co.uk"),
            [
                "https://a.b.example.co.uk.cors-probe.invalid",
                "https://a.b.cors-probe-example.co.uk",
                "https://a.bxexample.co.uk"
            ]
        );
        for origin in
            ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:80", "null", "https://com"]
        {
            assert!(of(origin).is_empty(), "{origin}");
        }
    }
}
