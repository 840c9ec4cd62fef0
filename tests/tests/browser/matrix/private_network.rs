//! Private network access in current browsers. Earlier versions of Chromium asked the server, with a
//! preflight that had `Access-Control-Request-Private-Network`. Now Chromium asks the user
//! ([Local Network Access]) before it sends anything, and CORS applies as elsewhere.
//!
//! [Local Network Access]: https://wicg.github.io/local-network-access/

use cors_tests::webdriver::{Browser, Engine, Outcome};
use serde_json::json;

use super::record::Event;
use super::site::{Scheme, Site};

cors_tests::in_each_engine! {
    a_public_page_reaches_this_machine_if_the_user_agrees_and_the_policy_does,
}

/// Requests of a page from the internet to this machine: what it sees when the user agrees, and
/// what the application then sees. Whether the policy has `private_network` makes no difference.
const REQUESTS: [(&str, &str, u16, &str); 4] = [
    ("GET", "/private", 200, "GET"),
    ("PUT", "/private", 200, "preflight, PUT"),
    ("PUT", "/listed", 200, "preflight, PUT"),
    ("GET", "/off", BLOCKED, "GET"),
];

const BLOCKED: u16 = 0;

async fn a_public_page_reaches_this_machine_if_the_user_agrees_and_the_policy_does(
    browser: Browser,
) -> Outcome {
    // The others know neither this directive of CSP nor the permission, and the page is a local one.
    let asks_the_user = browser.engine() == Engine::Chromium;
    let site = Site::start(include_str!("policies.toml"), Scheme::Http)?;
    for (case, state) in ["denied", "granted"].into_iter().enumerate() {
        browser.open(&format!("{}/public", site.origins.page)).await?;
        if asks_the_user {
            browser.set_permission("loopback-network", state)?;
        }
        for (method, path, status, server) in REQUESTS {
            let url = format!("{}{path}?case={case}", site.origins.api);
            let script = "return fetch(args.url, args).then(({ status }) => status, () => 0)";
            let seen = browser.run(script, json!({ "url": url, "method": method })).await?;
            let is_denied = asks_the_user && state == "denied";
            let expected = if is_denied { (BLOCKED, "") } else { (status, server) };
            let events: Vec<_> = site.record.take(case).into_iter().flatten().collect();
            let summaries: Vec<_> = events.iter().map(Event::summary).collect();
            assert_eq!(
                (seen, &*summaries.join(", ")),
                (json!(expected.0), expected.1),
                "{state}: {method} {path}"
            );
            let asks = "access-control-request-private-network";
            assert!(events.iter().all(|event| event.header(asks).is_none()), "{events:?}");
        }
    }
    Ok(())
}
