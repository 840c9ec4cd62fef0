//! The example `tenants`: origins in a database, edited while pages of two tenants are open.

use std::time::{Duration, Instant};

use cors_tests::client::{Protocol, Reply, send};
use cors_tests::webdriver::{Browser, Example, Outcome};
use serde_json::{Value, json};

cors_tests::in_each_engine! {
    open_pages_read_what_is_allowed_now,
}

/// The example, its address, and its file, which is removed with the directory.
struct Tenants {
    _example: Example,
    address: std::net::SocketAddr,
    directory: tempfile::TempDir,
}

impl Tenants {
    fn start() -> Outcome<Self> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("tenants.db");
        let arguments = ["--port".as_ref(), "0".as_ref(), "--database".as_ref(), file.as_os_str()];
        let example = Example::start("tenants", arguments, &[])?;
        let address = example.line_after("listening on http://")?.parse()?;
        Ok(Self { _example: example, address, directory })
    }

    fn page_of(&self, tenant: &str) -> String {
        format!("http://{tenant}.localhost:{}", self.address.port())
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &[u8])]) -> Reply {
        send(self.address, Protocol::Http1, method, path, headers)
    }

    /// Whether a page may read the orders of a tenant.
    fn may_read(&self, page: &str, tenant: &str) -> bool {
        let origin = self.page_of(page);
        let path = format!("/t/{tenant}/orders");
        let reply = self.send("GET", &path, &[("origin", origin.as_bytes())]);
        assert_eq!(reply.status, 200);
        reply.header("access-control-allow-origin") == Some(origin)
    }

    /// Replaces the origins of a tenant through the endpoint.
    fn replace(&self, tenant: &str, origins: &Value) -> Outcome<(u16, String)> {
        use std::io::{Read as _, Write as _};
        let body = origins.to_string();
        let mut stream = std::net::TcpStream::connect(self.address)?;
        write!(
            stream,
            "PUT /admin/tenants/{tenant} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        let status = reply.split(' ').nth(1).unwrap_or_default().parse()?;
        Ok((status, reply.split_once("\r\n\r\n").unwrap_or_default().1.to_owned()))
    }
}

#[test]
fn each_tenant_has_its_own_origins_and_they_change_at_once() -> Outcome {
    let tenants = Tenants::start()?;
    assert!(tenants.directory.path().join("tenants.db").is_file(), "a real database");
    let all =
        || ["acme", "umbra"].map(|page| ["acme", "umbra"].map(|it| tenants.may_read(page, it)));
    assert_eq!(all(), [[true, false], [false, true]]);

    let both = json!([tenants.page_of("acme"), tenants.page_of("umbra")]);
    assert_eq!(tenants.replace("acme", &both)?.0, 204);
    assert_eq!(all(), [[true, false], [true, true]]);

    let (status, report) = tenants.replace("acme", &json!(["http://evil.example"]))?;
    assert_eq!(status, 422, "{report}");
    assert!(report.contains("element 0, `http://evil.example`"), "{report}");
    assert_eq!(all(), [[true, false], [true, true]], "nothing was changed");

    assert_eq!(tenants.send("DELETE", "/admin/tenants/acme", &[]).status, 204);
    assert_eq!(all(), [[false, false], [false, true]]);
    Ok(())
}

#[test]
fn the_feed_keeps_what_the_endpoint_has_written() -> Outcome {
    let tenants = Tenants::start()?;
    assert_eq!(tenants.replace("umbra", &json!([tenants.page_of("acme")]))?.0, 204);
    let loads = || {
        let metrics = tenants.send("GET", "/metrics", &[]).body;
        let line = metrics.lines().find(|line| line.starts_with("cors_feed_loads_total"));
        let count = line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        count.unwrap_or_default()
    };
    let (begun, before) = (Instant::now(), loads());
    assert!(before >= 1);
    while loads() < before + 1 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the feed goes on");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(tenants.may_read("acme", "umbra"));
    assert!(!tenants.may_read("umbra", "umbra"));
    Ok(())
}

async fn open_pages_read_what_is_allowed_now(browser: Browser) -> Outcome {
    let tenants = Tenants::start()?;
    browser.open(&tenants.page_of("umbra")).await?;
    let shown = async || {
        let script = "await window.refresh();
                      return ['acme', 'umbra'].map(id => document.getElementById(id).value);";
        browser.run(script, Value::Null).await
    };
    assert_eq!(shown().await?, json!(["not allowed", "an order of umbra"]));
    tenants.replace("acme", &json!([tenants.page_of("umbra")]))?;
    assert_eq!(shown().await?, json!(["an order of acme", "an order of umbra"]));
    // The client has a runtime of its own.
    let address = tenants.address;
    let delete = move || send(address, Protocol::Http1, "DELETE", "/admin/tenants/umbra", &[]);
    assert_eq!(std::thread::spawn(delete).join().ok().map(|reply| reply.status), Some(204));
    assert_eq!(shown().await?, json!(["an order of acme", "not allowed"]));
    Ok(())
}
