//! The host of an origin: how browsers serialise it, and whether others can control it. Follows
//! the [host parsing] of the URL Standard, narrowed to letters, digits, `-` and `_`.
//!
//! [host parsing]: https://url.spec.whatwg.org/#host-parsing

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::serialized::default_port;

/// Whether `host` is spelled as a browser serialises it in an origin with `scheme`.
pub(super) fn is_serialized(scheme: &str, host: &str) -> bool {
    if let Some(inside) = host.strip_prefix('[') {
        return inside.strip_suffix(']').is_some_and(is_canonical_ipv6);
    }
    let domain = host.strip_suffix('.').unwrap_or(host);
    domain.len() <= MAX_DOMAIN
        && domain.split('.').all(is_label)
        && (!ends_in_number(scheme, domain) || host.parse::<Ipv4Addr>().is_ok())
}

/// Whether the last label requires the host to be an IPv4 address.
///
/// The URL Standard requires this only of the hosts of special schemes; the UUID in
/// `moz-extension://<uuid>` may start with a digit.
pub(super) fn ends_in_number(scheme: &str, domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    default_port(scheme).is_some() && last.starts_with(|c: char| c.is_ascii_digit())
}

/// The serialised form of an IPv6 address, without brackets.
///
/// This is RFC 5952 except that an IPv4-mapped address keeps its hexadecimal form: [the
/// serializer browsers use] has no dotted form.
///
/// [the serializer browsers use]: https://url.spec.whatwg.org/#concept-ipv6-serializer
pub(super) fn write_ipv6(out: &mut impl Write, address: Ipv6Addr) -> fmt::Result {
    match address.to_ipv4_mapped() {
        Some(_) => {
            let [.., high, low] = address.segments();
            write!(out, "::ffff:{high:x}:{low:x}")
        }
        None => write!(out, "{address}"),
    }
}

/// The A-label form of a domain, or `None` if it is not valid IDNA.
///
/// `UseSTD3ASCIIRules` and `CheckHyphens` are off as in the URL Standard's
/// "domain to ASCII": browsers serialise `a_b.example`, `r3---sn.example` and
/// the `app://-` of Electron.
pub(super) fn to_ascii(domain: &str) -> Option<Cow<'_, str>> {
    Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, DnsLength::Ignore)
        .ok()
}

/// Whether the host is on the loopback interface.
pub(super) fn is_loopback(host: &str) -> bool {
    // Secure Contexts section 3.1, "potentially trustworthy origin".
    let domain = host.strip_suffix('.').unwrap_or(host);
    domain == "localhost"
        || domain.ends_with(".localhost")
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Whether anyone can register names directly below `domain`.
#[cfg(feature = "public-suffix")]
pub(super) fn is_public_suffix(domain: &str) -> bool {
    use psl::{List, Psl};

    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let is_suffix = |name: &str| List.suffix(name.as_bytes()).is_some_and(|suffix| suffix == name);
    // The list's default rule `*` makes every single label a suffix. The second check
    // is for names that only have a wildcard rule, such as `*.compute.amazonaws.com`,
    // where the base itself is not a suffix.
    !is_loopback(domain) && (is_suffix(domain) || is_suffix(&format!("x.{domain}")))
}

/// Whether the public suffix of `domain` is in the list's private section, as
/// `github.io` is.
#[cfg(feature = "public-suffix")]
pub(super) fn is_private_suffix(domain: &str) -> bool {
    use psl::{List, Psl, Type};

    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let below = format!("x.{domain}");
    List.suffix(below.as_bytes()).is_some_and(|suffix| suffix.typ() == Some(Type::Private))
}

/// Whether the public suffix of `domain` is known: always, since the list is compiled
/// in.
#[cfg(feature = "public-suffix")]
pub(super) fn is_known(_domain: &str) -> bool {
    true
}

/// The public suffix of `domain` with one more label.
#[cfg(feature = "public-suffix")]
pub(super) fn registrable_domain(domain: &str) -> &str {
    use psl::{List, Psl};

    let found = List.domain(domain.as_bytes());
    found.and_then(|found| std::str::from_utf8(found.as_bytes()).ok()).unwrap_or(domain)
}

/// Always `false`: without the list, no suffix is known to be private.
#[cfg(not(feature = "public-suffix"))]
pub(super) fn is_private_suffix(_domain: &str) -> bool {
    false
}

/// Whether the public suffix of `domain` is known: without the list, only a single
/// label is known to be one.
#[cfg(not(feature = "public-suffix"))]
pub(super) fn is_known(domain: &str) -> bool {
    is_loopback(domain) || domain.trim_end_matches('.').contains('.')
}

/// Returns `domain` itself: without the list, each domain is treated as registrable.
#[cfg(not(feature = "public-suffix"))]
pub(super) fn registrable_domain(domain: &str) -> &str {
    domain
}

/// Always `false`: without the list, no public suffix is known.
#[cfg(not(feature = "public-suffix"))]
pub(super) fn is_public_suffix(_domain: &str) -> bool {
    false
}

/// RFC 1035 section 2.3.4, without the trailing dot.
pub(super) const MAX_DOMAIN: usize = 253;

/// RFC 1035 section 2.3.4.
pub(super) const MAX_LABEL: usize = 63;

pub(super) fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL).contains(&label.len()) && label.bytes().all(is_label_byte)
}

