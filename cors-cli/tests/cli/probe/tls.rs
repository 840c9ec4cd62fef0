//! TLS, and the protocols that it chooses.

use super::{APP, probe};
use crate::command::Directory;
use crate::servers::{Kind, Tls, axum_tls, head, raw};

#[test]
fn tls_needs_a_trusted_certificate_and_chooses_the_protocol() {
    let tls = Tls::new();
    let directory = Directory::new(&[("ca.pem", &tls.certificate), ("empty.pem", "")]);
    let both = axum_tls(Kind::One, &tls, &["h2", "http/1.1"]);
    let only_http1 = axum_tls(Kind::One, &tls, &["http/1.1"]);
    let no_alpn = axum_tls(Kind::One, &tls, &[]);
    let trusted: &[&str] = &["--ca", "ca.pem"];
    for (server, more, status, expected) in [
        (&both, trusted, 0, "200 (HTTP/2)"),
        (&both, &["--insecure"], 0, "200 (HTTP/2)"),
        (&both, &["--insecure", "--http1"], 0, "200 (HTTP/1.1)"),
        (&both, &["--insecure", "--http2"], 0, "200 (HTTP/2)"),
        (&only_http1, trusted, 0, "200 (HTTP/1.1)"),
        (&only_http1, &["--insecure", "--http2"], 2, "error["),
        (&no_alpn, trusted, 0, "200 (HTTP/1.1)"),
        (&no_alpn, &["--insecure", "--http2"], 2, "error[no-http2]"),
        (&both, &[], 2, "error[tls]: TLS failed: invalid peer certificate"),
        (&both, &["--ca", "empty.pem"], 2, "has no certificate in PEM"),
    ] {
        let url = server.url("/orders");
        let arguments = [&["probe", &url, "--origin", APP, "--timeout", "5"], more].concat();
        let output = directory.cors(&arguments);
        assert_eq!(output.status, status, "{more:?}: {output:?}");
        let text = output.stdout + &output.stderr;
        assert!(text.contains(expected), "{more:?}: {text}");
    }
}

#[test]
fn the_wrong_scheme_is_explained() {
    let server = raw(|_| head(200, &[]));
    let output = probe(&server.url("/").replace("http:", "https:"), &["--timeout", "3"]);
    assert_eq!(output.status, 2);
    assert!(
        output.stderr.contains("error[tls]") || output.stderr.contains("error[timeout]"),
        "{}",
        output.stderr
    );

    let secure = axum_tls(Kind::One, &Tls::new(), &["http/1.1"]);
    let output = probe(&secure.url("/").replace("https:", "http:"), &["--timeout", "3"]);
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains("error[not-http]"), "{}", output.stderr);
}
