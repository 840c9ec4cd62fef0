//! A real Chromium judges: what it lets a page read is what the policy says.

use cors_tests::webdriver::{BlankPage, Chromium, Example, Outcome};
use serde_json::{Value, json};
use tempfile::TempDir;

const BEFORE: &str = "blocked before the app";
const AFTER: &str = "blocked after the app";

/// Each row of the quickstart page: what happens on `127.0.0.1`, and what on `localhost`.
const QUICKSTART: &[(&str, &str, &str)] = &[
    ("profile", "allowed 200", AFTER),
    ("health", "allowed 200", AFTER),
    ("report", "allowed 201", "allowed 201"),
    ("report-with-cookies", BEFORE, BEFORE),
    ("feed", "allowed 200", "allowed 200"),
    ("clear-cache", BEFORE, BEFORE),
    ("reindex", AFTER, AFTER),
    ("transfer", "allowed 200", BEFORE),
    ("account-without-token", "allowed 401", AFTER),
    ("account-with-token", "allowed 200", BEFORE),
    ("list-orders", "allowed 200", "allowed 200"),
    ("replace-orders", "allowed 200", BEFORE),
    ("replace-orders-with-unlisted-header", BEFORE, BEFORE),
    ("missing", "allowed 404", AFTER),
];

#[tokio::test]
async fn every_row_of_the_quickstart_page_ends_as_declared() -> Outcome {
    let Some(browser) = Chromium::start().await? else { return Ok(()) };
    let quickstart = Example::start::<&str>("quickstart", [], &[("PORT", "0")])?;
    let page = quickstart.line_after("page listening on ")?;

    for (host, expected) in [
        ("127.0.0.1", QUICKSTART.iter().map(|row| (row.0, row.1)).collect::<Vec<_>>()),
        ("localhost", QUICKSTART.iter().map(|row| (row.0, row.2)).collect()),
    ] {
        browser.open(&page.replace("127.0.0.1", host)).await?;
        browser.wait_until("document.body.dataset.done === 'true'").await?;
        let rows = browser
            .run(
                "return [...document.querySelectorAll('[data-row]')].map(({ dataset }) =>
                     [dataset.row, dataset.expected, dataset.actual, dataset.agrees])",
                Value::Null,
            )
            .await?;
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(row, actual)| json!([row, actual, actual, "true"]))
            .collect();
        assert_eq!(rows, json!(expected), "opened as {host}");
        assert_eq!(text(&browser, "#summary").await?, "All 14 requests ended as declared");
    }
    Ok(())
}

#[tokio::test]
async fn the_cookie_of_an_allowed_page_travels_both_ways() -> Outcome {
    let Some(browser) = Chromium::start().await? else { return Ok(()) };
    let quickstart = Example::start::<&str>("quickstart", [], &[("PORT", "0")])?;
    browser.open(&quickstart.line_after("page listening on ")?).await?;
    browser.wait_until("document.body.dataset.done === 'true'").await?;
    let row = text(&browser, "[data-row=profile]").await?;
    assert!(row.contains("visit 2, counted in a cookie"), "{row}");
    Ok(())
}

#[tokio::test]
async fn a_page_reads_what_its_origin_may_read() -> Outcome {
    let Some(browser) = Chromium::start().await? else { return Ok(()) };
    let page = BlankPage::serve()?;
    let ours = page.origin("127.0.0.1");
    let api = Api::under(&format!(
        "[cors]
         origins = ['{ours}']
         headers = ['x-custom-header']
         expose  = ['x-handled']"
    ))?;
    let custom = json!({ "method": "POST", "headers": { "X-Custom-Header": "1" } });
    let other = json!({ "method": "POST", "headers": { "X-Custom-Header": "1", "X-Other": "1" } });

    browser.open(&ours).await?;
    let hidden = api.url("/?header=X-Secret:1");
    assert_eq!(
        fetch(&browser, &hidden, json!({})).await?,
        json!({
            "status": 200,
            "body": "GET /\n",
            "headers": { "content-length": "6", "x-handled": "yes" },
        }),
        "of the headers that are not safelisted, it reads only the exposed ones"
    );
    assert_eq!(status(&browser, &api.url("/resource"), &custom).await?, 200);
    assert_eq!(status(&browser, &api.url("/resource"), &other).await?, BLOCKED);

    browser.open(&page.origin("localhost")).await?;
    assert_eq!(status(&browser, &api.url("/"), &json!({})).await?, BLOCKED);
    assert_eq!(status(&browser, &api.url("/resource"), &custom).await?, BLOCKED);
    Ok(())
}

