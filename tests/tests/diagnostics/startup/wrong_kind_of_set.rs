// instead: `cors.keyed("tenants")`
use std::io::{Error, Result};

use cors_actix::Cors;
use log::error;

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let cors = Cors::builder().keyed_set("tenants").build().map_err(Error::other)?;
    if let Err(report) = cors.live("tenants") {
        error!("{report}");
    }
    Ok(())
}
