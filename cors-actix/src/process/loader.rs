//! Where a configuration comes from, so that it can be read again.

#[cfg(feature = "config")]
use std::path::Path;
#[cfg(feature = "config")]
use std::sync::Arc;

use cors_core::{Code, Config, Error, Problem, Source};

#[cfg(feature = "config")]
use super::config_file::ConfigFile;
use crate::observe::log;

/// Where a configuration is read.
#[derive(Clone, Debug)]
pub(crate) enum Loader {
    /// Built in code: there is nothing to read again.
    Fixed,
    /// Environment variables alone.
    #[cfg(feature = "config")]
    Environment,
    #[cfg(feature = "config")]
    File(ConfigFile),
}

/// A configuration as it was read.
#[derive(Debug)]
pub(crate) struct LoadedConfig {
    pub(crate) config: Config,
    pub(crate) from: ConfigSource,
}

/// Where the configuration in force was read.
#[derive(Clone, Debug)]
pub(crate) enum ConfigSource {
    Code,
    #[cfg(feature = "config")]
    Environment,
    #[cfg(feature = "config")]
    File {
        path: Arc<Path>,
        /// The content of the file, if it could be read.
        #[cfg_attr(not(feature = "watch"), expect(dead_code, reason = "compared by `watch`"))]
        content: Option<Arc<[u8]>>,
    },
}

impl Loader {
    /// Reads the configuration as it is now.
    ///
    /// # Errors
    ///
    /// When it was built in code. What is wrong with what is read is reported when
    /// it is resolved.
    pub(crate) fn load(&self, caller: &Source) -> Result<LoadedConfig, Error> {
        match self {
            Self::Fixed => Err(nothing_to_reload(caller)),
            #[cfg(feature = "config")]
            Self::Environment => Ok(LoadedConfig {
                config: Config::from_env(variables()),
                from: ConfigSource::Environment,
            }),
            #[cfg(feature = "config")]
            Self::File(file) => Ok(file.load()),
        }
    }

    /// Where a configuration comes from that this could not read.
    pub(crate) fn failed(&self) -> ConfigSource {
        match self {
            Self::Fixed => ConfigSource::Code,
            #[cfg(feature = "config")]
            Self::Environment => ConfigSource::Environment,
            #[cfg(feature = "config")]
            Self::File(file) => file.not_loaded(),
        }
    }

    /// Why there is no file to watch.
    #[cfg(feature = "watch")]
    pub(crate) fn nothing_to_watch(&self, caller: &Source) -> Error {
        let (message, help) = match self {
            Self::Environment => (
                "this policy was read from environment variables, so there is no file to watch",
                "call `Cors::reload` after the variables changed, or read a file with \
                 `Cors::from_config`",
            ),
            Self::Fixed | Self::File(_) => (
                "this policy was built in code, so there is no file to watch",
                "replace it with `Cors::apply`",
            ),
        };
        Problem::error(Code::NOTHING_TO_WATCH, caller, message).with_help(help).into()
    }
}

impl ConfigSource {
    /// Logs that an application starts with this configuration.
    pub(crate) fn log_loaded(&self, profile: Option<&str>) {
        let (source, path) = self.fields();
        log::loaded(source, path.as_deref(), profile);
    }

    /// Logs that this configuration replaced another one.
    pub(crate) fn log_reloaded(&self, profile: Option<&str>) {
        let (source, path) = self.fields();
        log::reloaded(source, path.as_deref(), profile);
    }

    /// The file that the configuration was read from, as an absolute path.
    pub(crate) fn file(&self) -> Option<String> {
        self.fields().1
    }

    fn fields(&self) -> (&'static str, Option<String>) {
        match self {
            Self::Code => ("code", None),
            #[cfg(feature = "config")]
            Self::Environment => ("environment", None),
            #[cfg(feature = "config")]
            Self::File { path, .. } => ("file", Some(path.display().to_string())),
        }
    }
}

/// The environment without the variables of this library that are empty. What is not
/// UTF-8 is no origin, method or name, and is reported as such.
#[cfg(feature = "config")]
pub(super) fn variables() -> impl Iterator<Item = (String, String)> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().filter_map(move |(name, value)| {
        let name = text(name);
        if name.starts_with("CORS_") && is_blank(&value) {
            log::empty_variable(&name);
            return None;
        }
        Some((name, text(value)))
    })
}

/// Whether the value of a variable counts as unset: Compose sets empty ones.
#[cfg(feature = "config")]
pub(super) fn is_blank(value: &std::ffi::OsStr) -> bool {
    value.to_string_lossy().trim().is_empty()
}

fn nothing_to_reload(source: &Source) -> Error {
    let message = "this policy was built in code, so there is no file to read it from again";
    Problem::error(Code::NOTHING_TO_RELOAD, source, message)
        .with_help("replace it with `Cors::apply`")
        .into()
}