#[tokio::test]
async fn an_error_is_readable_wherever_it_comes_from() -> Outcome {
    let Some(browser) = Chromium::start().await? else { return Ok(()) };
    let page = BlankPage::serve()?;
    let ours = page.origin("127.0.0.1");
    let api = Api::under(&format!(
        "[cors]
         origins = ['{ours}']
         methods = ['PUT']
         expose  = ['x-handled']"
    ))?;
    browser.open(&ours).await?;
    for method in ["GET", "PUT"] {
        for (query, code, handled) in [
            ("status=404", 404, json!("yes")),
            ("status=500", 500, json!("yes")),
            ("error=401", 401, Value::Null),
            ("error=503", 503, Value::Null),
        ] {
            let url = api.url(&format!("/?{query}"));
            let answer = fetch(&browser, &url, json!({ "method": method })).await?;
            assert_eq!(answer["status"], code, "{method} ?{query}");
            assert_eq!(answer["headers"]["x-handled"], handled, "{method} ?{query}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn cookies_need_a_policy_with_credentials() -> Outcome {
    let Some(browser) = Chromium::start().await? else { return Ok(()) };
    let page = BlankPage::serve()?;
    let ours = page.origin("127.0.0.1");
    let without = Api::under(&format!("[cors]\norigins = ['{ours}']"))?;
    let with = Api::under(&format!("[cors]\norigins = ['{ours}']\ncredentials = true"))?;
    let include = json!({ "credentials": "include" });
    // Cookies ignore ports, so the page sees in `document.cookie` what the API could set.
    let cookie = |name| format!("/?header=Set-Cookie:{name}%3D1");

    browser.open(&ours).await?;
    assert_eq!(status(&browser, &without.url("/"), &include).await?, BLOCKED);
    assert_eq!(status(&browser, &with.url(&cookie("kept")), &include).await?, 200);
    assert_eq!(status(&browser, &with.url(&cookie("dropped")), &json!({})).await?, 200);
    assert_eq!(browser.run("return document.cookie", Value::Null).await?, "kept=1");
    Ok(())
}

/// A browser takes every name under `localhost` for this machine.
#[tokio::test]
async fn a_subdomain_pattern_covers_subdomains_and_not_the_apex() -> Outcome {
    let Some(browser) = Chromium::start().await? else { return Ok(()) };
    let page = BlankPage::serve()?;
    let api = Api::under("[cors]\norigins = ['http://*.localhost:*']")?;
    for (host, expected) in [("app.localhost", 200), ("a.b.localhost", 200), ("localhost", BLOCKED)]
    {
        browser.open(&page.origin(host)).await?;
        assert_eq!(status(&browser, &api.url("/"), &json!({})).await?, expected, "{host}");
    }
    Ok(())
}

#[tokio::test]
async fn a_sandboxed_frame_has_no_origin_that_a_list_could_name() -> Outcome {
    let Some(browser) = Chromium::start().await? else { return Ok(()) };
    let page = BlankPage::serve()?;
    let ours = page.origin("127.0.0.1");
    let listed = Api::under(&format!("[cors]\norigins = ['{ours}']"))?;
    let public = Api::under("[cors]\norigins = 'any'")?;
    browser.open(&ours).await?;
    for (api, expected) in [(&listed, "null blocked"), (&public, "null 200")] {
        let seen = browser
            .run(
                "const frame = document.createElement('iframe');
                 frame.sandbox = 'allow-scripts';
                 frame.srcdoc = `<script>
                     const say = (result) => parent.postMessage(self.origin + ' ' + result, '*');
                     fetch('${args}').then((answer) => say(answer.status), () => say('blocked'));
                 <\\/script>`;
                 const message = new Promise((resolve) => addEventListener('message', resolve, { once: true }));
                 document.body.append(frame);
                 return (await message).data;",
                json!(api.url("/")),
            )
            .await?;
        assert_eq!(seen, expected);
    }
    Ok(())
}

/// The policy changes behind the browser's back: only a preflight that is not sent can pass.
#[tokio::test]
async fn max_age_saves_the_second_preflight() -> Outcome {
    let Some(browser) = Chromium::start().await? else { return Ok(()) };
    let page = BlankPage::serve()?;
    let ours = page.origin("127.0.0.1");
    browser.open(&ours).await?;
    let put = json!({ "method": "PUT", "headers": { "X-Custom-Header": "1" } });
    let policy = |rest: &str| format!("[cors]\norigins = ['{ours}']\nmethods = ['PUT']\n{rest}");

    for (max_age, again) in [("'10m'", 200), ("0", BLOCKED)] {
        let open =
            Api::under(&policy(&format!("headers = ['x-custom-header']\nmax_age = {max_age}")))?;
        let (known, unknown) = (open.url("/known"), open.url("/unknown"));
        assert_eq!(status(&browser, &known, &put).await?, 200);
        let port = open.port()?;
        drop(open);
        let _closed = Api::on_port(port, &policy(""))?;
        assert_eq!(status(&browser, &known, &put).await?, again, "max_age = {max_age}");
        assert_eq!(status(&browser, &unknown, &put).await?, BLOCKED, "max_age = {max_age}");
    }
    Ok(())
}

/// The status that stands for an answer that the page may not read.
const BLOCKED: u16 = 0;

async fn status(browser: &Chromium, url: &str, request: &Value) -> Outcome<u16> {
    let answer = fetch(browser, url, request.clone()).await?;
    let status = answer["status"].as_u64().ok_or("no status")?;
    Ok(u16::try_from(status)?)
}

/// What `fetch` gives the page: status, body, and the headers that a script sees.
async fn fetch(browser: &Chromium, url: &str, request: Value) -> Outcome<Value> {
    browser
        .run(
            "const [url, request] = args;
             try {
                 const answer = await fetch(url, request);
                 const headers = Object.fromEntries(answer.headers);
                 return { status: answer.status, headers, body: await answer.text() };
             } catch (error) {
                 if (error instanceof TypeError) return { status: 0 };
                 throw error;
             }",
            json!([url, request]),
        )
        .await
}

async fn text(browser: &Chromium, selector: &str) -> Outcome<String> {
    let text =
        browser.run("return document.querySelector(args)?.innerText", json!(selector)).await?;
    Ok(text.as_str().ok_or_else(|| format!("there is no {selector}"))?.to_owned())
}

/// The example `serve` under a policy.
struct Api {
    origin: String,
    _server: Example,
    _config: TempDir,
}

impl Api {
    fn under(policy: &str) -> Outcome<Self> {
        Self::on_port(0, policy)
    }

    fn on_port(port: u16, policy: &str) -> Outcome<Self> {
        let config = tempfile::tempdir()?;
        let file = config.path().join("cors.toml");
        std::fs::write(&file, policy)?;
        let port = port.to_string();
        let server = Example::start(
            "serve",
            ["--config".as_ref(), file.as_os_str(), "--port".as_ref(), port.as_ref()],
            &[],
        )?;
        let origin = server.line_after("listening on ")?;
        Ok(Self { origin, _server: server, _config: config })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    fn port(&self) -> Outcome<u16> {
        Ok(self.origin.rsplit(':').next().ok_or("no port")?.parse()?)
    }
}
