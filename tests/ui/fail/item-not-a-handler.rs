// instead: #[cors(origins = any)]
use cors_actix::cors;

#[cors(origins = any)]
pub struct Handler;

fn main() {}
