// instead: `tenants.replace("acme", …)`
use std::io::{Error, Result};

use cors_actix::Cors;
use log::error;

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let cors = Cors::builder().keyed_set("tenants").build().map_err(Error::other)?;
    let tenants = cors.keyed("tenants").map_err(Error::other)?;
    if let Err(report) = tenants.replace("/acme", "https://app.acme.example") {
        error!("{}", cors_actix::Error::from(report));
    }
    Ok(())
}
