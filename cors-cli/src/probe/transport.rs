//! One request to a server over HTTP/1.1 or HTTP/2, with or without TLS.
//!
//! Each request has a connection of its own, and each phase of it (name, connection, TLS, HTTP) its
//! own error. The body of a response is not read: it decides nothing, and may have no end.

use std::cell::Cell;
use std::error::Error as StdError;
use std::net::SocketAddr;
use std::sync::Arc;

use cors_browser::{WireRequest, WireResponse};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::unreachable::{Phase, Unreachable};

/// What servers see in `User-Agent`; some refuse requests without one.
const AGENT: &str = concat!("Mozilla/5.0 (compatible; cors-probe/", env!("CARGO_PKG_VERSION"), ")");

/// The protocols that the client offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Versions {
    Any,
    Http1,
    Http2,
}

impl Versions {
    /// What is offered by ALPN (RFC 7301).
    pub(super) fn protocols(self) -> Vec<Vec<u8>> {
        let names: &[&[u8]] = match self {
            Self::Any => &[b"h2", b"http/1.1"],
            Self::Http1 => &[b"http/1.1"],
            Self::Http2 => &[b"h2"],
        };
        names.iter().map(|name| name.to_vec()).collect()
    }
}

/// A client with a new connection for each request.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) tls: Arc<ClientConfig>,
    pub(super) versions: Versions,
    /// What the last request waits or waited for.
    pub(super) phase: Cell<Phase>,
}

/// A response, and the protocol by which it came.
#[derive(Debug)]
pub(super) struct ReceivedResponse {
    pub(super) response: WireResponse,
    pub(super) protocol: &'static str,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Client {
    /// Sends a request of the browser.
    pub(super) async fn send(&self, wire: &WireRequest) -> Result<ReceivedResponse, Unreachable> {
        let is_tls = wire.url.scheme() == "https";
        let host = wire.url.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = wire.url.port().unwrap_or(if is_tls { 443 } else { 80 });
        self.phase.set(Phase::Name);
        let addresses: Vec<_> = tokio::net::lookup_host((&*host, port))
            .await
            .map_err(|error| Unreachable::Name(error.to_string()))?
            .collect();
        self.phase.set(Phase::Connection);
        let tcp = connect(&addresses).await?;
        let (stream, is_http2): (Box<dyn Stream>, _) = match is_tls {
            true => {
                self.phase.set(Phase::Tls);
                let name = ServerName::try_from(host.clone())
                    .map_err(|error| Unreachable::Tls(format!("{host}: {error}")))?;
                let connector = TlsConnector::from(Arc::clone(&self.tls));
                let stream = connector
                    .connect(name, tcp)
                    .await
                    .map_err(|error| Unreachable::Tls(error.to_string()))?;
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                if self.versions == Versions::Http2 && !is_http2 {
                    return Err(Unreachable::NoHttp2);
                }
                (Box::new(stream), is_http2)
            }
            false => (Box::new(tcp), self.versions == Versions::Http2),
        };
        self.phase.set(Phase::Response);
        let response = match is_http2 {
            true => over_http2(stream, wire).await,
            false => over_http1(stream, wire).await,
        };
        let response = response.map_err(|error| Unreachable::Http(chain(&*error)))?;
        let protocol = if is_http2 { "HTTP/2" } else { "HTTP/1.1" };
        Ok(ReceivedResponse { response: received(&response), protocol })
    }
}

async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, Unreachable> {
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Only a matter of speed.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = Some((*address, error)),
        }
    }
    Err(match last {
        Some((address, error)) => Unreachable::Connection { address, error },
        None => Unreachable::Name("the name has no address".to_owned()),
    })
}

type Failed = Box<dyn StdError + Send + Sync>;

async fn over_http1(
    stream: Box<dyn Stream>,
    wire: &WireRequest,
) -> Result<Response<Incoming>, Failed> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = request(wire, wire.url.target().parse()?, false)?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

async fn over_http2(
    stream: Box<dyn Stream>,
    wire: &WireRequest,
) -> Result<Response<Incoming>, Failed> {
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    let url = format!("{}{}", wire.url.origin(), wire.url.target());
    let request = request(wire, url.parse()?, true)?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

fn request(wire: &WireRequest, uri: Uri, is_http2: bool) -> Result<Request<Full<Bytes>>, Failed> {
    let mut headers = HeaderMap::new();
    for (name, value) in &wire.headers {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        // `:authority` has it.
        if !(is_http2 && name == HOST) {
            headers.append(name, HeaderValue::from_bytes(&encode(value)?)?);
        }
    }
    if !headers.contains_key(USER_AGENT) {
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    }
    let mut request = Request::new(Full::new(Bytes::from(wire.body.clone())));
    *request.method_mut() = Method::from_bytes(wire.method.as_bytes())?;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Fetch "isomorphic encode": a character is a byte.
fn encode(value: &str) -> Result<Vec<u8>, std::num::TryFromIntError> {
    value.chars().map(|c| u8::try_from(u32::from(c))).collect()
}

/// The response, with "isomorphic decode".
fn received(response: &Response<Incoming>) -> WireResponse {
    let decode = |value: &HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
    let headers = response.headers().iter();
    WireResponse {
        status: response.status().as_u16(),
        headers: headers.map(|(name, value)| (name.to_string(), decode(value))).collect(),
        body: Vec::new(),
    }
}

/// An error with its causes.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(&format!(": {inner_text}"));
        }
        cause = inner.source();
    }
    text
}
