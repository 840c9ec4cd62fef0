//! One exchange over TCP. Other than [`crate::client`] it sends the server the host that the
//! corpus names, in HTTP/2 as the `:authority` that takes the place of `Host`.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{HeaderName, HeaderValue};
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::{Method, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::{Sent, Unspeakable};
use crate::client::Protocol;

/// Status and header lines, names in lower case.
pub(super) type Head = (u16, Vec<(String, String)>);

/// Fields that speak of one connection, which HTTP/2 does not have (RFC 9113, section 8.2.2).
const CONNECTION_SPECIFIC: [&str; 5] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

/// Sends a request on a connection of its own and reads the response to its end.
pub(super) fn exchange(
    address: SocketAddr,
    protocol: Protocol,
    sent: &Sent,
) -> Result<Head, Unspeakable> {
    let request = match protocol {
        Protocol::Http1 => http1_request(sent)?,
        Protocol::Http2 => http2_request(sent)?,
    };
    let exchange = async {
        let stream = TokioIo::new(TcpStream::connect(address).await.map_err(text)?);
        match protocol {
            Protocol::Http1 => {
                let (mut sender, connection) = http1::handshake(stream).await.map_err(text)?;
                tokio::spawn(connection);
                read(sender.send_request(request).await.map_err(text)?).await
            }
            Protocol::Http2 => {
                let (mut sender, connection) =
                    http2::handshake(TokioExecutor::new(), stream).await.map_err(text)?;
                tokio::spawn(connection);
                read(sender.send_request(request).await.map_err(text)?).await
            }
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let head = runtime.map_err(text).and_then(|runtime| runtime.block_on(exchange));
    let failed = |error| panic!("{} {} over {protocol:?}: {error}", sent.method, sent.target);
    Ok(head.unwrap_or_else(failed))
}

type Request = hyper::Request<Empty<Bytes>>;

fn http1_request(sent: &Sent) -> Result<Request, Unspeakable> {
    build(sent, Uri::from(path(sent)?), |_| true)
}

fn http2_request(sent: &Sent) -> Result<Request, Unspeakable> {
    let is_host = |name: &str| name.eq_ignore_ascii_case("host");
    let is_of_connection = |name: &str| CONNECTION_SPECIFIC.contains(&&*name.to_ascii_lowercase());
    if sent.lines.iter().any(|(name, _)| is_of_connection(name)) {
        return Err(Unspeakable("HTTP/2 has no header fields about the connection"));
    }
    let mut hosts = sent.lines.iter().filter(|(name, _)| is_host(name));
    let (Some((_, host)), None) = (hosts.next(), hosts.next()) else {
        return Err(Unspeakable("HTTP/2 has exactly one authority"));
    };
    let authority = Authority::try_from(&**host)
        .map_err(|_| Unspeakable("HTTP/2 has an authority that is one"))?;
    let mut parts = Uri::from(path(sent)?).into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    let uri = Uri::from_parts(parts).map_err(|_| Unspeakable("the target is no path"))?;
    build(sent, uri, |name| !is_host(name))
}

fn path(sent: &Sent) -> Result<PathAndQuery, Unspeakable> {
    PathAndQuery::try_from(&*sent.target).map_err(|_| Unspeakable("the target is no path"))
}

fn build(sent: &Sent, uri: Uri, goes: impl Fn(&str) -> bool) -> Result<Request, Unspeakable> {
    let mut request = Request::new(Empty::new());
    *request.uri_mut() = uri;
    *request.method_mut() = Method::from_bytes(sent.method.as_bytes())
        .map_err(|_| Unspeakable("the method is no token"))?;
    for (name, value) in sent.lines.iter().filter(|(name, _)| goes(name)) {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| Unspeakable("a header name is no token"))?;
        let value = HeaderValue::from_bytes(value)
            .map_err(|_| Unspeakable("a header value has control characters"))?;
        request.headers_mut().append(name, value);
    }
    Ok(request)
}

async fn read(response: hyper::Response<Incoming>) -> Result<Head, String> {
    let (head, body) = response.into_parts();
    let line = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = head.headers.iter().map(line).collect();
    body.collect().await.map_err(text)?;
    Ok((head.status.as_u16(), headers))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
