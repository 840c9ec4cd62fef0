//! `actix-multipart`: an upload, as a form of typed fields.

use actix_multipart::form::bytes::Bytes;
use actix_multipart::form::text::Text;
use actix_multipart::form::{MultipartForm, MultipartFormConfig};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Responder, post};
use cors_actix::{cors, resource};

use crate::exchange::{check, check_preflights, policy};

#[derive(Debug, MultipartForm)]
struct UploadForm {
    #[multipart(limit = "1KiB")]
    file: Bytes,
    name: Text<String>,
}

#[cors(origins += "https://beta.example.com", credentials)]
#[post("/videos")]
async fn post_video(MultipartForm(form): MultipartForm<UploadForm>) -> impl Responder {
    format!("{}: {} bytes", form.name.0, form.file.data.len())
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn replace(MultipartForm(form): MultipartForm<UploadForm>) -> impl Responder {
    format!("{}: {} bytes", form.name.0, form.file.data.len())
}

/// A form with these fields.
fn upload(request: TestRequest, fields: &[(&str, &str)]) -> TestRequest {
    let field = |(name, value): &(&str, &str)| {
        let disposition = format!("content-disposition: form-data; name=\"{name}\"");
        format!("--boundary\r\n{disposition}\r\n\r\n{value}\r\n")
    };
    let fields: String = fields.iter().map(field).collect();
    request
        .insert_header(("content-type", "multipart/form-data; boundary=boundary"))
        .set_payload(format!("{fields}--boundary--\r\n"))
}

#[actix_web::test]
async fn forms_that_are_refused_are_readable() {
    let app = App::new()
        .service(post_video)
        .service(resource("/videos/{id}").put(replace))
        .app_data(MultipartFormConfig::default().total_limit(64 * 1024))
        .wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "POST", "/videos").await;
    check_preflights(&app, "PUT", "/videos/7").await;
    let long = "v".repeat(2048);
    for request in [TestRequest::post().uri("/videos"), TestRequest::put().uri("/videos/7")] {
        let (method, path) = {
            let request = request.to_http_request();
            (request.method().clone(), request.uri().to_string())
        };
        let request = || TestRequest::with_uri(&path).method(method.clone());
        let complete = [("file", "video"), ("name", "first")];
        let uploaded = check(&app, 200, || upload(request(), &complete)).await;
        assert_eq!(uploaded.body, "first: 5 bytes");
        check(&app, 400, || upload(request(), &complete[..1])).await;
        check(&app, 400, || upload(request(), &[("file", &*long), ("name", "long")])).await;
        check(&app, 415, || request().insert_header(("content-type", "text/plain"))).await;
    }
}
