//! The diagnosis of hosts: wildcards, addresses, case, internationalised names and the
//! rules for labels.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Findings, quote};
use crate::origin::host::{self, MAX_DOMAIN, MAX_LABEL};
use crate::problem::Code;

/// Returns the corrected host, with its `*.`.
pub(super) fn correct_host(found: &mut Findings<'_>, scheme: &str, written: &str) -> String {
    if written.is_empty() {
        found.unclear(Code::BAD_HOST, "has no host");
        return String::new();
    }
    let host = written.to_ascii_lowercase();
    if host != written {
        found.corrected(
            Code::UPPER_CASE,
            "has upper-case letters, which browsers never send, so it would never match",
        );
    }
    let (wildcard, base) = correct_wildcard(found, scheme, &host);
    match correct_address(found, scheme, base) {
        None => format!("{wildcard}{}", correct_domain(found, base)),
        Some(address) => {
            if !wildcard.is_empty() {
                found.corrected(
                    Code::WILDCARD_IP,
                    "has a wildcard, but an IP address has no subdomains",
                );
            }
            address
        }
    }
}

/// Returns `*.` or an empty string, and the host after it.
fn correct_wildcard<'h>(
    found: &mut Findings<'_>,
    scheme: &str,
    host: &'h str,
) -> (&'static str, &'h str) {
    if !host.contains('*') {
        return ("", host);
    }
    let base = host.trim_start_matches(['*', '.']);
    let written = &host[..host.len() - base.len()];
    if base.is_empty() {
        found.unclear(Code::MISPLACED_WILDCARD, "would match every host");
    } else if base.contains('*') {
        let message = match base.strip_suffix(".*").filter(|name| !name.contains('*')) {
            Some(name) => {
                format!(
                    "would match `{scheme}://{name}.evil.example`: anyone can register such a host"
                )
            }
            None => "has a `*` that is not the whole first label".to_owned(),
        };
        found.unclear(Code::MISPLACED_WILDCARD, message);
    } else if written.ends_with('*') && !base.starts_with(|c: char| c.is_alphanumeric() || c == '[')
    {
        found.unclear(Code::MISPLACED_WILDCARD, "has a `*` for only part of a label");
    } else if written == "*" {
        let message = format!("would match `{scheme}://evil{base}`, which anyone can register");
        found.corrected(Code::MISPLACED_WILDCARD, message);
    } else if written != "*." {
        let message = "has more than `*.`, which already matches any number of labels";
        found.corrected(Code::MISPLACED_WILDCARD, message);
    }
    ("*.", base)
}

/// Returns the address if `host` is intended as one.
fn correct_address(found: &mut Findings<'_>, scheme: &str, host: &str) -> Option<String> {
    let bracketed = host.starts_with('[') || host.ends_with(']');
    let bare = host.trim_matches(['[', ']']);
    if let Ok(address) = bare.parse::<Ipv6Addr>() {
        let mut canonical = String::from("[");
        // Writing to a `String` cannot fail.
        let _ = host::write_ipv6(&mut canonical, address);
        canonical.push(']');
        if canonical != host {
            found.corrected(
                Code::BAD_IP,
                format!("is an IPv6 address that browsers write as `{canonical}`"),
            );
        }
        return Some(canonical);
    }
    if bracketed && !host.starts_with('[') && host.contains(":[") {
        found.unclear(Code::BAD_PORT, "has a list or range of ports, which is no port");
        return Some(String::new());
    }
    if bracketed {
        found.unclear(Code::BAD_IP, "has brackets around something that is not an IPv6 address");
        return Some(String::new());
    }
    let domain = host.trim_end_matches('.');
    if !host::ends_in_number(scheme, domain) {
        return None;
    }
    let Some(address) = parse_legacy_ipv4(domain) else {
        found.unclear(Code::BAD_IP, "ends in a number, but is not an IPv4 address");
        return Some(String::new());
    };
    let canonical = address.to_string();
    if canonical != host {
        found.corrected(
            Code::BAD_IP,
            format!("is an IPv4 address that browsers write as `{canonical}`"),
        );
    }
    Some(canonical)
}

