//! The inspector in real browsers: what a person does with it, and what a page of another origin
//! cannot do.
//!
//! `SCREENSHOTS=DIRECTORY` also writes pictures of it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use actix_web::{App, HttpResponse, Responder, get, put, web};
use cors_actix::core::PageRequest;
use cors_actix::{Cors, cors, profile, resource};
use cors_tests::server::Server;
use cors_tests::webdriver::{BlankPage, Browser, Outcome};
use serde_json::{Value, json};

cors_tests::in_each_engine! {
    the_table_is_filtered_sorted_and_opened,
    the_explanation_is_in_the_url,
    a_refusal_appears_and_hostile_ones_are_text,
    no_page_of_another_origin_reads_frames_or_loads_it,
    it_fits_a_phone_and_the_keyboard,
}

#[cors(headers += "x-csrf-token")]
#[put("/orders/{id}")]
async fn replace_order() -> impl Responder {
    "saved"
}

#[cors]
#[get("/orders")]
async fn list_orders() -> impl Responder {
    "[]"
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn replace_cart() -> impl Responder {
    "saved"
}

async fn show_cart() -> impl Responder {
    "[]"
}

const POLICY: &str = r#"
    [cors]
    origins = ["https://app.example.com", "https://admin.example.com"]
    headers = ["content-type"]
    credentials = true
    max_age = "10m"
    profile = "development"
    profiles.development.loopback = true

    [cors.report_only]
    origins = ["https://app.example.com"]

    [[cors.paths]]
    match = "/status"
    origins = "any"
    credentials = false
"#;

fn serve(cors: &Cors) -> Server {
    let cors = cors.clone();
    Server::start(2, move || {
        App::new()
            .service(list_orders)
            .service(replace_order)
            .service(resource("/cart").get(show_cart).put(replace_cart))
            .route("/status", web::get().to(HttpResponse::Ok))
            .service(cors.inspector("/__cors"))
            .wrap(cors.clone())
    })
}

/// Sends a request that no browser has to send.
fn send(server: &Server, lines: &str) -> Outcome<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.address().port()))?;
    write!(stream, "{lines}\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

async fn texts(browser: &Browser, selector: &str) -> Outcome<Vec<String>> {
    let found = browser
        .run(
            "return [...document.querySelectorAll(args)].map((it) => it.innerText)",
            json!(selector),
        )
        .await?;
    Ok(serde_json::from_value(found)?)
}

async fn text(browser: &Browser, selector: &str) -> Outcome<String> {
    let texts = texts(browser, selector).await?;
    Ok(texts.into_iter().next().ok_or_else(|| format!("there is no {selector}"))?)
}

async fn the_table_is_filtered_sorted_and_opened(browser: Browser) -> Outcome {
    let server = serve(&Cors::try_from_toml_str(POLICY)?);
    for path in ["__cors", "__cors/"] {
        browser.open(&format!("http://{}/{path}", server.address())).await?;
        browser.wait_until("document.querySelectorAll('#rows .open').length === 6").await?;
    }
    assert_eq!(text(&browser, "#table-summary").await?, "6 policies");
    assert_eq!(text(&browser, "#source").await?, "profile development");
    assert!(text(&browser, "#report-only-diff").await?.contains("https://admin.example.com"));

    // By keyboard: the filter, then the first column, then the first row.
    browser.press_keys("#filter", "put cart").await?;
    browser.wait_until("document.querySelectorAll('#rows .open').length === 1").await?;
    assert_eq!(text(&browser, "#table-summary").await?, "1 of 6 policies");
    browser.press_keys("#rows .open", "\n").await?;
    browser.wait_until("document.querySelector('#rows .open').ariaExpanded === 'true'").await?;
    let details = text(&browser, "#rows .details").await?;
    for needle in
        ["replace_cart", "origins", "https://beta.example.com", "inspector.rs:", "max_age", "600 s"]
    {
        assert!(details.contains(needle), "{needle}: {details}");
    }

    browser.run("document.querySelector('#filter').value = ''", Value::Null).await?;
    for (presses, first, direction) in
        [(1, "/cart", "ascending"), (2, "everything else", "descending")]
    {
        browser.press_keys("[data-sort=path]", "\n").await?;
        let paths = texts(&browser, "#rows .open").await?;
        assert_eq!((paths.len(), &*paths[0]), (6, first), "pressed {presses} times");
        let sorted = browser
            .run("return document.querySelector('[aria-sort]').ariaSort", Value::Null)
            .await?;
        assert_eq!(sorted, direction);
    }
    Ok(())
}

async fn the_explanation_is_in_the_url(browser: Browser) -> Outcome {
    let cors = Cors::try_from_toml_str(POLICY)?;
    let server = serve(&cors);
    let page = format!("http://{}/__cors", server.address());
    let query = "origin=https%3A%2F%2Fwww.app.example.com&method=PUT&path=%2Forders%2F7&headers=x-crsf-token";
    browser.open(&format!("{page}?{query}#explain")).await?;
    browser.wait_until("document.querySelector('#explanation .policy')").await?;
    let explanation = text(&browser, "#explanation").await?;
    for needle in [
        "Refused: origin-not-allowed",
        "replace_order",
        "only www. differs",
        "x-csrf-token is allowed, and spelled similarly",
        "set at cors.toml:3:5",
    ] {
        assert!(explanation.contains(needle), "{needle}: {explanation}");
    }
    let request = PageRequest::new("https://www.app.example.com", "PUT").header("x-crsf-token");
    let expected = cors.explain("/orders/7", &request)[0].to_string();
    let logged = browser
        .run("return document.querySelector('#explanation pre').textContent", Value::Null)
        .await?;
    assert_eq!(logged, expected);

    // Another one, by the form: the URL changes, and "back" leads to the first.
    browser
        .run(
            "for (const id of ['origin', 'headers']) document.getElementById(id).value = ''",
            Value::Null,
        )
        .await?;
    browser.press_keys("#origin", "https://app.example.com/some/page\n").await?;
    browser
        .wait_until("document.querySelector('#explanation .pill').innerText === 'Allowed'")
        .await?;
    let url = browser.run("return location.search", Value::Null).await?;
    assert_eq!(url, "?origin=https%3A%2F%2Fapp.example.com&method=PUT&path=%2Forders%2F7");
    browser.run("history.back()", Value::Null).await?;
    browser
        .wait_until("document.querySelector('#explanation .pill').innerText.startsWith('Refused')")
        .await?;
    Ok(())
}

async fn a_refusal_appears_and_hostile_ones_are_text(browser: Browser) -> Outcome {
    let cors = Cors::try_from_toml_str(POLICY)?;
    let server = serve(&cors);
    browser.open(&format!("http://{}/__cors", server.address())).await?;
    browser.wait_until("document.querySelectorAll('#rows .open').length === 6").await?;
    assert_eq!(text(&browser, "#refusals-summary").await?, "None so far.");

    send(
        &server,
        "OPTIONS /orders/7 HTTP/1.1\r\nOrigin: https://app.example.com\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-crsf-token",
    )?;
    browser.wait_until("document.querySelector('#refusal-list li')").await?;
    let refusal = text(&browser, "#refusal-list li").await?;
    for needle in [
        "PUT /orders/7",
        "https://app.example.com",
        "header-not-allowed",
        "x-crsf-token",
        "spelled similarly",
        "replace_order",
    ] {
        assert!(refusal.contains(needle), "{needle}: {refusal}");
    }
    let summary = text(&browser, "#refusals-summary").await?;
    assert!(
        summary.starts_with("1 refusal, the latest: a requested header is not allowed"),
        "{summary}"
    );

    // It leads to the form.
    browser.press_keys("#refusal-list a", "\n").await?;
    browser.wait_until("document.querySelector('#explanation .policy')").await?;
    assert!(text(&browser, "#explanation").await?.contains("Refused: header-not-allowed"));

    for hostile in [
        "<img src=x onerror=document.title=1>",
        "</script><script>document.title=1</script>",
        "\"><svg onload=document.title=1>",
        "javascript:document.title=1",
    ] {
        let path = hostile.replace(' ', "%20").replace('"', "%22").replace(['<', '>'], "%3c");
        send(&server, &format!("GET /{path} HTTP/1.1\r\nOrigin: {hostile}"))?;
    }
    browser.wait_until("document.querySelectorAll('#refusal-list li').length === 5").await?;
    let seen = browser
        .run(
            "return [document.title, document.querySelectorAll('#refusal-list :is(img, script, svg)').length,
                     [...document.querySelectorAll('#refusal-list a')].every((it) => it.origin === location.origin)]",
            Value::Null,
        )
        .await?;
    assert_eq!(seen, json!(["CORS inspector", 0, true]));
    assert!(text(&browser, "#refusal-list").await?.contains("<img src=x onerror="));

    // Nothing that the page itself requested is listed or counted, and a reload shows.
    assert!(text(&browser, "#decisions").await?.starts_with("actual: origin-not-allowed"));
    let other = Cors::builder().origins(["https://intern.example.com"]);
    let other = other.profiles("development", profile().loopback(true)).profile("development");
    cors.apply(&other.config())?;
    browser
        .wait_until("document.querySelector('#rows').innerText.includes('intern.example.com')")
        .await?;
    browser
        .wait_until("document.querySelector('#reloads').innerText.includes('Took effect\\n1')")
        .await?;
    Ok(())
}

