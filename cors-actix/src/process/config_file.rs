//! The file that a configuration is read from, once or again and again.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// How reports name it.
    name: String,
    /// Where it is, also when the process changes its directory.
    path: PathBuf,
    overlaid: bool,
    /// Whether the environment may say everything: nobody named a file, and none
    /// was ever seen. One that went missing would take its limits along.
    may_be_missing: Arc<AtomicBool>,
}

/// What a file holds, or why it cannot be read.
pub(crate) type Content = Result<Vec<u8>, Unreadable>;

/// An error that can be compared: another one is a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    kind: ErrorKind,
    code: Option<i32>,
}

impl Unreadable {
    fn reason(self) -> io::Error {
        self.code.map_or_else(|| self.kind.into(), io::Error::from_raw_os_error)
    }
}

impl ConfigFile {
    /// The file that the environment names, overlaid by its variables.
    pub(crate) fn from_environment() -> Self {
        match std::env::var_os(PATH_VARIABLE) {
            Some(path) => Self { overlaid: true, ..Self::new(Path::new(&path)) },
            None => Self {
                overlaid: true,
                may_be_missing: Arc::new(AtomicBool::new(true)),
                ..Self::new(Path::new(DEFAULT_PATH))
            },
        }
    }

    /// A file, whatever the environment says.
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            name: path.display().to_string(),
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
            overlaid: false,
            may_be_missing: Arc::default(),
        }
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
    pub(crate) fn read(&self) -> Content {
        let mut bytes = Vec::new();
        let limited = |file: File| file.take(Config::MAX_FILE_SIZE + 1).read_to_end(&mut bytes);
        match File::open(&self.path).and_then(limited) {
            Ok(_) => {
                self.may_be_missing.store(false, Ordering::Relaxed);
                Ok(bytes)
            }
            Err(error) => Err(Unreadable { kind: error.kind(), code: error.raw_os_error() }),
        }
    }

    /// The configuration that the content of the file says.
    pub(crate) fn parse(&self, content: &Content) -> Config {
        let config = match content {
            Ok(bytes) => Config::from_bytes(bytes, &self.name),
            Err(error) => {
                let is_missing = error.kind == ErrorKind::NotFound;
                if is_missing
                    && self.may_be_missing.load(Ordering::Relaxed)
                    && let Some(config) = Config::from_env(variables())
                {
                    return config;
                }
                Config::unreadable(&self.name, &error.reason())
            }
        };
        if self.overlaid { config.overlay_env(variables()) } else { config }
    }

    /// No thread could be started to watch it.
    #[cfg(feature = "watch")]
    pub(crate) fn cannot_be_watched(&self, error: &std::io::Error) -> Error {
        let name = &self.name;
        let message = format!("`{name}` cannot be watched: {error}");
        Problem::error(Code::UNREADABLE_FILE, &Source::file(name.as_str(), 1, 1), message)
            .with_help("free some threads, or call `Cors::reload` when it changes")
            .into()
    }
}

/// What is not UTF-8 is no origin, method or name, and is reported as such.
fn variables() -> impl Iterator<Item = (String, String)> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| (text(name), text(value)))
}