/// Parses legacy forms such as `127.1` and `0x7f.0.0.1`, following the URL Standard's
/// [IPv4 parser].
///
/// [IPv4 parser]: https://url.spec.whatwg.org/#concept-ipv4-parser
fn parse_legacy_ipv4(host: &str) -> Option<Ipv4Addr> {
    let number = |part: &str| match part.strip_prefix("0x") {
        Some("") => Some(0),
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None if part.len() > 1 && part.starts_with('0') => u32::from_str_radix(part, 8).ok(),
        None => part.parse::<u32>().ok(),
    };
    if host.contains('+') {
        return None; // `from_str_radix` accepts a sign
    }
    let parts: Vec<u32> = host.split('.').map(number).collect::<Option<_>>()?;
    let (&last, leading) = parts.split_last()?;
    // The last number fills all remaining bytes.
    let room = 4_usize.checked_sub(leading.len()).filter(|&bytes| bytes > 0)?;
    if u64::from(last) >= 1 << (8 * room) {
        return None;
    }
    let mut octets = last.to_be_bytes();
    for (octet, &part) in octets.iter_mut().zip(leading) {
        *octet = u8::try_from(part).ok()?;
    }
    Some(octets.into())
}

fn correct_domain(found: &mut Findings<'_>, written: &str) -> String {
    let ascii =
        if written.is_ascii() { written.to_owned() } else { correct_unicode(found, written) };
    let labels: Vec<&str> = ascii.split('.').filter(|label| !label.is_empty()).collect();
    let mut domain = labels.join(".");
    if ascii.ends_with('.') && !ascii.ends_with("..") {
        domain.push('.');
    }
    let foreign = domain.bytes().find(|&b| b != b'.' && !host::is_label_byte(b) && b.is_ascii());
    if labels.is_empty() && !ascii.is_empty() {
        found.unclear(
            Code::BAD_HOST,
            "has only a dot as its host; pages of an application that are loaded from there send it, \
             but it is not accepted: load them from a named host, such as `app://bundle`",
        );
    } else if labels.is_empty() {
        found.unclear(Code::BAD_HOST, "has no host");
    } else if let Some(byte) = foreign {
        let message = format!(
            "has a host with {}, which no domain has",
            quote(char::from(byte).encode_utf8(&mut [0; 4]))
        );
        found.unclear(Code::BAD_HOST, message);
    } else if domain != ascii {
        found.corrected(Code::BAD_HOST, "has an empty label: there is one dot too many");
    } else if labels.iter().any(|label| label.len() > MAX_LABEL) {
        found.unclear(Code::BAD_HOST, format!("has a label of more than {MAX_LABEL} bytes"));
    } else if domain.len() > MAX_DOMAIN {
        found.unclear(Code::BAD_HOST, format!("has a host of more than {MAX_DOMAIN} bytes"));
    } else if host::to_ascii(&domain).as_deref() != Some(domain.as_str()) {
        found.unclear(
            Code::BAD_HOST,
            "has an `xn--` label that is not valid IDNA, so no browser sends it",
        );
    }
    domain
}

fn correct_unicode(found: &mut Findings<'_>, written: &str) -> String {
    match host::to_ascii(written) {
        Some(ascii) => {
            found.corrected(
                Code::NON_ASCII,
                format!("is not ASCII; browsers send the host as `{ascii}`"),
            );
            ascii.into_owned()
        }
        None => {
            found.unclear(
                Code::NON_ASCII,
                "is not ASCII, and is not a valid internationalised name either",
            );
            written.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_ipv4_forms_are_parsed_as_in_the_url_standard() {
        for (host, address) in [
            ("127.0.0.1", Some([127, 0, 0, 1])),
            ("127.1", Some([127, 0, 0, 1])),
            ("1.2.3", Some([1, 2, 0, 3])),
            ("256", Some([0, 0, 1, 0])),
            ("2130706433", Some([127, 0, 0, 1])),
            ("4294967295", Some([255, 255, 255, 255])),
            ("4294967296", None),
            ("1.16777215", Some([1, 255, 255, 255])),
            ("1.16777216", None),
            ("1.2.3.256", None),
            ("256.1", None),
            ("0x7f.0.0.1", Some([127, 0, 0, 1])),
            ("0x.0x", Some([0, 0, 0, 0])),
            ("0177.0.0.1", Some([127, 0, 0, 1])),
            ("010", Some([0, 0, 0, 8])),
            ("08", None),
            ("0", Some([0, 0, 0, 0])),
            ("1.2.3.4.0", None),
            ("1..2", None),
            ("0x+1", None),
        ] {
            assert_eq!(parse_legacy_ipv4(host), address.map(Ipv4Addr::from), "{host}");
        }
    }
}
