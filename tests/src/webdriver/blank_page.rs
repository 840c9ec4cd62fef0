//! A page without content, for scripts that a test runs in it.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use super::{Outcome, PATIENCE};

/// An empty page on an origin of its own, whatever host name it is reached by.
pub struct BlankPage {
    port: u16,
}

impl BlankPage {
    /// Serves it on a free port until the test process ends.
    ///
    /// # Errors
    ///
    /// If there is no free port.
    pub fn serve() -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || answer_blank(stream));
            }
        });
        Ok(Self { port })
    }

    /// The page's origin under a host name.
    pub fn origin(&self, host: &str) -> String {
        format!("http://{host}:{}", self.port)
    }
}

fn answer_blank(stream: TcpStream) -> io::Result<()> {
    // A browser opens connections ahead that it may never use.
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = BufReader::new(&stream).lines();
    while head.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    (&stream).write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 38\r\nConnection: close\r\n\r\n\
          <!doctype html><title>A page</title>\r\n",
    )
}
