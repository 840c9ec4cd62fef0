//! The recipe for settings of an application's users.

// On the page:
use cors_actix::core::Config;
use cors_actix::{Cors, Error};
use serde::Deserialize;

#[derive(Deserialize)]
struct Settings {
    cors: Config,
}

fn policy(settings: Settings) -> Result<Cors, Error> {
    Cors::new(&settings.cors.lenient())
}
// Not on the page.

/// The `Cors` of these settings.
pub(super) fn cors(settings: &str) -> Cors {
    policy(serde_json::from_str(settings).expect("settings")).expect("harmless values")
}
