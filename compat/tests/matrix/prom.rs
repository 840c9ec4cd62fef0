//! `actix-web-prom`: metrics of all requests, by the pattern that matched.

use actix_web::error::ErrorBadRequest;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, Responder, get};
use actix_web_prom::PrometheusMetricsBuilder;
use cors_actix::{cors, resource};

use crate::exchange::{APP, check, check_preflights, policy, policy_with_group, send};

#[cors(origins += "https://beta.example.com", credentials)]
#[get("/orders/{id}")]
async fn show() -> impl Responder {
    "an order"
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn replace() -> Result<HttpResponse, Error> {
    Err(ErrorBadRequest("not a profile"))
}

#[actix_web::test]
async fn metrics_have_a_policy_and_name_the_patterns_of_routes() {
    let metrics = PrometheusMetricsBuilder::new("api").endpoint("/metrics").build().unwrap();
    let app = App::new()
        .service(show)
        .service(resource("/profile/{name}").put(replace))
        .wrap(metrics)
        .wrap(policy_with_group("/metrics"));
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/orders/7").await;
    check_preflights(&app, "PUT", "/profile/me").await;
    check(&app, 200, || TestRequest::get().uri("/orders/7")).await;
    check(&app, 400, || TestRequest::put().uri("/profile/me")).await;
    let unknown = TestRequest::get().uri("/unknown").insert_header(("origin", APP));
    send(&app, unknown).await.assert_readable_by(APP);

    let shown = check(&app, 200, || TestRequest::get().uri("/metrics")).await;
    let requests = |endpoint: &str, method: &str, status: u16| {
        let labels = format!(r#"{{endpoint="{endpoint}",method="{method}",status="{status}"}} 2"#);
        format!("api_http_requests_total{labels}\n")
    };
    for line in [requests("/orders/{id}", "GET", 200), requests("/profile/{name}", "PUT", 400)] {
        assert!(shown.body.contains(&line), "{line} in {}", shown.body);
    }
}

/// So that preflights are counted, too.
#[actix_web::test]
async fn metrics_may_be_outside() {
    let metrics = PrometheusMetricsBuilder::new("api").endpoint("/metrics").build().unwrap();
    let app = App::new()
        .service(show)
        .service(resource("/profile/{name}").put(replace))
        .wrap(policy())
        .wrap(metrics);
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/orders/7").await;
    check_preflights(&app, "PUT", "/profile/me").await;
    check(&app, 200, || TestRequest::get().uri("/orders/7")).await;
    check(&app, 400, || TestRequest::put().uri("/profile/me")).await;
    let shown = send(&app, TestRequest::get().uri("/metrics")).await.body;
    let counted = |endpoint: &str, method: &str, status: u16| {
        let labels = format!(r#"endpoint="{endpoint}",method="{method}",status="{status}""#);
        shown.contains(&format!("api_http_requests_total{{{labels}}}"))
    };
    for endpoint in ["/orders/{id}", "/profile/{name}"] {
        assert!(counted(endpoint, "OPTIONS", 204), "{endpoint} in {shown}");
        assert!(counted(endpoint, "OPTIONS", 403), "{endpoint} in {shown}");
    }
}
