// instead: App::new().wrap(Cors::from_config())
use cors_actix::cors;

#[cors(origins = any)]
#[actix_web::main]
async fn main() {}
