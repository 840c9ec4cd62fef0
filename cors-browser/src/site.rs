//! `Sec-Fetch-Site` of Fetch Metadata: how near the page is to the target. What a site is comes
//! from HTML ("same site") and from the Public Suffix List, of which the model knows only the
//! default rule `*` and the given suffixes.

use std::net::Ipv4Addr;

use super::url::Url;

/// Fetch Metadata "set the `Sec-Fetch-Site` header", for a single URL and a request by a page.
pub(super) fn sec_fetch_site(
    origin: &str,
    target: &Url,
    public_suffixes: &[String],
) -> &'static str {
    if origin == target.origin() {
        return "same-origin";
    }
    // An opaque origin does not parse and is the same site as nothing but itself.
    match Url::parse(origin) {
        Some(page) if is_same_site(&page, target, public_suffixes) => "same-site",
        _ => "cross-site",
    }
}

// HTML "same site": the scheme counts, the port does not.
fn is_same_site(a: &Url, b: &Url, public_suffixes: &[String]) -> bool {
    let domain = |url: &Url| registrable_domain(url.host(), public_suffixes);
    // HTML "schemelessly same site": hosts without a registrable domain have to be equal.
    let schemelessly = match (domain(a), domain(b)) {
        (None, None) => a.host() == b.host(),
        (a, b) => a == b,
    };
    a.scheme() == b.scheme() && schemelessly
}

// URL "registrable domain": the public suffix and one label more.
fn registrable_domain(host: &str, public_suffixes: &[String]) -> Option<String> {
    if host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok() {
        return None;
    }
    let (host, dot) = host.strip_suffix('.').map_or((host, ""), |host| (host, "."));
    let labels: Vec<&str> = host.split('.').collect();
    let is_suffix = |from: usize| public_suffixes.contains(&labels[from..].join("."));
    // The longest listed suffix wins; without one, the last label is the suffix.
    let suffix = (0..labels.len()).find(|&from| is_suffix(from)).unwrap_or(labels.len() - 1);
    let first = suffix.checked_sub(1)?;
    Some(labels[first..].join(".") + dot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_schemes_and_registrable_domains() {
        let cases = [
            ("https://a.example.com", "https://a.example.com", "same-origin"),
            ("https://a.example.com", "https://a.example.com:444", "same-site"),
            ("https://a.example.com", "https://b.example.com", "same-site"),
            ("https://example.com", "https://b.c.example.com", "same-site"),
            ("http://a.example.com", "https://a.example.com", "cross-site"),
            ("https://example.com", "https://example.org", "cross-site"),
            ("https://a.co.uk", "https://b.co.uk", "cross-site"),
            ("https://x.a.co.uk", "https://a.co.uk", "same-site"),
            ("https://co.uk", "https://a.co.uk", "cross-site"),
            ("https://localhost:1", "https://localhost:2", "same-site"),
            ("https://a.com.", "https://b.com.", "cross-site"),
            ("https://1.2.3.4:1", "https://1.2.3.4:2", "same-site"),
            ("https://1.2.3.4", "https://9.2.3.4", "cross-site"),
            ("null", "https://example.com", "cross-site"),
        ];
        let suffixes = ["co.uk".to_owned()];
        for (page, target, expected) in cases {
            let target = Url::parse(target).unwrap();
            assert_eq!(sec_fetch_site(page, &target, &suffixes), expected, "{page} {target:?}");
        }
    }
}