pub(super) fn is_label_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')
}

fn is_canonical_ipv6(text: &str) -> bool {
    let Ok(address) = text.parse::<Ipv6Addr>() else {
        return false;
    };
    let mut expected = ExpectedText(text);
    write_ipv6(&mut expected, address).is_ok() && expected.0.is_empty()
}

/// Compares formatted output with a text without allocating.
struct ExpectedText<'a>(&'a str);

impl Write for ExpectedText<'_> {
    fn write_str(&mut self, written: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(fmt::Error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ipv6_as_browsers_serialise_it_is_canonical() {
        for (text, canonical) in [
            ("::1", true),
            ("::", true),
            ("::0", false),
            ("2001:db8::0", false),
            ("2001:db8::1", true),
            ("2001:db8:0:1:1:1:1:1", true),
            ("1:0:0:2::3", true),
            ("1::2:0:0:3", true),
            ("1:0:0:0:2::3", false),
            ("1:0:0:2:0:0:0:3", false),
            ("1:0:0:2::3:4", false),
            ("1::2:0:0:3:4", true),
            ("2001:db8::1:1:1:1:1", false),
            ("::ffff:7f00:1", true),
            ("::ffff:127.0.0.1", false),
            ("::7f00:1", true),
            ("::127.0.0.1", false),
            ("2001:DB8::1", false),
            ("2001:0db8::1", false),
            ("0:0:0:0:0:0:0:1", false),
            ("2001:db8:1:1:1:1:1::", false),
            ("fe80::1%eth0", false),
            ("", false),
            ("::1 ", false),
        ] {
            assert_eq!(is_canonical_ipv6(text), canonical, "{text}");
        }
    }

    #[test]
    fn loopback_compares_whole_labels() {
        for host in ["localhost", "localhost.", "a.localhost", "a.localhost.", "127.9.9.9", "[::1]"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["evillocalhost", "localhost.example", "128.0.0.1", "[::2]", "127.0.0.1.nip.io"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[cfg(feature = "public-suffix")]
    #[test]
    fn public_suffixes_include_private_and_wildcard_rules() {
        for domain in [
            "com",
            "co.uk",
            "github.io",
            "github.io.",
            "s3.amazonaws.com",
            "internal",
            "compute.amazonaws.com",
            "kawasaki.jp",
            "xn--55qx5d.cn",
        ] {
            assert!(is_public_suffix(domain), "{domain}");
        }
        for domain in ["example.com", "me.github.io", "localhost", "app.localhost", "a.internal"] {
            assert!(!is_public_suffix(domain), "{domain}");
        }
    }
}
