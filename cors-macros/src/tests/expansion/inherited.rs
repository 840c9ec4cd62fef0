#[cors(__inherit(credentials, __on(origins = ["https://app.example"])))]
#[get("/orders")]
async fn orders() -> X {}
