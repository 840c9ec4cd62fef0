//! Sites: what HTML calls "same site", which cookies and `Sec-Fetch-Site` are decided by. A
//! registrable domain is found with the Public Suffix List.

use std::net::Ipv4Addr;

use super::url::Url;

/// The site of a serialised origin: its scheme and registrable domain, or the origin itself where
/// there is none. `None` for an opaque origin, which is the same site as nothing.
pub(crate) fn site_of(origin: &str) -> Option<String> {
    if origin == "null" {
        return None;
    }
    let Some(url) = Url::parse(origin) else { return Some(origin.to_owned()) };
    let host = registrable_domain(url.host()).unwrap_or(url.host());
    Some(format!("{}://{host}", url.scheme()))
}

/// HTML "same site": the scheme counts, the port does not.
pub(crate) fn is_same_site(origin: &str, url: &Url) -> bool {
    site_of(origin).is_some_and(|site| site_of(&url.origin()) == Some(site))
}

/// URL "registrable domain": the public suffix and one label more.
pub(crate) fn registrable_domain(host: &str) -> Option<&str> {
    if host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok() {
        return None;
    }
    psl::domain_str(host)
}

/// Whether the host is a public suffix, under which anyone may register a name.
pub(crate) fn is_public_suffix(host: &str) -> bool {
    psl::suffix_str(host).is_some_and(|suffix| suffix == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_schemes_and_registrable_domains() {
        let cases = [
            ("https://a.example.com", "https://a.example.com", true),
            ("https://a.example.com", "https://a.example.com:444", true),
            ("https://a.example.com", "https://b.example.com", true),
            ("https://example.com", "https://b.c.example.com", true),
            ("http://a.example.com", "https://a.example.com", false),
            ("https://example.com", "https://example.org", false),
            ("https://a.co.uk", "https://b.co.uk", false),
            ("https://x.a.co.uk", "https://a.co.uk", true),
            ("https://co.uk", "https://a.co.uk", false),
            ("https://localhost:1", "https://localhost:2", true),
            ("https://a.com.", "https://b.com.", false),
            ("https://1.2.3.4:1", "https://1.2.3.4:2", true),
            ("https://1.2.3.4", "https://9.2.3.4", false),
            ("null", "https://example.com", false),
            ("app://local", "https://example.com", false),
        ];
        for (page, target, expected) in cases {
            let target = Url::parse(target).unwrap();
            assert_eq!(is_same_site(page, &target), expected, "{page} {target:?}");
        }
    }
}
