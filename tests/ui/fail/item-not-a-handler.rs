use cors_actix::cors;

#[cors(origins = any)]
pub struct Handler;

#[cors(origins = any)]
mod api {}

fn main() {}
