//! The grammar of serialized origins, read one byte at a time.
//!
//! This is [`Origin::parse`](super::super::Origin::parse) as a state machine, so that
//! it can run together with an expression. It accepts everything that `Origin::parse`
//! accepts, and slightly more: it does not check lengths, and an IPv6 address is any
//! text of its characters. The proof therefore considers too many origins, never too
//! few.
//! origins, never at too few.

use std::cmp::Ordering;

/// The bytes that occur in origins, in the order in which a search for an example tries
/// them.
pub(super) const ALPHABET: &[u8; 44] = b"xabcdefghijklmnopqrstuvwyz1234567890-._:/[]+";

/// The kinds of schemes that differ in the grammar of the rest of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Scheme {
    Http,
    Https,
    /// The scheme of an extension or an application.
    Custom,
}

impl Scheme {
    pub(super) const ALL: [Self; 3] = [Self::Https, Self::Http, Self::Custom];

    pub(super) fn of(scheme: &str) -> Self {
        match scheme {
            "http" => Self::Http,
            "https" => Self::Https,
            _ => Self::Custom,
        }
    }

    /// Whether hosts that end in a number must be IPv4 addresses.
    pub(super) fn has_ipv4(self) -> bool {
        self != Self::Custom
    }

    fn default_port(self) -> &'static [u8] {
        match self {
            Self::Http => b"80",
            Self::Https => b"443",
            Self::Custom => b"",
        }
    }
}

/// The state after reading the beginning of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Position {
    /// In the scheme; `Some` while it may become one of those with special rules.
    Scheme(Option<&'static str>),
    /// After `:`.
    Colon(Scheme),
    /// After `:/`.
    Slash(Scheme),
    /// After `://`.
    HostStart(Scheme),
    /// In a label.
    Label(Scheme, Label),
    /// After a dot, which may be the last byte of the host.
    Dot(Scheme, Label),
    /// In the brackets of an IPv6 address.
    Ipv6(Scheme),
    /// After the brackets.
    Ipv6End(Scheme),
    /// After the colon of the port, or in its digits.
    Port(Scheme, Port),
}

/// The facts about the labels so far that distinguish addresses from names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Label {
    /// The last label that has a byte starts with a digit.
    numeric: bool,
    /// The host may still become an IPv4 address.
    ipv4: Option<Ipv4>,
}

/// The current number of an IPv4 address: how many numbers precede it, and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Ipv4 {
    before: u8,
    value: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Port {
    digits: u8,
    /// The comparison of the digits with the same number of digits of `65535`.
    order: Ordering,
    /// The digits are a prefix of the scheme's default port.
    default: bool,
}

/// Every prefix of the schemes with special rules.
const PREFIXES: [&str; 15] = [
    "", "h", "ht", "htt", "http", "https", "w", "ws", "wss", "f", "ft", "ftp", "fi", "fil", "file",
];

impl Position {
    pub(super) const START: Self = Self::Scheme(Some(""));

    /// The position after one more byte, or `None` if no origin continues with it.
    pub(super) fn next(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Scheme(known), b':') => scheme(known).map(Self::Colon),
            (Self::Scheme(known), _) => in_scheme(known, byte).map(Self::Scheme),
            (Self::Colon(scheme), b'/') => Some(Self::Slash(scheme)),
            (Self::Slash(scheme), b'/') => Some(Self::HostStart(scheme)),
            (Self::HostStart(scheme), b'[') => Some(Self::Ipv6(scheme)),
            (Self::HostStart(scheme), _) => {
                let ipv4 = scheme.has_ipv4().then_some(Ipv4 { before: 0, value: None });
                Label::start(ipv4, scheme, byte)
            }
            (Self::Dot(scheme, before), byte) if byte != b':' => {
                Label::start(before.ipv4, scheme, byte)
            }
            (Self::Label(scheme, label), b'.') => Some(Self::Dot(scheme, label.after_dot())),
            (Self::Label(scheme, label), byte) if byte != b':' => label.next(scheme, byte),
            (Self::Ipv6(scheme), b'0'..=b'9' | b'a'..=b'f' | b':') => Some(Self::Ipv6(scheme)),
            (Self::Ipv6(scheme), b']') => Some(Self::Ipv6End(scheme)),
            (host, b':') if host.ends_host() => {
                let scheme = host.scheme()?;
                Some(Self::Port(scheme, Port { digits: 0, order: Ordering::Equal, default: true }))
            }
            (Self::Port(scheme, port), b'0'..=b'9') => {
                port.next(scheme, byte).map(|port| Self::Port(scheme, port))
            }
            _ => None,
        }
    }

    /// Whether an origin may end here.
    pub(super) fn accepts(self) -> bool {
        match self {
            Self::Port(scheme, port) => {
                let default =
                    port.default && usize::from(port.digits) == scheme.default_port().len();
                port.digits > 0 && !default && !(port.digits == 5 && port.order.is_gt())
            }
            _ => self.ends_host(),
        }
    }

    /// Whether a host may end here, followed by a port or by nothing.
    pub(super) fn ends_host(self) -> bool {
        match self {
            Self::Label(_, Label { numeric, ipv4 }) => {
                !numeric || matches!(ipv4, Some(Ipv4 { before: 3, value: Some(_) }))
            }
            // No IPv4 address ends in a dot.
            Self::Dot(_, Label { numeric, .. }) => !numeric,
            Self::Ipv6End(_) => true,
            _ => false,
        }
    }

    /// The scheme, once it has been read.
    pub(super) fn scheme(self) -> Option<Scheme> {
        match self {
            Self::Scheme(_) => None,
            Self::Colon(scheme)
            | Self::Slash(scheme)
            | Self::HostStart(scheme)
            | Self::Label(scheme, _)
            | Self::Dot(scheme, _)
            | Self::Ipv6(scheme)
            | Self::Ipv6End(scheme)
            | Self::Port(scheme, _) => Some(scheme),
        }
    }
}

