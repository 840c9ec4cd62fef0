//! One request to a server over HTTP/1.1 or HTTP/2, with or without TLS.
//!
//! Each request has a connection of its own, through a proxy if there is one, and each phase of it
//! (name, connection, TLS, HTTP) its own error. The body of a response is not read: it decides nothing, and may have no end.

use std::cell::Cell;
use std::error::Error as StdError;
use std::net::SocketAddr;
use std::sync::Arc;

use cors_browser::{WireRequest, WireResponse};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::proxy::{Proxies, Proxy};
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
    pub(super) proxies: Proxies,
    /// What the last request waits or waited for.
    pub(super) phase: Cell<Phase>,
}

/// A response, and the protocol by which it came.
#[derive(Debug)]
pub(super) struct ReceivedResponse {
    pub(super) response: WireResponse,
    pub(super) protocol: &'static str,
}

/// A connection.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Client {
    /// Sends a request of the browser.
    pub(super) async fn send(&self, wire: &WireRequest) -> Result<ReceivedResponse, Unreachable> {
        let is_tls = wire.url.scheme() == "https";
        let host = wire.url.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = wire.url.port().unwrap_or(if is_tls { 443 } else { 80 });
        let proxy = self.proxies.of(&wire.url).map_err(Unreachable::BadProxy)?;
        let is_forwarded = proxy.is_some() && !is_tls && self.versions != Versions::Http2;
        let connection: Box<dyn Stream> = match &proxy {
            None => self.connect(&host, port).await?,
            Some(proxy) => {
                self.phase.set(Phase::Proxy);
                let stream = connect(&proxy.host, proxy.port).await;
                let stream = stream.map_err(|error| proxy.failed(error))?;
                match is_forwarded {
                    true => stream,
                    false => {
                        let authority = format!("{}:{port}", wire.url.host());
                        proxy.tunnel(stream, &authority).await?
                    }
                }
            }
        };
        let (stream, is_http2): (Box<dyn Stream>, _) = match is_tls {
            true => {
                self.phase.set(Phase::Tls);
                let name = ServerName::try_from(host.clone())
                    .map_err(|error| Unreachable::Tls(format!("{host}: {error}")))?;
                let connector = TlsConnector::from(Arc::clone(&self.tls));
                let stream = connector
                    .connect(name, connection)
                    .await
                    .map_err(|error| Unreachable::Tls(error.to_string()))?;
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                if self.versions == Versions::Http2 && !is_http2 {
                    return Err(Unreachable::NoHttp2);
                }
                (Box::new(stream), is_http2)
            }
            false => (connection, self.versions == Versions::Http2),
        };
        self.phase.set(Phase::Response);
        let response = match is_http2 {
            true => over_http2(stream, wire).await,
            false => over_http1(stream, wire, proxy.as_ref().filter(|_| is_forwarded)).await,
        };
        let response = response.map_err(|error| Unreachable::Http(chain(&*error)))?;
        if let Some(proxy) = &proxy
            && is_forwarded
            && response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED
        {
            return Err(proxy.refused());
        }
        let protocol = if is_http2 { "HTTP/2" } else { "HTTP/1.1" };
        Ok(ReceivedResponse { response: received(&response), protocol })
    }

    /// Connects to the server itself.
    async fn connect(&self, host: &str, port: u16) -> Result<Box<dyn Stream>, Unreachable> {
        self.phase.set(Phase::Name);
        let addresses = addresses(host, port).await?;
        self.phase.set(Phase::Connection);
        connect_to(&addresses).await
    }
}

/// Connects to a proxy.
async fn connect(host: &str, port: u16) -> Result<Box<dyn Stream>, Unreachable> {
    connect_to(&addresses(host, port).await?).await
}

async fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, Unreachable> {
    let found = tokio::net::lookup_host((host, port)).await;
    Ok(found.map_err(|error| Unreachable::Name(error.to_string()))?.collect())
}

async fn connect_to(addresses: &[SocketAddr]) -> Result<Box<dyn Stream>, Unreachable> {
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Only a matter of speed.
                let _ = stream.set_nodelay(true);
                return Ok(Box::new(stream));
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

/// Sends a request to the server, or to a proxy that forwards it.
async fn over_http1(
    stream: Box<dyn Stream>,
    wire: &WireRequest,
    proxy: Option<&Proxy>,
) -> Result<Response<Incoming>, Failed> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let target = match proxy {
        None => wire.url.target().to_owned(),
        // RFC 9112, section 3.2.2: "absolute-form".
        Some(_) => format!("{}{}", wire.url.origin(), wire.url.target()),
    };
    let mut request = request(wire, target.parse()?, false)?;
    if let Some(authorization) = proxy.and_then(|proxy| proxy.authorization.clone()) {
        request.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
    }
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
