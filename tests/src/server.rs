//! A real actix server on a free port of this machine, for the length of a test.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_http::Request;
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Response, ServerHandle};
use actix_web::{Error, HttpServer, rt};

/// How long a connection may be silent.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Server {
    /// Starts a server that speaks HTTP/1.1 and, with prior knowledge, HTTP/2.
    ///
    /// # Panics
    ///
    /// When no port can be bound.
    #[expect(clippy::expect_used, reason = "a test without its server has failed")]
    pub fn start<F, I, S, B>(workers: usize, factory: F) -> Self
    where
        F: Fn() -> I + Send + Clone + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig> + 'static,
        S::Service: 'static,
        S::Error: Into<Error>,
        S::InitError: std::fmt::Debug,
        S::Response: Into<Response<B>>,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        let (started, address) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            rt::System::new().block_on(async move {
                let server = HttpServer::new(factory)
                    .workers(workers)
                    .disable_signals()
                    .shutdown_timeout(1)
                    // A machine that does other things as well may let a client wait.
                    .keep_alive(PATIENCE)
                    .client_request_timeout(PATIENCE)
                    .bind_auto_h2c(("127.0.0.1", 0))?;
                let address = server.addrs()[0];
                let server = server.run();
                let _ = started.send((address, server.handle()));
                server.await
            })
        });
        let (address, handle) = address.recv().expect("the server binds a port");
        Self { address, handle, thread: Some(thread) }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it as an operator does: what it has begun is finished first.
    pub fn stop(mut self) {
        self.end(true);
    }

    /// Waits until the server stops by itself, as one does that refuses to start.
    ///
    /// # Errors
    ///
    /// The result of `HttpServer::run`.
    pub fn join(mut self) -> std::io::Result<()> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            _ => Ok(()),
        }
    }

    fn end(&mut self, gracefully: bool) {
        if let Some(thread) = self.thread.take() {
            let stop = self.handle.stop(gracefully);
            std::thread::spawn(move || rt::System::new().block_on(stop)).join().ok();
            thread.join().ok();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end(false);
    }
}
