//! Which proxy a request is sent through, and the tunnel through it.
//!
//! As for other clients, `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` tell, or `--proxy`.
//! As for browsers, what runs on this machine is never asked through one.

use std::fmt;

use cors_browser::Url;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Method, Request, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;

use super::transport::Stream;
use super::unreachable::Unreachable;

/// The proxies for all URLs.
#[derive(Debug)]
pub(super) struct Proxies(Matcher);

/// A proxy that is asked over HTTP.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) host: String,
    pub(super) port: u16,
    /// The name and password in its URL, for `Proxy-Authorization`.
    pub(super) authorization: Option<HeaderValue>,
}

impl Proxies {
    /// The proxy of the option, or those of the variables; the error is a text for the user.
    pub(super) fn new(option: Option<&str>) -> Result<Self, String> {
        let Some(url) = option else { return Ok(Self(Matcher::from_env())) };
        let matcher = Matcher::builder().all(url).build();
        match matcher.intercept(&Uri::from_static("https://example.com/")) {
            Some(proxy) => Proxy::new(&proxy).map(|_| Self(matcher)),
            None => Err(not_supported()),
        }
    }

    /// The proxy for a URL, if there is one; the error is a text for the user.
    pub(super) fn of(&self, url: &Url) -> Result<Option<Proxy>, String> {
        if url.is_loopback() {
            return Ok(None);
        }
        // The path plays no part.
        let Ok(uri) = url.origin().parse::<Uri>() else { return Ok(None) };
        self.0.intercept(&uri).map(|proxy| Proxy::new(&proxy)).transpose()
    }
}

fn not_supported() -> String {
    "a proxy is asked over HTTP: `http://proxy.example.com:3128`".to_owned()
}

impl Proxy {
    fn new(proxy: &Intercept) -> Result<Self, String> {
        let uri = proxy.uri();
        let host = uri.host().filter(|host| !host.is_empty());
        match (uri.scheme_str(), host) {
            (Some("http"), Some(host)) => Ok(Self {
                host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
                port: uri.port_u16().unwrap_or(80),
                authorization: proxy.basic_auth().cloned(),
            }),
            _ => Err(not_supported()),
        }
    }

    /// The error that the proxy answered with a status, or did not answer.
    pub(super) fn failed(&self, reason: impl fmt::Display) -> Unreachable {
        Unreachable::Proxy { proxy: self.to_string(), reason: reason.to_string() }
    }

    /// The error that the proxy does not take the name and password, or there are none.
    pub(super) fn refused(&self) -> Unreachable {
        self.failed("it requires a name and a password (407)")
    }

    /// RFC 9110, section 9.3.6: what is sent from then on reaches the `authority` unchanged.
    pub(super) async fn tunnel(
        &self,
        stream: Box<dyn Stream>,
        authority: &str,
    ) -> Result<Box<dyn Stream>, Unreachable> {
        let failed = |error: hyper::Error| self.failed(error);
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
        tokio::spawn(connection.with_upgrades());
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.method_mut() = Method::CONNECT;
        *request.uri_mut() = authority.parse::<Uri>().map_err(|error| self.failed(error))?;
        let host = HeaderValue::from_str(authority).map_err(|error| self.failed(error))?;
        request.headers_mut().insert(HOST, host);
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        let response = sender.send_request(request).await.map_err(failed)?;
        match response.status().as_u16() {
            200..=299 => {}
            407 => return Err(self.refused()),
            status => return Err(self.failed(format!("it answers {status} to `{authority}`"))),
        }
        let upgraded = hyper::upgrade::on(response).await.map_err(failed)?;
        Ok(Box::new(TokioIo::new(upgraded)))
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    #[test]
    fn proxies_are_for_other_machines_that_are_not_excluded() {
        let matcher = Matcher::builder()
            .http("http://plain.example:3128")
            .https("http://user:word@[2001:db8::1]:8080")
            .no("internal.example, 10.0.0.0/8");
        let proxies = Proxies(matcher.build());
        for (url, expected) in [
            ("http://api.example.com/x", Some("plain.example:3128")),
            ("https://api.example.com:8443/", Some("[2001:db8::1]:8080")),
            ("https://api.internal.example/", None),
            ("http://10.1.2.3/", None),
            ("http://[2001:db8::2]:8080/", Some("plain.example:3128")),
            // As in browsers.
            ("http://localhost:3000/", None),
            ("http://app.localhost/", None),
            ("https://127.0.0.1/", None),
            ("https://[::1]:8443/", None),
        ] {
            let proxy = proxies.of(&Url::parse(url).unwrap()).unwrap();
            assert_eq!(proxy.map(|it| it.to_string()).as_deref(), expected, "{url}");
        }
        let proxy = proxies.of(&Url::parse("https://api.example.com/").unwrap()).unwrap().unwrap();
        assert_eq!(proxy.authorization.unwrap(), "Basic dXNlcjp3b3Jk");
    }

    #[test]
    fn proxies_that_are_not_asked_over_http_are_refused() {
        for url in ["http://proxy.example:3128", "proxy.example:3128", "http://a:b@10.0.0.1"] {
            assert!(Proxies::new(Some(url)).is_ok(), "{url}");
        }
        for url in ["", "https://proxy.example", "socks5://proxy.example:1080", "ftp://a", "a b"] {
            assert!(Proxies::new(Some(url)).is_err(), "{url}");
        }
        let matcher = Matcher::builder().all("socks5://proxy.example:1080").build();
        let url = Url::parse("https://api.example.com/").unwrap();
        assert!(Proxies(matcher).of(&url).is_err());
    }
}