fn scheme(known: Option<&'static str>) -> Option<Scheme> {
    match known {
        // Browsers never serialise these: see `Origin::parse`.
        Some("" | "ws" | "wss" | "ftp" | "file") => None,
        Some(scheme) => Some(Scheme::of(scheme)),
        None => Some(Scheme::Custom),
    }
}

fn in_scheme(known: Option<&'static str>, byte: u8) -> Option<Option<&'static str>> {
    let first = known == Some("");
    match byte {
        b'a'..=b'z' => {}
        b'0'..=b'9' | b'+' | b'-' | b'.' if !first => {}
        _ => return None,
    }
    let continues = |prefix: &&&str| {
        let (last, rest) = prefix.as_bytes().split_last().unzip();
        last == Some(&byte) && rest.zip(known).is_some_and(|(rest, known)| rest == known.as_bytes())
    };
    Some(PREFIXES.iter().find(continues).copied())
}

impl Label {
    fn start(ipv4: Option<Ipv4>, scheme: Scheme, byte: u8) -> Option<Position> {
        let numeric = scheme.has_ipv4() && byte.is_ascii_digit();
        Self { numeric, ipv4 }.next(scheme, byte)
    }

    fn next(self, scheme: Scheme, byte: u8) -> Option<Position> {
        let ipv4 = match byte {
            b'0'..=b'9' => self.ipv4.and_then(|ipv4| ipv4.next(byte - b'0')),
            b'a'..=b'z' | b'-' | b'_' => None,
            _ => return None,
        };
        Some(Position::Label(scheme, Self { ipv4, ..self }))
    }

    fn after_dot(self) -> Self {
        let next = |ipv4: Ipv4| Some(Ipv4 { before: ipv4.before + 1, value: None });
        Self { ipv4: self.ipv4.filter(|ipv4| ipv4.before < 3).and_then(next), ..self }
    }
}

impl Ipv4 {
    fn next(self, digit: u8) -> Option<Self> {
        let value = match self.value {
            None => u16::from(digit),
            Some(0) => return None,
            Some(value) => value * 10 + u16::from(digit),
        };
        // Numbers that allow the same continuations are merged into one state.
        let value = match value {
            3..=9 => 3,
            10..=19 => 10,
            20..=24 => 20,
            26..=99 => 26,
            100..=255 => 100,
            0..=2 | 25 => value,
            _ => return None,
        };
        Some(Self { value: Some(value), ..self })
    }
}

impl Port {
    fn next(self, scheme: Scheme, byte: u8) -> Option<Self> {
        const LARGEST: &[u8; 5] = b"65535";
        let at = usize::from(self.digits);
        let largest = LARGEST.get(at)?;
        if at == 0 && byte == b'0' {
            return None;
        }
        Some(Self {
            digits: self.digits + 1,
            order: self.order.then(byte.cmp(largest)),
            default: self.default && scheme.default_port().get(at) == Some(&byte),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;

    fn accepts(text: &str) -> bool {
        let read = |at: Position, byte| at.next(byte);
        text.bytes().try_fold(Position::START, read).is_some_and(Position::accepts)
    }

    #[test]
    fn the_state_machine_agrees_with_the_parser() {
        let schemes = [
            "", "h", "http", "https", "httpss", "ws", "wss", "w", "ftp", "file", "files", "tauri",
            "a+b", "1a", "x-y.z",
        ];
        let hosts = [
            "",
            "a",
            "a.",
            ".a",
            "a..b",
            "a.b",
            "-",
            "a_b.c-d",
            "1",
            "1a",
            "a.1",
            "a.1b",
            "1.a",
            "1.2.3.4",
            "1.2.3.4.",
            "1.2.3",
            "1.2.3.4.5",
            "0.0.0.0",
            "01.2.3.4",
            "255.255.255.255",
            "256.1.1.1",
            "25.26.99.100",
            "1.2.3.256",
            "1.2.3.2555",
            "1.2.3.4a",
            "1.2.3.a",
            "a.1.2.3.4",
            "[::1]",
            "[::]",
            "[a:b]",
            "[",
            "[::1",
            "a]",
            "a+b",
            "A",
        ];
        let ports = [
            "", ":", ":0", ":1", ":80", ":443", ":8", ":800", ":4430", ":44", ":65535", ":65536",
            ":70000", ":9999", ":99999", ":655350", ":01", ":1a", ":x", "/", ":1/",
        ];
        for (scheme, host, port) in schemes
            .iter()
            .flat_map(|scheme| hosts.map(|host| (scheme, host)))
            .flat_map(|(scheme, host)| ports.map(|port| (scheme, host, port)))
        {
            let text = format!("{scheme}://{host}{port}");
            let parsed = Origin::parse(text.as_bytes()).is_some();
            assert_eq!(accepts(&text), parsed || host == "[a:b]" && accepts(&text), "{text}");
        }
    }
}