/// Every way in which a page could read or frame another origin's response.
const ATTACK: &str = "
    const url = args;
    const found = {};
    const attempt = async (name, run) => {
        try { found[name] = await run(); } catch (error) { found[name] = 'blocked'; }
    };
    await attempt('fetch', async () => (await fetch(url + '/table.json')).status);
    await attempt('with cookies', async () => (await fetch(url + '/table.json', { credentials: 'include' })).status);
    await attempt('with a header', async () => (await fetch(url + '/table.json', { headers: { 'x-a': '1' } })).status);
    await attempt('no-cors', async () => {
        const response = await fetch(url + '/table.json', { mode: 'no-cors' });
        return [response.type, (await response.text()).length];
    });
    const load = (element, source) => new Promise((resolve) => {
        element.onload = () => resolve('loaded');
        element.onerror = () => resolve('blocked');
        element[source[0]] = source[1];
        document.documentElement.append(element);
    });
    const element = (name) => document.createElement(name);
    for (const file of ['/table.json', '/status.json', '?page.js']) {
        found['script ' + file] = await load(element('script'), ['src', url + file]);
    }
    found['style'] = await load(Object.assign(element('link'), { rel: 'stylesheet' }), ['href', url + '?page.css']);
    found['image'] = await load(element('img'), ['src', url + '/table.json']);
    const frame = element('iframe');
    await load(frame, ['src', url]);
    found['frame'] = (() => { try { return frame.contentDocument?.title ?? 'blocked'; } catch { return 'blocked'; } })();
    found['frames in it'] = frame.contentWindow.length;
    return found;
