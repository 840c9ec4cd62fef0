//! The example `quickstart` as its README describes it: every row of the page ends as its policy
//! says, and the page shows what the server answered and why.
//!
//! `SCREENSHOTS=DIRECTORY` also writes pictures of it.

use cors_tests::webdriver::{Browser, Example, Outcome};
use serde_json::{Value, json};

cors_tests::in_each_engine! {
    every_row_of_the_quickstart_page_ends_as_its_policy_says,
    the_cookie_of_an_allowed_page_travels_both_ways,
    a_row_shows_the_answer_of_the_server_the_reason_and_what_to_change,
    the_form_sends_a_request_and_shows_it_like_the_others,
}

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

async fn every_row_of_the_quickstart_page_ends_as_its_policy_says(browser: Browser) -> Outcome {
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
                     [dataset.row, dataset.actual])",
                Value::Null,
            )
            .await?;
        let expected: Vec<_> =
            expected.into_iter().map(|(row, actual)| json!([row, actual])).collect();
        assert_eq!(rows, json!(expected), "opened as {host}");
        let read = if host == "localhost" { 3 } else { 10 };
        let summary = format!("14 requests: {read} read by the script, {} blocked", 14 - read);
        assert_eq!(text(&browser, "#summary").await?, summary);
    }
    Ok(())
}

async fn the_cookie_of_an_allowed_page_travels_both_ways(browser: Browser) -> Outcome {
    let quickstart = Example::start::<&str>("quickstart", [], &[("PORT", "0")])?;
    browser.open(&quickstart.line_after("page listening on ")?).await?;
    browser.wait_until("document.body.dataset.done === 'true'").await?;
    let row = text(&browser, "[data-row=profile]").await?;
    assert!(row.contains("visit 2, counted in a cookie"), "{row}");
    Ok(())
}

async fn a_row_shows_the_answer_of_the_server_the_reason_and_what_to_change(
    browser: Browser,
) -> Outcome {
    let quickstart = Example::start::<&str>("quickstart", [], &[("PORT", "0")])?;
    let page = quickstart.line_after("page listening on ")?;
    browser.open(&page).await?;
    browser.wait_until("document.body.dataset.done === 'true'").await?;
    for (row, needles) in [
        (
            "replace-orders",
            &[
                "Preflight, OPTIONS answered 204",
                "access-control-allow-methods: PUT",
                "PUT answered 200",
                "access-control-allow-credentials: true",
                "Why it is allowed",
            ][..],
        ),
        (
            "replace-orders-with-unlisted-header",
            &[
                "Preflight, OPTIONS answered 204",
                "access-control-allow-headers: content-type, x-csrf-token",
                "The handler did not run.",
                "✗ x-debug: headers is content-type, x-csrf-token, set at",
                "add x-debug to headers",
            ],
        ),
        (
            "report-with-cookies",
            &[
                "Preflight, OPTIONS answered 204",
                "✗ cookies: credentials is false, set at",
                "Help: ",
            ],
        ),
        ("reindex", &["POST answered 202", "no Access-Control-* header", "origins is off"]),
    ] {
        let shown = text(&browser, &format!("[data-row={row}]")).await?;
        for needle in needles {
            assert!(shown.contains(needle), "{row}: {needle}\n{shown}");
        }
    }
    let policy =
        browser.run("return document.querySelector('#policy').textContent", Value::Null).await?;
    let policy = policy.as_str().unwrap_or_default();
    for needle in ["http://localhost:*", "PUT /api/{tenant}/orders", "api.rs:", "cors.toml:"] {
        assert!(policy.contains(needle), "{needle}: {policy}");
    }
    Ok(())
}

async fn the_form_sends_a_request_and_shows_it_like_the_others(browser: Browser) -> Outcome {
    let quickstart = Example::start::<&str>("quickstart", [], &[("PORT", "0")])?;
    let page = quickstart.line_after("page listening on ")?;
    browser.open(&page.replace("127.0.0.1", "localhost")).await?;
    browser.wait_until("document.body.dataset.done === 'true'").await?;
    browser.press_keys("#path", "\n").await?;
    browser.wait_until("document.querySelector('[data-row=own].blocked')").await?;
    let own = text(&browser, "[data-row=own]").await?;
    for needle in
        ["PUT /api/acme/orders", "Blocked before the app", "answered 403", "origins is", "Help: "]
    {
        assert!(own.contains(needle), "{needle}: {own}");
    }
    // One that needs no preflight, and one that cannot be sent.
    for (method, path, headers, expected) in [
        ("GET", "/feed", "", "Allowed 200"),
        ("GET", "/health", "", "Blocked after the app"),
        ("CONNECT", "/feed", "", "No answer"),
        ("GET", "/feed", "bad name: 1", "No answer"),
    ] {
        let values = json!({ "method": method, "path": path, "headers": headers });
        browser
            .run("for (const [id, value] of Object.entries(args)) document.getElementById(id).value = value;
                  document.querySelector('#own-rows').replaceChildren();
                  document.querySelector('#own').requestSubmit()", values)
            .await?;
        browser
            .wait_until("document.querySelector('[data-row=own]:is(.allowed, .blocked, .failed)')")
            .await?;
        let own = text(&browser, "[data-row=own]").await?;
        assert!(own.contains(expected), "{method} {path}: {own}");
    }
    for (name, width, height, scheme) in [
        ("desktop", 1280, 3600, "light"),
        ("phone", 390, 6000, "light"),
        ("dark", 1280, 3600, "dark"),
    ] {
        browser.set_window(width, height, scheme).await?;
        browser
            .open(
                &page.replace("127.0.0.1", if name == "dark" { "127.0.0.1" } else { "localhost" }),
            )
            .await?;
        browser.wait_until("document.body.dataset.done === 'true'").await?;
        browser.press_keys("#path", "\n").await?;
        browser
            .wait_until("document.querySelector('[data-row=own]:is(.allowed, .blocked)')")
            .await?;
        browser.run("document.querySelector('#policy details').open = true", Value::Null).await?;
        let overflow = browser
            .run("return document.documentElement.scrollWidth - document.documentElement.clientWidth", Value::Null)
            .await?;
        assert_eq!(overflow, 0, "{name}: nothing is wider than the window");
        browser.screenshot(&format!("quickstart-{name}")).await?;
    }
    Ok(())
}

async fn text(browser: &Browser, selector: &str) -> Outcome<String> {
    let text =
        browser.run("return document.querySelector(args)?.innerText", json!(selector)).await?;
    Ok(text.as_str().ok_or_else(|| format!("there is no {selector}"))?.to_owned())
}
