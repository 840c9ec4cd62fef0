//! The example `quickstart` as its README describes it: every row of the page ends as declared.

use cors_tests::webdriver::{Chromium, Example, Outcome};
use serde_json::{Value, json};

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

async fn text(browser: &Chromium, selector: &str) -> Outcome<String> {
    let text =
        browser.run("return document.querySelector(args)?.innerText", json!(selector)).await?;
    Ok(text.as_str().ok_or_else(|| format!("there is no {selector}"))?.to_owned())
}
