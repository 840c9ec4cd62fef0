//! `cors schema`.

use std::io::{self, Write as _};

use crate::output::{Status, unless_closed};

pub(crate) fn run() -> io::Result<Status> {
    let mut stdout = io::stdout().lock();
    let schema = cors_core::Config::json_schema();
    unless_closed(stdout.write_all(schema.as_bytes()).and_then(|()| stdout.flush()))?;
    Ok(Status::Fine)
}
