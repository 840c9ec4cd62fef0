//! Where a configuration comes from, so that it can be read again.

use cors_core::{Code, Config, Error, Problem, Source};

#[cfg(feature = "config")]
use super::config_file::ConfigFile;

/// Where a configuration comes from.
#[derive(Clone, Debug)]
pub(crate) enum Loader {
    /// From code: there is nothing to read again.
    Fixed,
    #[cfg(feature = "config")]
    File(ConfigFile),
}

impl Loader {
    /// Reads the configuration as it is now.
    ///
    /// # Errors
    ///
    /// When there is no file. What is wrong with it is reported when it is resolved.
    pub(crate) fn load(&self, caller: &Source) -> Result<Config, Error> {
        match self {
            Self::Fixed => Err(nothing_to_reload(caller)),
            #[cfg(feature = "config")]
            Self::File(file) => Ok(file.load()),
        }
    }
}

pub(crate) fn nothing_to_reload(source: &Source) -> Error {
    let message = "this policy was said in code, so there is no file to read it from again";
    Problem::error(Code::NOTHING_TO_RELOAD, source, message)
        .with_help("put another one in its place with `Cors::apply`")
        .into()
}
