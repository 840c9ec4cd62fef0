//! Servers with libraries of Rust: actix-cors, and axum with tower-http.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::routing::get;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tower_http::cors::CorsLayer;

use super::Server;

/// How a server is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `https://app.example.com` with credentials, `PUT` and `x-token`.
    One,
    /// Everything with credentials, as far as the library offers it.
    Everything,
    /// No CORS at all.
    Nothing,
}

/// Serves `/orders` and `/status` with actix-web and a middleware: a macro, because an `App` has
/// another type with each.
macro_rules! serve_actix {
    ($middleware:expr) => {{
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let serve = async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .wrap($middleware)
                        .service(web::resource("/orders").to(HttpResponse::Ok))
                        .service(web::resource("/status").to(HttpResponse::Ok))
                });
                let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
                sender.send(server.addrs()[0]).unwrap();
                server.run().await.unwrap();
            };
            actix_web::rt::System::new().block_on(serve);
        });
        Server::at(receiver.recv_timeout(Duration::from_secs(10)).unwrap())
    }};
}

/// A server with actix-cors.
pub(crate) fn actix(kind: Kind) -> Server {
    let cors = move || match kind {
        Kind::One => actix_cors::Cors::default()
            .allowed_origin("https://app.example.com")
            .allowed_methods(["GET", "PUT"])
            .allowed_header("x-token")
            .supports_credentials(),
        Kind::Everything => actix_cors::Cors::permissive(),
        Kind::Nothing => unreachable!("actix-cors without CORS"),
    };
    serve_actix!(cors())
}

/// A server with cors-actix, under this file.
pub(crate) fn cors_actix(file: &Path) -> Server {
    let cors = cors_actix::Cors::try_from_path(file).unwrap();
    serve_actix!(cors.clone())
}

fn router(kind: Kind) -> Router {
    let router = Router::new().route("/orders", get(|| async { "[]" }).put(|| async { "saved" }));
    match kind {
        Kind::One => router.layer(
            CorsLayer::new()
                .allow_origin([HeaderValue::from_static("https://app.example.com")])
                .allow_methods([Method::GET, Method::PUT])
                .allow_headers([HeaderName::from_static("x-token")])
                .allow_credentials(true),
        ),
        Kind::Everything => router.layer(CorsLayer::very_permissive()),
        Kind::Nothing => router,
    }
}

/// A server with axum, over HTTP/1.1 and HTTP/2 with prior knowledge.
pub(crate) fn axum(kind: Kind) -> Server {
    let (address, _) = serve(router(kind), None);
    Server::at(address)
}

/// The certificate of a server.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    /// In PEM.
    pub(crate) certificate: String,
    key: Vec<u8>,
    der: Vec<u8>,
}

impl Tls {
    /// A certificate for `localhost` that signs itself.
    pub(crate) fn new() -> Self {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self {
            certificate: certified.cert.pem(),
            key: certified.signing_key.serialize_der(),
            der: certified.cert.der().to_vec(),
        }
    }
}

/// A server with axum and TLS, that offers these protocols by ALPN.
pub(crate) fn axum_tls(kind: Kind, tls: &Tls, protocols: &[&str]) -> Server {
    let provider = Arc::new(ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(tls.key.clone()));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![tls.der.clone().into()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
    let (address, _) = serve(router(kind), Some(TlsAcceptor::from(Arc::new(config))));
    Server::at(address).with_tls()
}

fn serve(
    router: Router,
    acceptor: Option<TlsAcceptor>,
) -> (SocketAddr, std::thread::JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (service, acceptor) =
                    (TowerToHyperService::new(router.clone()), acceptor.clone());
                tokio::spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    // A client that goes is no failure of the server.
                    match acceptor {
                        Some(acceptor) => {
                            let Ok(stream) = acceptor.accept(stream).await else { return };
                            let _ = server.serve_connection(TokioIo::new(stream), service).await;
                        }
                        None => {
                            let _ = server.serve_connection(TokioIo::new(stream), service).await;
                        }
                    }
                });
            }
        });
    });
    (receiver.recv_timeout(Duration::from_secs(10)).unwrap(), thread)
}
