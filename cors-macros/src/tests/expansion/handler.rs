#[cors(
    origins += ["https://beta.example", crate::ORIGINS, regex(r"https://pr-\d+\.example"), set("partners")],
    methods = GET,
    headers = any,
    credentials = false,
    max_age = "10m",
)]
/// Returns a user.
#[cfg(feature = "users")]
#[routes]
#[get("/users/{id}", name = "user")]
#[delete("/users/{id}",)]
#[tracing::instrument]
pub(crate) async fn user(id: web::Path<u32>) -> impl Responder {
    id.to_string()
}
