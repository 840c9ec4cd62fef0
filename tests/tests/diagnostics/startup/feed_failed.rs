// instead: a loader that succeeds when the server starts
use std::io::{Error, Result};
use std::time::Duration;

use cors_actix::{Cors, set};
use log::error;

async fn load() -> Result<Vec<String>> {
    Err(Error::other("connection refused"))
}

#[actix_web::main]
pub(super) async fn main() -> Result<()> {
    let cors = Cors::builder().live_set("partners").origins([set("partners")]);
    let cors = cors.build().map_err(Error::other)?;
    if let Err(report) = cors.feed("partners", Duration::from_secs(60), load).await {
        error!("{report}");
    }
    Ok(())
}
