//! `cors schema`.

use std::io::{self, Write as _};

use crate::output::Status;

pub(crate) fn run() -> io::Result<Status> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(cors_core::Config::json_schema().as_bytes())?;
    stdout.flush()?;
    Ok(Status::Fine)
}
