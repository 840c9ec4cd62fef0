//! Origins as browsers serialise them (URL Standard, "origin", "host serializing"), and which of
//! them a pattern allows.

/// The longest value that the library looks at: scheme, `://`, host, `:`, port.
const LONGEST: usize = 64 + 3 + 253 + 1 + 5;

const SPECIAL: [(&str, &str); 2] = [("http", "80"), ("https", "443")];

/// Schemes that no page has an origin of.
const NEVER_SENT: [&str; 4] = ["ws", "wss", "ftp", "file"];

/// The parts of an origin, as they are spelled; no port is an empty text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) scheme: String,
    pub(crate) host: String,
    pub(crate) port: String,
}

/// The parts of a value that a browser may send; `None` for any other.
pub(crate) fn parts(value: &[u8]) -> Option<Parts> {
    if value.len() > LONGEST || !value.is_ascii() {
        return None;
    }
    let text: String = value.iter().map(|byte| char::from(*byte)).collect();
    let (scheme, rest) = text.split_once("://")?;
    let (host, port) = match rest.find(']') {
        Some(bracket) if rest.starts_with('[') => rest.split_at(bracket + 1),
        _ => rest.split_at(rest.find(':').unwrap_or(rest.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(port) if is_port(port) => port,
        None if port.is_empty() => "",
        _ => return None,
    };
    let is_right = is_scheme(scheme)
        && !SPECIAL.contains(&(scheme, port))
        && (is_ipv6(host) || is_domain(scheme, host));
    is_right.then(|| Parts { scheme: scheme.into(), host: host.into(), port: port.into() })
}

/// Whether a pattern, taken as a text, allows these parts.
pub(crate) fn allows(pattern: &str, origin: &Parts) -> bool {
    let Some((scheme, rest)) = pattern.split_once("://") else { return false };
    let (rest, any_port) = match rest.strip_suffix(":*") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (rest, ""),
    };
    let labels: Vec<&str> = origin.host.split('.').collect();
    let is_host = match host.strip_prefix("*.") {
        None => origin.host == host,
        Some(base) => (1..labels.len()).any(|first| labels[first..].join(".") == base),
    };
    is_host && origin.scheme == scheme && (any_port || origin.port == port)
}

/// Origins that a pattern allows, one for each way in which it could allow too much.
pub(crate) fn samples(pattern: &str) -> Vec<String> {
    let mut samples = Vec::new();
    for labels in ["zz9.", "zz9.yy8."] {
        for port in ["", ":64999"] {
            samples.push(pattern.replacen("*.", labels, 1).replace(":*", port));
        }
    }
    samples.dedup();
    samples
}

/// Whether one pattern allows everything that another one does.
pub(crate) fn covers(wide: &str, narrow: &str) -> bool {
    let samples = samples(narrow);
    samples.iter().all(|sample| parts(sample.as_bytes()).is_some_and(|parts| allows(wide, &parts)))
}

/// The lower case of RFC 3986, section 3.1; the origin of a `file:` URL is `null`.
fn is_scheme(scheme: &str) -> bool {
    let known = "abcdefghijklmnopqrstuvwxyz0123456789+-.";
    scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.chars().all(|c| known.contains(c))
        && scheme.len() <= 64
        && !NEVER_SENT.contains(&scheme)
}

fn is_port(port: &str) -> bool {
    let number: u32 = port.parse().unwrap_or_default();
    (1..=65_535).contains(&number) && number.to_string() == port
}

/// RFC 1035, section 2.3.4, and what the URL Standard leaves of other characters.
fn is_domain(scheme: &str, host: &str) -> bool {
    let domain = host.strip_suffix('.').unwrap_or(host);
    let known = "abcdefghijklmnopqrstuvwxyz0123456789-_";
    let is_label =
        |label: &str| (1..64).contains(&label.len()) && label.chars().all(|c| known.contains(c));
    let last = domain.rsplit('.').next().unwrap_or_default();
    let is_special = SPECIAL.iter().any(|(special, _)| *special == scheme);
    let is_number = is_special && last.starts_with(|first: char| first.is_ascii_digit());
    domain.len() <= 253 && domain.split('.').all(is_label) && (!is_number || is_ipv4(host))
}

fn is_ipv4(host: &str) -> bool {
    let is_byte = |text: &str| text.parse::<u8>().is_ok_and(|number| number.to_string() == text);
    host.split('.').count() == 4 && host.split('.').all(is_byte)
}

/// Whether this is what the URL Standard's "IPv6 serializer" makes of an address, in brackets.
fn is_ipv6(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    address.and_then(pieces).is_some_and(|pieces| format!("[{}]", serialize(&pieces)) == host)
}

/// The eight pieces of an address of hexadecimal numbers and one `::` at most.
fn pieces(address: &str) -> Option<Vec<u16>> {
    let piece = |text: &str| match text.len() {
        1..=4 if text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u16::from_str_radix(text, 16).ok()
        }
        _ => None,
    };
    let read = |text: &str| match text {
        "" => Some(Vec::new()),
        _ => text.split(':').map(piece).collect::<Option<Vec<_>>>(),
    };
    let pieces = match address.split_once("::") {
        None => read(address)?,
        Some((before, after)) => {
            let (before, after) = (read(before)?, read(after)?);
            let zeros =
                8_usize.checked_sub(before.len() + after.len()).filter(|zeros| *zeros > 0)?;
            [before, vec![0; zeros], after].concat()
        }
    };
    (pieces.len() == 8).then_some(pieces)
}

/// The first of the longest runs of two or more zeros becomes `::`.
fn serialize(pieces: &[u16]) -> String {
    let zeros = |from: usize| pieces[from..].iter().take_while(|piece| **piece == 0).count();
    let longest = (0..8).map(zeros).max().filter(|longest| *longest > 1);
    let compress = longest.and_then(|longest| (0..8).find(|from| zeros(*from) == longest));
    let hex = |pieces: &[u16]| {
        pieces.iter().map(|piece| format!("{piece:x}")).collect::<Vec<_>>().join(":")
    };
    match compress {
        None => hex(pieces),
        Some(from) => format!("{}::{}", hex(&pieces[..from]), hex(&pieces[from + zeros(from)..])),
    }
}
