//! Servers that are asked through a proxy: here a proxy of this machine, which takes every request
//! for one of a server with the name that it was asked for.

use std::sync::{Arc, Mutex};

use super::{APP, found, probe};
use crate::command::Directory;
use crate::servers::{Kind, Server, Tls, axum_tls, head, raw, tunnel};

type Heads = Arc<Mutex<Vec<String>>>;

/// A proxy that answers itself, and the requests that it saw.
fn forwarding(status: u16) -> (Server, Heads) {
    let heads = Heads::default();
    let seen = Arc::clone(&heads);
    let proxy = raw(move |request| {
        seen.lock().unwrap().push(request.to_owned());
        head(status, &[&format!("access-control-allow-origin: {APP}"), "vary: origin"])
    });
    (proxy, heads)
}

/// Runs `cors probe` with these variables.
fn probe_with(url: &str, variables: &[(&str, &str)], more: &[&str]) -> (i32, String) {
    let arguments = [&["probe", url, "--origin", APP, "--timeout", "5"], more].concat();
    let output = Directory::new(&[]).cors_with(&arguments, variables, b"");
    (output.status, output.stdout + &output.stderr)
}

#[test]
fn plain_requests_are_forwarded_with_the_whole_url() {
    let (proxy, heads) = forwarding(200);
    let with_name: &str = &proxy.url("").replace("http://", "http://user:word@");
    for (variables, more) in [
        (&[("HTTP_PROXY", with_name)][..], &[][..]),
        (&[("http_proxy", with_name)], &[]),
        (&[("ALL_PROXY", with_name)], &[]),
        (&[], &["--proxy", with_name]),
        (&[("NO_PROXY", "*"), ("HTTP_PROXY", "http://127.0.0.1:1")], &["--proxy", with_name]),
    ] {
        heads.lock().unwrap().clear();
        let (status, text) = probe_with("http://api.example.com:81/orders?x", variables, more);
        assert_eq!(status, 0, "{variables:?} {more:?}: {text}");
        let through = proxy.url("").replace("http://", "through the proxy ");
        assert!(text.contains(&through), "{through}\n{text}");
        let heads = heads.lock().unwrap();
        let request = heads[0].to_ascii_lowercase();
        for line in [
            "get http://api.example.com:81/orders?x http/1.1\r\n",
            "\r\nhost: api.example.com:81\r\n",
            "\r\nproxy-authorization: basic dxnlcjp3b3jk\r\n",
            "\r\norigin: https://app.example.com\r\n",
        ] {
            assert!(request.contains(line), "{line}\n{request}");
        }
    }
    let output = probe("http://api.example.com/", &["--proxy", with_name, "--format", "json"]);
    let address = proxy.url("").replace("http://", "");
    assert_eq!(output.json()["proxy"].as_str(), Some(&*address));
    assert!(!output.stdout.contains("word"), "{}", output.stdout);
}

#[test]
fn tls_reaches_the_server_through_a_tunnel() {
    let tls = Tls::new();
    let heads = Heads::default();
    for (protocols, more, expected) in [
        (&["h2", "http/1.1"][..], &[][..], "200 (HTTP/2)"),
        (&["http/1.1"], &[], "200 (HTTP/1.1)"),
        (&["h2", "http/1.1"], &["--http1"], "200 (HTTP/1.1)"),
    ] {
        let server = axum_tls(Kind::One, &tls, protocols);
        let proxy = tunnel(&server, Arc::clone(&heads));
        let url = proxy.url("");
        let variables = [("HTTPS_PROXY", &*url), ("HTTP_PROXY", "http://127.0.0.1:1")];
        let more = [&["--insecure"], more].concat();
        let (status, text) = probe_with("https://api.example.com/orders", &variables, &more);
        assert_eq!(status, 0, "{protocols:?}: {text}");
        assert!(text.contains(expected), "{expected}\n{text}");
        for request in heads.lock().unwrap().drain(..) {
            assert!(request.starts_with("CONNECT api.example.com:443 HTTP/1.1\r\n"), "{request}");
            assert!(!request.to_ascii_lowercase().contains("origin"), "{request}");
        }
    }
}

#[test]
fn servers_of_this_machine_and_excluded_ones_are_asked_directly() {
    let (server, _) = forwarding(200);
    let (proxy, heads) = forwarding(502);
    let url: &str = &proxy.url("");
    let directly = server.url("/");
    for (url_of_server, variables, more) in [
        (&directly, &[("HTTP_PROXY", url), ("ALL_PROXY", url)][..], &[][..]),
        (&directly, &[], &["--proxy", url]),
        (&directly.replace("127.0.0.1", "localhost"), &[("HTTP_PROXY", url)], &[]),
    ] {
        let (status, text) = probe_with(url_of_server, variables, more);
        assert_eq!(status, 0, "{variables:?}: {text}");
        assert!(!text.contains("through the proxy"), "{text}");
    }
    // Whether the name has an address is another question.
    let variables = [("HTTP_PROXY", url), ("NO_PROXY", "other.example,cors-probe.invalid")];
    let (status, text) = probe_with("http://api.cors-probe.invalid/", &variables, &[]);
    assert_eq!(status, 2);
    assert!(!text.contains("[proxy]") && !text.contains("through the proxy"), "{text}");
    assert!(heads.lock().unwrap().is_empty());
}

#[test]
fn what_the_proxy_refuses_is_not_taken_for_the_server() {
    let closed = {
        let (proxy, _) = forwarding(200);
        proxy.url("").replace("127.0.0.1", "no-such-proxy.invalid")
    };
    let (unauthorized, _) = forwarding(407);
    let (forbidding, _) = forwarding(403);
    let unauthorized = unauthorized.url("");
    for (url, proxy, expected) in [
        ("http://api.example.com/", &unauthorized, "requires a name and a password (407)"),
        ("https://api.example.com/", &unauthorized, "requires a name and a password (407)"),
        (
            "https://api.example.com/",
            &forbidding.url(""),
            "it answers 403 to `api.example.com:443`",
        ),
        ("http://api.example.com/", &closed, "the host has no address"),
    ] {
        let option: &[&str] = &["--proxy", proxy];
        assert_eq!(found(url, option), (2, vec!["proxy".to_owned()]), "{url} {proxy}");
        let output = probe(url, option);
        assert!(output.stderr.contains(expected), "{expected}\n{}", output.stderr);
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_reported() {
    for proxy in ["socks5://127.0.0.1:1080", "https://127.0.0.1:3128", "ftp://127.0.0.1", ""] {
        let output = probe("http://api.example.com/", &["--proxy", proxy]);
        assert_eq!(output.status, 2, "{proxy}: {output:?}");
        assert!(output.stderr.contains("a proxy is asked over HTTP"), "{}", output.stderr);
    }
    let variables = [("HTTP_PROXY", "socks5://127.0.0.1:1080")];
    let (status, text) = probe_with("http://api.example.com/", &variables, &[]);
    assert_eq!(status, 2);
    assert!(text.contains("error[proxy]: the proxy cannot be used"), "{text}");
}
