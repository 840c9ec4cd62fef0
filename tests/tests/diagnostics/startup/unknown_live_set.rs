// instead: `cors.live("partners")`
use std::io::{Error, Result};

use cors_actix::{Cors, set};
use log::error;

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let cors = Cors::builder().live_set("partners").origins([set("partners")]);
    let cors = cors.build().map_err(Error::other)?;
    if let Err(report) = cors.live("partnres") {
        error!("{report}");
    }
    Ok(())
}
