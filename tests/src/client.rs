//! An HTTP client that sends exactly what a test says: lines in order,
//! duplicates and odd bytes included. It knows nothing of actix.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::header::{HeaderName, HeaderValue};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

/// The version of HTTP to speak; HTTP/2 with prior knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 without TLS.
    Http2,
}

/// A response, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Header lines as they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    pub body: String,
}

impl Reply {
    /// The values of all lines of a header, joined by `, `.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let lines: Vec<_> =
            self.headers.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
        (!lines.is_empty()).then(|| lines.join(", "))
    }

    /// The headers that are about CORS, sorted: what a test asserts whole.
    #[must_use]
    pub fn cors_headers(&self) -> Vec<(&str, &str)> {
        let is_cors = |name: &str| name.starts_with("access-control-") || name == "vary";
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, _)| is_cors(name))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        headers.sort_unstable();
        headers
    }
}

/// An HTTP/1.1 connection that is kept for many requests.
#[derive(Debug)]
pub struct Connection {
    address: SocketAddr,
    runtime: Runtime,
    sender: SendRequest<Empty<Bytes>>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    ///
    /// When nobody listens.
    pub fn open(address: SocketAddr) -> Result<Self, String> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(text)?;
        let sender = runtime.block_on(async {
            let stream = TokioIo::new(TcpStream::connect(address).await.map_err(text)?);
            let (sender, connection) =
                hyper::client::conn::http1::handshake(stream).await.map_err(text)?;
            tokio::spawn(connection);
            Ok::<_, String>(sender)
        })?;
        Ok(Self { address, runtime, sender })
    }

    /// Sends a request and reads the whole response.
    ///
    /// # Errors
    ///
    /// When the server closes the connection.
    pub fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &[u8])],
    ) -> Result<Reply, String> {
        let request = request(self.address, Protocol::Http1, method, target, headers)?;
        let sender = &mut self.sender;
        self.runtime.block_on(async {
            sender.ready().await.map_err(text)?;
            read(sender.send_request(request).await.map_err(text)?).await
        })
    }
}

/// Sends one request on a connection of its own.
///
/// # Panics
///
/// When the server does not answer.
#[must_use]
pub fn send(
    address: SocketAddr,
    protocol: Protocol,
    method: &str,
    target: &str,
    headers: &[(&str, &[u8])],
) -> Reply {
    let exchange = async {
        let stream = TokioIo::new(TcpStream::connect(address).await.map_err(text)?);
        let request = request(address, protocol, method, target, headers)?;
        match protocol {
            Protocol::Http1 => {
                let (mut sender, connection) =
                    hyper::client::conn::http1::handshake(stream).await.map_err(text)?;
                tokio::spawn(connection);
                read(sender.send_request(request).await.map_err(text)?).await
            }
            Protocol::Http2 => {
                let executor = TokioExecutor::new();
                let (mut sender, connection) =
                    hyper::client::conn::http2::handshake(executor, stream).await.map_err(text)?;
                tokio::spawn(connection);
                read(sender.send_request(request).await.map_err(text)?).await
            }
        }
    };
    let runtime = Builder::new_current_thread().enable_all().build();
    match runtime.map_err(text).and_then(|runtime| runtime.block_on(exchange)) {
        Ok(reply) => reply,
        Err(error) => panic!("{method} {target}: {error}"),
    }
}

fn request(
    address: SocketAddr,
    protocol: Protocol,
    method: &str,
    target: &str,
    headers: &[(&str, &[u8])],
) -> Result<hyper::Request<Empty<Bytes>>, String> {
    let mut builder = hyper::Request::builder().method(method);
    builder = match protocol {
        Protocol::Http1 => {
            let named = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
            let host = (!named).then(|| address.to_string());
            host.into_iter().fold(builder.uri(target), |b, host| b.header("host", host))
        }
        Protocol::Http2 => builder.uri(format!("http://{address}{target}")),
    };
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(text)?;
        builder = builder.header(name, HeaderValue::from_bytes(value).map_err(text)?);
    }
    builder.body(Empty::new()).map_err(text)
}

async fn read(response: hyper::Response<Incoming>) -> Result<Reply, String> {
    let (head, body) = response.into_parts();
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers = headers.collect();
    let body = body.collect().await.map_err(text)?.to_bytes();
    Ok(Reply {
        status: head.status.as_u16(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
