//! Servers that answer with any bytes.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::Server;

/// A server that answers each request, given by its head, with these bytes, and closes the
/// connection.
pub(crate) fn raw(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Server {
    serve(move |mut stream, head| {
        // The client may have gone.
        let _ = stream.write_all(&answer(&head));
    })
}

/// A server that reads requests and never answers.
pub(crate) fn silent() -> Server {
    serve(|mut stream, _| {
        let _ = stream.read(&mut [0; 64]);
    })
}

/// A proxy that connects to `server`, whatever the request asks for, and keeps the heads.
pub(crate) fn tunnel(server: &Server, heads: Arc<Mutex<Vec<String>>>) -> Server {
    let server = server.address;
    serve(move |mut stream, head| {
        heads.lock().unwrap().push(head);
        let mut inside = TcpStream::connect(server).unwrap();
        let [mut answers, mut requests] = [&inside, &stream].map(|it| it.try_clone().unwrap());
        let mut client = stream.try_clone().unwrap();
        // Either side may have gone.
        let _ = stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n");
        let back = std::thread::spawn(move || std::io::copy(&mut answers, &mut client));
        let _ = std::io::copy(&mut requests, &mut inside);
        let _ = inside.shutdown(std::net::Shutdown::Write);
        let _ = back.join();
    })
}

/// The head of a response with these lines.
pub(crate) fn head(status: u16, lines: &[&str]) -> Vec<u8> {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("HTTP/1.1 {status} Status\r\ncontent-length: 0\r\n{lines}\r\n").into_bytes()
}

fn serve(answer: impl Fn(TcpStream, String) + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(mut stream), answer) = (stream, Arc::clone(&answer)) else { return };
            std::thread::spawn(move || {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") {
                    match stream.read(&mut byte) {
                        Ok(1) => head.push(byte[0]),
                        _ => return,
                    }
                }
                answer(stream, String::from_utf8_lossy(&head).into_owned());
            });
        }
    });
    Server::at(address)
}
