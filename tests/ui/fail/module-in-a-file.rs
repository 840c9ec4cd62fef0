use cors_actix::cors;

#[cors(origins = any)]
#[path = "module-in-a-file/api.rs"]
mod api;

fn main() {}
