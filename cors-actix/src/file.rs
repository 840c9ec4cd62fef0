//! The file that a configuration is read from, once or again and again.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use cors_core::Config;
#[cfg(feature = "watch")]
use cors_core::{Code, Error, Problem, Source};

/// Names the configuration file.
const PATH_VARIABLE: &str = "CORS_CONFIG";

/// The file in the working directory, when [`PATH_VARIABLE`] is not set.
pub(crate) const DEFAULT_PATH: &str = "cors.toml";

/// A file, and whether the environment has a say.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    overlaid: bool,
}

impl ConfigFile {
    /// The file that the environment names, overlaid by its variables.
    pub(crate) fn from_environment() -> Self {
        let path = std::env::var_os(PATH_VARIABLE).unwrap_or_else(|| DEFAULT_PATH.into());
        Self { path: path.into(), overlaid: true }
    }

    /// A file, whatever the environment says.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), overlaid: false }
    }

    #[cfg(feature = "watch")]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The configuration as it is now. What is wrong with the file is reported
    /// when it is resolved.
    pub(crate) fn load(&self) -> Config {
        self.parse(&self.read())
    }

    /// What the file holds, or why it cannot be read.
    pub(crate) fn read(&self) -> Result<Vec<u8>, ErrorKind> {
        let mut bytes = Vec::new();
        let limited = |file: File| file.take(Config::MAX_FILE_SIZE + 1).read_to_end(&mut bytes);
        match File::open(&self.path).and_then(limited) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(error.kind()),
        }
    }

    /// The configuration that the content of the file says.
    pub(crate) fn parse(&self, content: &Result<Vec<u8>, ErrorKind>) -> Config {
        let name = self.path.display().to_string();
        let config = match content {
            Ok(bytes) => Config::from_bytes(bytes, &name),
            Err(ErrorKind::NotFound) if self.may_be_missing() => {
                match Config::from_env(variables()) {
                    Some(config) => return config,
                    None => Config::unreadable(&name, &ErrorKind::NotFound.into()),
                }
            }
            Err(kind) => Config::unreadable(&name, &(*kind).into()),
        };
        if self.overlaid { config.overlay_env(variables()) } else { config }
    }

    /// Where nobody named a file, the environment may say everything.
    fn may_be_missing(&self) -> bool {
        self.overlaid && std::env::var_os(PATH_VARIABLE).is_none()
    }

    /// No thread could be started to watch it.
    #[cfg(feature = "watch")]
    pub(crate) fn cannot_be_watched(&self, error: &std::io::Error) -> Error {
        let name = self.path.display().to_string();
        let message = format!("`{name}` cannot be watched: {error}");
        Problem::error(Code::UNREADABLE_FILE, &Source::file(name, 1, 1), message)
            .with_help("free some threads, or call `Cors::reload` when it changes")
            .into()
    }
}

/// What is not UTF-8 is no origin, method or name, and is reported as such.
fn variables() -> impl Iterator<Item = (String, String)> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| (text(name), text(value)))
}
