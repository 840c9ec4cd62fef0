//! Feeds: loaders that fail, hang, panic, and return what is not accepted.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cors_actix::{Cors, FeedStatus, rules, set};

use super::*;

const SOON: Duration = Duration::from_millis(10);

fn partners() -> Cors {
    Cors::builder().live_set("partners").origins([set("partners")]).build().unwrap()
}

fn status(cors: &Cors) -> FeedStatus {
    cors.live_sets()[0].feed().unwrap().clone()
}

/// Waits until a condition is met.
async fn until(what: &str, mut is_met: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_met() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        actix_web::rt::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Returns the number of the call.
fn calls() -> (Arc<AtomicUsize>, impl Fn() -> usize + Send + Sync + 'static) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    (calls, move || counter.fetch_add(1, Ordering::SeqCst))
}

#[actix_web::test]
async fn a_feed_fills_a_set_again_and_again() {
    let cors = partners();
    let (calls, call) = calls();
    let load = move || {
        let number = call();
        async move { Ok::<_, io::Error>(vec![format!("https://n{number}.example")]) }
    };
    let feed = cors.feed("partners", SOON, load).await.unwrap();
    let partners = cors.live("partners").unwrap();
    assert!(!partners.origins().is_empty(), "filled before the server starts");
    until("it is loaded again", || partners.origins() == ["https://n3.example"]).await;
    assert!(status(&cors).loads() >= 4 && status(&cors).failures() == 0);
    assert!(status(&cors).age().unwrap() < Duration::from_secs(10));
    feed.stop();
    actix_web::rt::time::sleep(5 * SOON).await;
    let stopped = calls.load(Ordering::SeqCst);
    actix_web::rt::time::sleep(10 * SOON).await;
    assert_eq!(calls.load(Ordering::SeqCst), stopped);
}

#[actix_web::test]
async fn a_feed_that_fails_at_first_is_an_error() {
    let cors = partners();
    let fails = || async { Err::<Vec<String>, _>("the database is down") };
    let error = cors.feed("partners", SOON, fails).await.unwrap_err();
    let problem = &error.problems()[0];
    assert_eq!(problem.code().as_str(), "cors::feed-failed");
    assert!(problem.message().ends_with("failed: the database is down"), "{error}");

    let panics = || async { panic!("the loader of the test panics") };
    let error = cors.feed::<_, _, Vec<String>, io::Error>("partners", SOON, panics).await;
    assert!(error.unwrap_err().to_string().contains("the loader panicked"));

    let hangs = || std::future::pending::<io::Result<Vec<String>>>();
    let error = cors.feed("partners", SOON, hangs).await.unwrap_err();
    assert!(error.to_string().contains("did not return within 1s"), "{error}");

    let unknown = cors.feed("partner", SOON, || async { Ok::<_, io::Error>(vec![A]) }).await;
    assert_eq!(unknown.unwrap_err().problems()[0].code().as_str(), "cors::unknown-live-set");
    let keyed = || async { Ok::<_, io::Error>(BTreeMap::from([("acme", [A])])) };
    let error = cors.feed("partners", SOON, keyed).await.unwrap_err();
    assert!(error.to_string().contains("has one list, and no keys"), "{error}");
    assert!(cors.live("partners").unwrap().origins().is_empty());
}

#[actix_web::test]
async fn a_feed_that_fails_later_keeps_the_content() {
    let cors = partners();
    let (_, call) = calls();
    let load = move || {
        let number = call();
        async move {
            match number {
                0 => Ok(HashSet::from([A])),
                1 => Err(io::Error::other("the database is down")),
                2 => panic!("the loader of the test panics"),
                3 => std::future::pending().await,
                _ => Ok(HashSet::from([B])),
            }
        }
    };
    cors.feed("partners", SOON, load).await.unwrap();
    let partners = cors.live("partners").unwrap();
    let mut seen: Vec<String> = Vec::new();
    until("it succeeds again", || {
        let feed = status(&cors);
        if let Some(error) = feed.error()
            && seen.last().map(String::as_str) != Some(error)
        {
            assert!(feed.is_failing());
            assert_eq!(partners.origins(), [A], "the content stays");
            seen.push(error.to_owned());
        }
        partners.origins() == [B]
    })
    .await;
    assert_eq!(status(&cors).failures(), 3);
    assert!(!status(&cors).is_failing() && status(&cors).error().is_none());
    assert_eq!(seen.last().map(String::as_str), Some("the loader did not return within 1s"));
    let metrics = cors.metrics();
    assert!(metrics.lines().any(|it| it == "cors_feed_failures_total{set=\"partners\"} 3"));
}

#[actix_web::test]
async fn what_is_not_accepted_is_left_out_of_a_feed() {
    let cors = Cors::builder()
        .keyed_set("tenants")
        .paths(
            "/t/{tenant}/**",
            rules().origins([set("tenants").with_key("tenant")]).credentials(true),
        )
        .build()
        .unwrap();
    let load = || async {
        Ok::<_, io::Error>(BTreeMap::from([
            ("acme".to_owned(), vec![A, "http://b.example", "c.example"]),
            ("a/b".to_owned(), vec![A]),
        ]))
    };
    cors.feed("tenants", Duration::from_secs(60), load).await.unwrap();
    let status = &cors.live_sets()[0];
    assert_eq!((status.keys(), status.origins(), status.left_out()), (Some(1), 1, 3));
    assert_eq!(cors.keyed("tenants").unwrap().origins("acme"), Some(vec![A.to_owned()]));
}

#[actix_web::test]
async fn a_feed_of_a_set_that_was_removed_fails_until_it_is_back() {
    let cors = partners();
    cors.feed("partners", SOON, || async { Ok::<_, io::Error>(vec![A]) }).await.unwrap();
    cors.apply(&Cors::builder().live_set("others").config()).unwrap();
    actix_web::rt::time::sleep(10 * SOON).await;
    cors.apply(&Cors::builder().live_set("partners").origins([set("partners")]).config()).unwrap();
    let partners = cors.live("partners").unwrap();
    until("the feed goes on", || partners.origins() == [A]).await;
    assert!(status(&cors).failures() > 0);
}

#[actix_web::test]
async fn a_load_does_not_undo_what_the_application_changed_meanwhile() {
    let cors = partners();
    let (calls, call) = calls();
    let (handle, database) = (cors.clone(), Arc::new(std::sync::Mutex::new(A)));
    let load = {
        let database = Arc::clone(&database);
        move || {
            let (number, handle) = (call(), handle.clone());
            let row = *database.lock().unwrap();
            let database = Arc::clone(&database);
            async move {
                if number == 1 {
                    // After the loader has read the database.
                    *database.lock().unwrap() = B;
                    handle.live("partners").unwrap().replace([B]).unwrap();
                }
                Ok::<_, io::Error>(vec![row])
            }
        }
    };
    let feed = cors.feed("partners", 10 * SOON, load).await.unwrap();
    assert_eq!(cors.live("partners").unwrap().origins(), [A]);
    until("the change", || cors.live("partners").unwrap().origins() == [B]).await;
    until("another load", || calls.load(Ordering::SeqCst) > 2).await;
    assert_eq!(cors.live("partners").unwrap().origins(), [B], "loaded again");
    feed.stop();
}

#[actix_web::test]
async fn a_feed_ends_with_its_cors() {
    let cors = partners();
    let (calls, call) = calls();
    let load = move || {
        call();
        async { Ok::<_, io::Error>(vec![A]) }
    };
    cors.feed("partners", SOON, load).await.unwrap();
    drop(cors);
    actix_web::rt::time::sleep(5 * SOON).await;
    let ended = calls.load(Ordering::SeqCst);
    actix_web::rt::time::sleep(10 * SOON).await;
    assert_eq!(calls.load(Ordering::SeqCst), ended);
}
