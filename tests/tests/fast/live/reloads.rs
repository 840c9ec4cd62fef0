//! What a reload does to the content of live sets.

use cors_actix::{Cors, rules, set};

use super::*;

#[actix_web::test]
async fn a_reload_keeps_the_content_of_sets_that_are_still_there() {
    let policy = || Cors::builder().live_set("partners").origins([set("partners")]);
    let cors = policy().build().unwrap();
    let app = serve!(cors);
    let partners = cors.live("partners").unwrap();
    partners.replace([A]).unwrap();
    cors.apply(&policy().headers(["x-new"]).config()).unwrap();
    assert_eq!(get(&app, "/", A).await, readable(A));
    partners.insert([B]).unwrap();
    assert_eq!(get(&app, "/", B).await, readable(B), "the handle works on");
}

#[actix_web::test]
async fn a_reload_that_does_not_accept_the_content_changes_nothing() {
    let policy = || Cors::builder().live_set("partners").origins([set("partners")]);
    let cors = policy().build().unwrap();
    let app = serve!(cors);
    cors.live("partners").unwrap().replace([A, "http://b.example"]).unwrap();
    let error = cors.apply(&policy().credentials(true).config()).unwrap_err();
    let report = error.to_string();
    assert!(report.contains("cors::insecure-with-credentials"), "{report}");
    assert!(report.contains("it is in the live set `partners`"), "{report}");
    assert_eq!(get(&app, "/", "http://b.example").await, readable("http://b.example"));
    cors.live("partners").unwrap().remove(["http://b.example"]).unwrap();
    cors.apply(&policy().credentials(true).config()).unwrap();
    assert_eq!(get(&app, "/", A).await.len(), 3);
}

#[actix_web::test]
async fn a_reload_that_removes_a_set_is_reported_by_its_handles() {
    let policy = || Cors::builder().live_set("partners").origins([set("partners")]);
    let cors = policy().build().unwrap();
    let app = serve!(cors);
    let partners = cors.live("partners").unwrap();
    partners.replace([A]).unwrap();
    cors.apply(&Cors::builder().live_set("others").origins([B]).config()).unwrap();
    assert_eq!(get(&app, "/", A).await, unreadable());
    let error = partners.replace([A]).unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.code().as_str(), "cors::unknown-live-set");
    assert_eq!(problem.help(), Some("the live sets are `others`"));
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
    assert_eq!((partners.origins(), partners.status()), (Vec::new(), None));
    assert!(cors.live("partners").is_err());

    cors.apply(&policy().config()).unwrap();
    assert_eq!(get(&app, "/", A).await, unreadable(), "a set that comes back is empty");
    partners.replace([A]).unwrap();
    assert_eq!(get(&app, "/", A).await, readable(A));
}

#[actix_web::test]
async fn a_set_that_gets_keys_is_another_set() {
    let keyed = rules().origins([set("partners").with_key("tenant")]);
    let cors = Cors::builder().live_set("partners").origins([set("partners")]).build().unwrap();
    let app = serve!(cors);
    let partners = cors.live("partners").unwrap();
    partners.replace([A]).unwrap();
    let next = Cors::builder().keyed_set("partners").paths("/t/{tenant}", keyed);
    cors.apply(&next.config()).unwrap();
    let error = partners.replace([A]).unwrap_err();
    assert_eq!(error.problem().unwrap().code().as_str(), "cors::wrong-kind-of-set");
    cors.keyed("partners").unwrap().replace("acme", [A]).unwrap();
    assert_eq!(get(&app, "/t/acme", A).await, readable(A));
}
