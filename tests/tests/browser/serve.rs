//! The example `serve` under a file of one's own, the way in which a policy is tried out.

use cors_tests::webdriver::{BlankPage, Browser, Example, Outcome};
use serde_json::json;

cors_tests::in_each_engine! {
    serve_responds_to_each_page_as_configured,
}

/// A browser takes every name under `localhost` for this machine.
async fn serve_responds_to_each_page_as_configured(browser: Browser) -> Outcome {
    let page = BlankPage::serve()?;
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("cors.toml");
    std::fs::write(&file, "[cors]\norigins = ['http://*.localhost:*']\nexpose = ['x-handled']")?;
    let arguments = ["--config".as_ref(), file.as_os_str(), "--port".as_ref(), "0".as_ref()];
    let server = Example::start("serve", arguments, &[])?;
    let api = server.line_after("listening on ")?;

    for (host, query, expected) in [
        ("app.localhost", "", json!([200, "yes", "GET /\n"])),
        ("a.b.localhost", "?status=404", json!([404, "yes", "GET /\n"])),
        ("app.localhost", "?error=401", json!([401, null, "401 Unauthorized\n"])),
        ("localhost", "", json!("TypeError")),
    ] {
        browser.open(&page.origin(host)).await?;
        let seen = browser
            .run(
                "try {
                     const answer = await fetch(args);
                     return [answer.status, answer.headers.get('x-handled'), await answer.text()];
                 } catch (error) {
                     return error.name;
                 }",
                json!(format!("{api}/{query}")),
            )
            .await?;
        assert_eq!(seen, expected, "{host} {query}");
    }
    Ok(())
}
