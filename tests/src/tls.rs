//! TLS in front of a server, as a proxy of an operator has it.

use std::convert::Infallible;
use std::io;
use std::net::{self, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::webdriver::Outcome;

/// Listens on a free port and passes on to a server what is inside of TLS, until it is dropped.
///
/// ALPN offers HTTP/2 first. The server recognises HTTP/2 by its preface; it is not told of TLS.
#[derive(Debug)]
pub struct Terminator {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Terminator {
    /// Starts in front of a server, with a certificate for this machine that signs itself.
    ///
    /// # Errors
    ///
    /// If there is no certificate or no port.
    pub fn start(server: SocketAddr) -> Outcome<Self> {
        let acceptor = TlsAcceptor::from(Arc::new(config()?));
        let listener = net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        thread::spawn(move || -> io::Result<()> {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener)?;
                tokio::select! {
                    // The sender is dropped.
                    _ = stopped => Ok(()),
                    never = accept(&listener, &acceptor, server) => match never {},
                }
            })
        });
        Ok(Self { address, _stop: stop })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

fn config() -> Outcome<ServerConfig> {
    let names = ["localhost", "*.localhost", "127.0.0.1"].map(str::to_owned);
    let certified = rcgen::generate_simple_self_signed(names)?;
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], PrivateKeyDer::Pkcs8(key))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

async fn accept(listener: &TcpListener, acceptor: &TlsAcceptor, server: SocketAddr) -> Infallible {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            // A browser opens connections ahead, and breaks off what it does not need.
            tokio::spawn(pass_on(stream, acceptor.clone(), server));
        }
    }
}

async fn pass_on(stream: TcpStream, acceptor: TlsAcceptor, server: SocketAddr) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut client = acceptor.accept(stream).await?;
    let mut server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}
