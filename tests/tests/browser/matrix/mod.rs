//! The requests that a page can send, as data: each case lists what the page sees and what reaches the
//! servers.
//! Each engine runs all of them in one page, and where [`cors_browser`] models what a case does, it has
//! to predict the same. Where engines differ, the case has what each does, and why.

mod application;
mod case;
mod model;
mod private_network;
mod record;
mod site;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use cors_tests::webdriver::{Browser, Outcome};
use serde::Deserialize;
use serde_json::json;

use case::{Case, Step};
use record::Event;
use site::{Scheme, Site};

cors_tests::in_each_engine! {
    each_engine_and_its_model_agree_with_each_case,
    each_engine_and_its_model_agree_over_tls_and_http_2,
}

/// What a browser made of a step.
#[derive(Debug, Deserialize)]
struct Seen {
    sees: String,
    /// Readable headers, where the kind of request shows them.
    headers: Option<Vec<String>>,
    /// The text of an error, for the report.
    note: Option<String>,
}

async fn each_engine_and_its_model_agree_with_each_case(browser: Browser) -> Outcome {
    judge(&browser, Scheme::Http).await
}

async fn each_engine_and_its_model_agree_over_tls_and_http_2(browser: Browser) -> Outcome {
    judge(&browser, Scheme::Https).await
}

async fn judge(browser: &Browser, scheme: Scheme) -> Outcome {
    let engine = browser.engine();
    let cases = case::load();
    assert!(cases.len() >= 340, "only {} cases", cases.len());
    let cases: Vec<_> = cases.into_iter().filter(|case| case.runs_over(scheme)).collect();
    let differ = cases.iter().filter(|case| case.differs_in(engine, scheme)).count();
    let cases: Vec<_> = cases.into_iter().map(|case| case.in_engine(engine, scheme)).collect();
    let site = Site::start(include_str!("policies.toml"), scheme)?;
    let begun = Instant::now();
    let seen = perform(browser, &cases, &site).await?;
    let taken = begun.elapsed().as_secs();

    let mut report = String::new();
    let (mut modelled, mut http_1, mut http_2) = (0, 0, 0);
    for (index, (case, seen)) in cases.iter().zip(&seen).enumerate() {
        let events = site.record.take(index);
        for event in events.iter().flatten() {
            *(if event.is_http_2 { &mut http_2 } else { &mut http_1 }) += 1;
        }
        let mut problems = check(case, seen, &events, &site);
        if model::covers(case) {
            modelled += 1;
            problems += &model::check((engine, scheme), index, case, seen, &events, &site);
        }
        if !problems.is_empty() {
            writeln!(report, "\n{}\n{problems}", case.name)?;
        }
    }
    println!(
        "{engine:?} {} over {scheme}: {} cases in {taken} s, {modelled} of them modelled, {differ} differ",
        browser.version(),
        cases.len(),
    );
    assert!(report.is_empty(), "{report}");
    // WebSockets, and what is mixed content, are never sent over HTTP/2.
    let expected = if scheme == Scheme::Https { http_2 > 20 * http_1 } else { http_2 == 0 };
    assert!(expected, "{http_1} requests over HTTP/1.1, {http_2} over HTTP/2");

    assert!(modelled >= 325, "the model covers only {modelled} cases");
    Ok(())
}

/// Runs all cases in one page.
async fn perform(browser: &Browser, cases: &[Case], site: &Site) -> Outcome<Vec<Vec<Seen>>> {
    let instructions: Vec<Vec<_>> = cases
        .iter()
        .enumerate()
        .map(|(index, case)| {
            case.steps.iter().map(|step| step.instruction(index, &site.origins)).collect()
        })
        .collect();
    browser.open(&format!("{}/driver", site.origins.page)).await?;
    browser
        .run(
            "drive(args).then((value) => { window.ended = { value } },
                              (error) => { window.ended = { error: String(error) } });",
            json!({ "cases": instructions, "origins": site.origins }),
        )
        .await?;
    browser.wait_at_most(Duration::from_secs(400), "window.ended").await?;
    let value =
        browser.run("if (ended.error) throw ended.error; return ended.value", json!(null)).await?;
    Ok(serde_json::from_value(value)?)
}

/// What differs from the case; empty when nothing does.
fn check(case: &Case, seen: &[Seen], events: &[Vec<Event>], site: &Site) -> String {
    let mut problems = String::new();
    for (index, step) in case.steps.iter().enumerate() {
        let none = Vec::new();
        let events = events.get(index).unwrap_or(&none);
        let differences = differences(step, &seen[index], events, site);
        if !differences.is_empty() {
            let Seen { sees, headers, note } = &seen[index];
            problems += &format!("  step {}: {}\n", index + 1, differences.join("; "));
            problems +=
                &format!("    the page: {sees} {headers:?} {}\n", note.as_deref().unwrap_or(""));
            for event in events {
                let Event { headers, answer, .. } = event;
                problems += &format!("    the server: {} {headers:?}\n", event.summary());
                problems += &format!("      and answered {answer:?}\n");
            }
        }
    }
    for event in events.iter().skip(case.steps.len()).flatten() {
        problems += &format!("  after the last step: {} {:?}\n", event.summary(), event.headers);
    }
    problems
}

fn differences(step: &Step, seen: &Seen, events: &[Event], site: &Site) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, expected: &str, got: &str| {
        if expected != got {
            differences.push(format!("{what}: expected `{expected}`, got `{got}`"));
        }
    };
    compare("the page sees", &step.sees, &seen.sees);
    if let Some(reads) = &step.reads {
        let headers = seen.headers.iter().flatten().map(String::as_str);
        let headers = headers.filter(|name| !model::OF_THE_CONNECTION.contains(name));
        compare("readable headers", &reads.join(" "), &headers.collect::<Vec<_>>().join(" "));
    }
    let mut summaries: Vec<_> = events.iter().map(Event::summary).collect();
    if step.may_repeat {
        summaries.dedup();
    }
    compare("the server", &step.server.join(", "), &summaries.join(", "));
    let actual = events.iter().rfind(|event| !event.is_preflight());
    let preflight = events.iter().rfind(|event| event.is_preflight());
    for (expected, headers) in [
        (&step.sent, actual.map(|event| &event.headers)),
        (&step.asked, preflight.map(|event| &event.headers)),
        (&step.answered, preflight.map(|event| &event.answer)),
    ] {
        for (name, expected) in expected {
            let got = headers.and_then(|headers| headers.get(name)).map_or("", String::as_str);
            compare(name, &site.origins.fill(expected), got);
        }
    }
    differences
}
