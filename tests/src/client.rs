//! An HTTP client that sends exactly what a test specifies: lines in order,
//! duplicates and odd bytes included. It knows nothing of actix.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

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

/// In the place of the name of a header: the host in HTTP/2, which otherwise is the address.
pub const AUTHORITY: &str = ":authority";

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
    /// When no server listens.
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

/// An HTTP/1.1 connection on which a test writes whatever bytes it likes, also
/// several requests before it reads an answer.
#[derive(Debug)]
pub struct Wire {
    stream: std::net::TcpStream,
    /// What was received and not read yet.
    received: Vec<u8>,
}

/// Long enough for a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(60);

impl Wire {
    /// Connects.
    ///
    /// # Errors
    ///
    /// When no server listens.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = std::net::TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, received: Vec::new() })
    }

    /// Sends the bytes as they are.
    ///
    /// # Errors
    ///
    /// When the server has closed the connection.
    pub fn write(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    /// Says that nothing more will be sent.
    ///
    /// # Errors
    ///
    /// When the server has closed the connection.
    pub fn finish(&self) -> io::Result<()> {
        self.stream.shutdown(std::net::Shutdown::Write)
    }

    /// Reads the response to a request with this method.
    ///
    /// # Errors
    ///
    /// When the connection ends before the response does, or nothing comes.
    pub fn read(&mut self, method: &str) -> io::Result<Reply> {
        let end = loop {
            match self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                Some(end) => break end,
                None => self.receive()?,
            }
        };
        let head: Vec<u8> = self.received.drain(..end + 4).collect();
        let head = String::from_utf8_lossy(&head[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let status: u16 = status.ok_or_else(|| malformed("no status"))?;
        let line = |line: &str| {
            let (name, value) = line.split_once(':').ok_or_else(|| malformed("no field line"))?;
            Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers = lines.map(line).collect::<io::Result<_>>()?;
        let mut reply = Reply { status, headers, body: String::new() };
        if method != "HEAD" && status >= 200 && !matches!(status, 204 | 304) {
            let body = self.read_body(&reply)?;
            reply.body = String::from_utf8_lossy(&body).into_owned();
        }
        Ok(reply)
    }

    /// Whether the server sends nothing more and closes.
    #[must_use]
    pub fn is_at_end(&mut self) -> bool {
        self.received.is_empty()
            && self.receive().is_err_and(|error| error.kind() != io::ErrorKind::WouldBlock)
    }

    /// RFC 9112, section 6.3.
    fn read_body(&mut self, head: &Reply) -> io::Result<Vec<u8>> {
        if head.header("transfer-encoding").is_some() {
            return self.read_chunks();
        }
        match head.header("content-length") {
            Some(length) => {
                let length = length.parse().map_err(|_| malformed("no length"))?;
                self.take(length)
            }
            None => {
                while self.receive().is_ok() {}
                Ok(std::mem::take(&mut self.received))
            }
        }
    }

    fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                match self.received.windows(2).position(|bytes| bytes == b"\r\n") {
                    Some(end) => break end,
                    None => self.receive()?,
                }
            };
            let line = self.take(end + 2)?;
            let size = std::str::from_utf8(&line[..end]).ok();
            let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
            let size = size.ok_or_else(|| malformed("no size of a chunk"))?;
            let chunk = self.take(size + 2)?;
            body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.received.len() < length {
            self.receive()?;
        }
        Ok(self.received.drain(..length).collect())
    }

    fn receive(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                self.received.extend_from_slice(&buffer[..length]);
                Ok(())
            }
        }
    }
}

fn malformed(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A request, as [`Streams`] sends it: method, target and header lines.
pub type Asked<'a> = (&'a str, &'a str, &'a [(&'a str, &'a [u8])]);

/// An HTTP/2 connection on which many requests are under way at a time.
#[derive(Debug)]
pub struct Streams {
    address: SocketAddr,
    runtime: Runtime,
    sender: hyper::client::conn::http2::SendRequest<Empty<Bytes>>,
}

impl Streams {
    /// Connects.
    ///
    /// # Errors
    ///
    /// When no server listens.
    pub fn open(address: SocketAddr) -> Result<Self, String> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(text)?;
        let sender = runtime.block_on(async {
            let stream = TokioIo::new(TcpStream::connect(address).await.map_err(text)?);
            let executor = TokioExecutor::new();
            let (sender, connection) =
                hyper::client::conn::http2::handshake(executor, stream).await.map_err(text)?;
            tokio::spawn(connection);
            Ok::<_, String>(sender)
        })?;
        Ok(Self { address, runtime, sender })
    }

    /// Sends all requests at once, and reads the responses in the same order.
    ///
    /// # Errors
    ///
    /// When the server closes the connection.
    pub fn send(&mut self, asked: &[Asked<'_>]) -> Result<Vec<Reply>, String> {
        let requests = asked.iter().map(|(method, target, headers)| {
            request(self.address, Protocol::Http2, method, target, headers)
        });
        let requests = requests.collect::<Result<Vec<_>, _>>()?;
        self.runtime.block_on(async {
            let exchanges: Vec<_> = requests
                .into_iter()
                .map(|request| {
                    let mut sender = self.sender.clone();
                    tokio::spawn(async move {
                        read(sender.send_request(request).await.map_err(text)?).await
                    })
                })
                .collect();
            let mut replies = Vec::with_capacity(exchanges.len());
            for exchange in exchanges {
                replies.push(exchange.await.map_err(text)??);
            }
            Ok(replies)
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
    match try_send(address, protocol, method, target, headers) {
        Ok(reply) => reply,
        Err(error) => panic!("{method} {target}: {error}"),
    }
}

/// The same, where the server may refuse to answer.
///
/// # Errors
///
/// When it closes the connection, or the request cannot be sent at all.
pub fn try_send(
    address: SocketAddr,
    protocol: Protocol,
    method: &str,
    target: &str,
    headers: &[(&str, &[u8])],
) -> Result<Reply, String> {
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
    let runtime = Builder::new_current_thread().enable_all().build().map_err(text)?;
    runtime.block_on(exchange)
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
        Protocol::Http2 => {
            let named = headers.iter().find(|(name, _)| *name == AUTHORITY);
            let named = named.map(|(_, value)| String::from_utf8_lossy(value).into_owned());
            let authority = named.unwrap_or_else(|| address.to_string());
            builder.uri(format!("http://{authority}{target}"))
        }
    };
    for (name, value) in headers.iter().filter(|(name, _)| *name != AUTHORITY) {
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
