//! Why there is no response.

use std::fmt;
use std::io;
use std::net::SocketAddr;

/// What a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Proxy,
    Name,
    Connection,
    Tls,
    Response,
}

/// Why there is no response.
#[derive(Debug)]
pub(super) enum Unreachable {
    /// The name of the host has no address.
    Name(String),
    Connection {
        address: SocketAddr,
        error: io::Error,
    },
    /// There is no connection through the proxy.
    Proxy {
        proxy: String,
        reason: String,
    },
    /// The proxy cannot be used.
    BadProxy(String),
    Tls(String),
    /// The server does not offer HTTP/2, which `--http2` requires.
    NoHttp2,
    /// The response is no HTTP, or the connection was closed.
    Http(String),
    /// The time is over.
    Timeout(Phase),
}

impl Unreachable {
    /// A stable name.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "unknown-host",
            Self::Connection { .. } => "not-connected",
            Self::Proxy { .. } | Self::BadProxy(_) => "proxy",
            Self::Tls(_) => "tls",
            Self::NoHttp2 => "no-http2",
            Self::Http(_) => "not-http",
            Self::Timeout(_) => "timeout",
        }
    }

    /// What to do about it.
    pub(super) const fn help(&self) -> &'static str {
        match self {
            Self::Name(_) => "check the spelling of the host, and the DNS of this machine",
            Self::Connection { .. } => {
                "check that the server runs, that the port is right, and that no firewall is between \
                 (`--proxy` asks through a proxy); a browser shows a failed connection as a CORS error, too"
            }
            Self::Proxy { .. } => {
                "check `--proxy`, or the variables `HTTPS_PROXY` and `HTTP_PROXY`, and whether the proxy \
                 lets you reach this server; a name and password are written in its URL, as \
                 `http://name:password@proxy.example.com:3128`; `NO_PROXY` lists servers that are asked \
                 directly"
            }
            Self::BadProxy(_) => {
                "correct `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`, or use `--proxy`"
            }
            Self::Tls(_) => {
                "install a certificate for this host, from an authority that browsers trust, with its \
                 intermediate certificates; to look at CORS all the same, use `--ca` or `--insecure`"
            }
            Self::NoHttp2 => "leave out `--http2`, or enable HTTP/2 on the server",
            Self::Http(_) => {
                "check the scheme and the port: `https://` for a server with TLS; then the log of the \
                 server or proxy that answered"
            }
            Self::Timeout(_) => {
                "check that the server answers `OPTIONS` as well as other methods; or wait for longer: \
                 `--timeout 60`"
            }
        }
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => write!(f, "the host has no address: {error}"),
            Self::Connection { address, error } => {
                write!(f, "no connection to {address}: {error}")
            }
            Self::Proxy { proxy, reason } => {
                write!(f, "no connection through the proxy {proxy}: {reason}")
            }
            Self::BadProxy(reason) => write!(f, "the proxy cannot be used: {reason}"),
            Self::Tls(error) => write!(f, "TLS failed: {error}"),
            Self::NoHttp2 => f.write_str("the server does not offer HTTP/2"),
            Self::Http(error) => write!(f, "no response that is HTTP: {error}"),
            Self::Timeout(phase) => {
                let what = match phase {
                    Phase::Proxy => "a connection through the proxy",
                    Phase::Name => "the address of the host",
                    Phase::Connection => "a connection",
                    Phase::Tls => "the end of the TLS handshake",
                    Phase::Response => "a response",
                };
                write!(f, "the time is over while waiting for {what}")
            }
        }
    }
}