";

async fn no_page_of_another_origin_reads_frames_or_loads_it(browser: Browser) -> Outcome {
    let page = BlankPage::serve()?;
    let open = "[cors]\norigins = 'any'\nheaders = 'any'\nmethods = 'any'\nprofile = 'development'\nprofiles.development.loopback = true";
    let server = serve_only_inspector(&Cors::try_from_toml_str(open)?);
    let port = server.address().port();
    for (host, target) in [
        ("localhost", format!("http://127.0.0.1:{port}/__cors")),
        ("localhost", format!("http://localhost:{port}/__cors")),
        ("evil.localhost", format!("http://localhost:{port}/__cors")),
    ] {
        browser.open(&page.origin(host)).await?;
        let found = browser.run(ATTACK, json!(target)).await?;
        for (way, outcome) in found.as_object().ok_or("no object")? {
            let is_blocked =
                *outcome == "blocked" || *outcome == 0 || *outcome == json!(["opaque", 0]);
            assert!(is_blocked, "{host} {target}: {way}: {outcome}");
        }
    }
    // Not because nothing works: the application itself is open to the page.
    let health = format!("http://127.0.0.1:{port}/health");
    let status = browser.run("return (await fetch(args)).status", json!(health)).await?;
    assert_eq!(status, 200);
    // A link on another site leads to the page, which has no data, and the page works.
    browser.open(&page.origin("localhost")).await?;
    browser.run("location = args", json!(format!("http://127.0.0.1:{port}/__cors"))).await?;
    browser.wait_until("document.querySelectorAll('#rows .open').length === 1").await?;
    Ok(())
}

fn serve_only_inspector(cors: &Cors) -> Server {
    let cors = cors.clone();
    Server::start(1, move || {
        App::new()
            .route("/health", web::get().to(HttpResponse::Ok))
            .service(cors.inspector("/__cors"))
            .wrap(cors.clone())
    })
}

async fn it_fits_a_phone_and_the_keyboard(browser: Browser) -> Outcome {
    let server = serve(&Cors::try_from_toml_str(POLICY)?);
    send(
        &server,
        "OPTIONS /orders/7 HTTP/1.1\r\nOrigin: https://app.example.com\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-crsf-token",
    )?;
    send(&server, "GET /orders HTTP/1.1\r\nOrigin: https://www.app.example.com")?;
    send(&server, "GET /orders HTTP/1.1\r\nOrigin: https://admin.example.com")?;
    let query = "origin=https%3A%2F%2Fwww.app.example.com&method=PUT&path=%2Forders%2F7&headers=x-crsf-token";
    for (name, width, height, scheme) in [
        ("desktop", 1280, 2600, "light"),
        ("phone", 390, 5200, "light"),
        ("dark", 1280, 2600, "dark"),
        ("phone-dark", 390, 5200, "dark"),
    ] {
        browser.set_window(width, height, scheme).await?;
        browser.open(&format!("http://{}/__cors?{query}", server.address())).await?;
        browser.wait_until("document.querySelectorAll('#refusal-list li').length === 3").await?;
        browser.wait_until("document.querySelector('#explanation .policy')").await?;
        browser.wait_until("document.querySelectorAll('#rows .open').length === 6").await?;
        browser.run("document.querySelectorAll('#rows .open')[1].click()", Value::Null).await?;
        let overflow = browser
            .run("return document.documentElement.scrollWidth - document.documentElement.clientWidth", Value::Null)
            .await?;
        assert_eq!(overflow, 0, "{name}: nothing is wider than the window");
        let unnamed = browser.run(UNNAMED, Value::Null).await?;
        assert_eq!(unnamed, json!([]), "{name}: every control has a name");
        browser.screenshot(&format!("inspector-{name}")).await?;
    }
    Ok(())
}

/// Controls without a label or a text.
const UNNAMED: &str = "
    return [...document.querySelectorAll('button, input, a')]
        .filter((it) => !(it.innerText.trim() || it.labels?.length || it.ariaLabel))
        .map((it) => it.outerHTML);
";
