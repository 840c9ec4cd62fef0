//! The file that a configuration is read from, once or again and again.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "watch")]
use cors_core::Error;
use cors_core::{Code, Config, Problem, Rules, Source};

use super::loader::{ConfigSource, LoadedConfig, is_blank, variables};

/// Names the configuration file.
const PATH_VARIABLE: &str = "CORS_CONFIG";

/// The file in the working directory, when [`PATH_VARIABLE`] is not set or empty.
pub(crate) const DEFAULT_PATH: &str = "cors.toml";

/// A configuration file, and whether environment variables overlay it.
#[derive(Clone, Debug)]
pub(crate) struct ConfigFile {
    /// How reports name it.
    name: String,
    /// Absolute, so that it stays the same file when the process changes its
    /// working directory.
    path: Arc<Path>,
    named_by: FileChoice,
}

/// How the file was chosen: this decides the help of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileChoice {
    /// [`DEFAULT_PATH`].
    Default,
    /// [`PATH_VARIABLE`].
    Variable,
    /// `Cors::try_from_path`: environment variables are not read.
    Code,
}

/// The bytes of a file, or why it cannot be read.
pub(crate) type Content = Result<Arc<[u8]>, ReadFailure>;

/// Why a file cannot be read; comparable, because another reason is a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReadFailure {
    Missing,
    /// A symbolic link to this path, where nothing exists.
    DanglingLink(PathBuf),
    Directory,
    Other {
        kind: ErrorKind,
        code: Option<i32>,
    },
}

impl ReadFailure {
    fn new(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => path.read_link().map_or(Self::Missing, Self::DanglingLink),
            // Windows refuses to open a directory, other systems to read it.
            _ if path.is_dir() => Self::Directory,
            kind => Self::Other { kind, code: error.raw_os_error() },
        }
    }
}

impl ConfigFile {
    /// The file that the environment names, overlaid by its variables.
    pub(crate) fn from_environment() -> Self {
        match std::env::var_os(PATH_VARIABLE).filter(|path| !is_blank(path)) {
            Some(path) => Self::named(Path::new(&path), FileChoice::Variable),
            None => Self::named(Path::new(DEFAULT_PATH), FileChoice::Default),
        }
    }

    /// A file that no environment variable overlays.
    pub(crate) fn new(path: &Path) -> Self {
        Self::named(path, FileChoice::Code)
    }

    fn named(path: &Path, named_by: FileChoice) -> Self {
        let name = path.display().to_string();
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Self { name, path: path.into(), named_by }
    }

    #[cfg(feature = "watch")]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where a configuration comes from that could not be read from this file.
    pub(crate) fn not_loaded(&self) -> ConfigSource {
        ConfigSource::File { path: Arc::clone(&self.path), content: None }
    }

    /// Reads the configuration. What is wrong with the file is reported when it
    /// is resolved.
    pub(crate) fn load(&self) -> LoadedConfig {
        self.parse(&self.read())
    }

    /// Reads the bytes of the file.
    pub(crate) fn read(&self) -> Content {
        let mut bytes = Vec::new();
        let limited = |file: File| file.take(Config::MAX_FILE_SIZE + 1).read_to_end(&mut bytes);
        match File::open(&self.path).and_then(limited) {
            Ok(_) => Ok(bytes.into()),
            Err(error) => Err(ReadFailure::new(&self.path, &error)),
        }
    }

    /// The configuration of what the file contains, overlaid by the environment.
    pub(crate) fn parse(&self, content: &Content) -> LoadedConfig {
        let config = match content {
            Ok(bytes) => Config::from_bytes(bytes, &self.name),
            Err(reason) => {
                let problem = self.unreadable(reason);
                Config::new(Rules::new(problem.source().clone())).problem(problem)
            }
        };
        let config = match self.named_by {
            FileChoice::Default | FileChoice::Variable => config.overlay_env(variables()),
            FileChoice::Code => config,
        };
        let content = content.as_ref().ok().map(Arc::clone);
        LoadedConfig { config, from: ConfigSource::File { path: Arc::clone(&self.path), content } }
    }

    fn unreadable(&self, reason: &ReadFailure) -> Problem {
        let source = Source::file(self.name.as_str(), 1, 1);
        let problem = |message: String| Problem::error(Code::UNREADABLE_FILE, &source, message);
        let file = self.path.file_name().map(Path::new).unwrap_or(&self.path).display();
        let directory = self.path.parent().unwrap_or(&self.path).display();
        let directory = match self.named_by {
            FileChoice::Default => format!("the working directory `{directory}`"),
            FileChoice::Variable | FileChoice::Code => format!("`{directory}`"),
        };
        let (message, help) = match reason {
            ReadFailure::Missing => {
                (format!("`{file}` does not exist in {directory}"), self.choose_another())
            }
            ReadFailure::DanglingLink(target) => (
                format!(
                    "`{file}` in {directory} is a symbolic link to `{}`, which does not exist",
                    target.display()
                ),
                format!("create the target of the link, or {}", self.choose_another()),
            ),
            ReadFailure::Directory => {
                (format!("`{file}` in {directory} is a directory"), self.choose_another())
            }
            ReadFailure::Other { kind, code } => {
                let error = code.map_or_else(|| (*kind).into(), io::Error::from_raw_os_error);
                (
                    format!("`{file}` in {directory} cannot be read: {error}"),
                    "let the user that runs the server read the file".to_owned(),
                )
            }
        };
        problem(message).with_help(help)
    }

    fn choose_another(&self) -> String {
        match self.named_by {
            FileChoice::Default => format!(
                "start the server in the directory of the file, name the file in \
                 `{PATH_VARIABLE}`, or read environment variables only with `Cors::from_env()`"
            ),
            FileChoice::Variable => format!(
                "name the file in `{PATH_VARIABLE}`, absolute or relative to the working \
                 directory, or read environment variables only with `Cors::from_env()`"
            ),
            FileChoice::Code => "pass the path of the file".to_owned(),
        }
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
