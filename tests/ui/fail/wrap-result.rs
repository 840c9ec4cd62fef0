use actix_web::App;
use cors_actix::Cors;

fn main() {
    let cors = Cors::builder().origins("https://app.example").build();
    let _app = App::new().wrap(cors);
}
