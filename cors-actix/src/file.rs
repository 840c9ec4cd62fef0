//! The file that a configuration is read from, once or again and again.

use std::path::{Path, PathBuf};

use cors_core::{Code, Config, Error, Problem, Source};

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

    /// # Errors
    ///
    /// When it cannot be read. What is wrong with its content is reported when it
    /// is resolved.
    pub(crate) fn load(&self) -> Result<Config, Error> {
        Ok(self.parse(&self.read()?))
    }

    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn read(&self) -> Result<String, Error> {
        let name = self.path.display();
        let bytes = std::fs::read(&self.path).map_err(|error| {
            self.problem(
                format!("`{name}` cannot be read: {error}"),
                format!(
                    "create it; `Cors::from_config` reads the file that `{PATH_VARIABLE}` names"
                ),
            )
        })?;
        String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            self.problem(
                format!("`{name}` is not UTF-8: byte {valid} is the first that is not"),
                "save it as UTF-8".to_owned(),
            )
        })
    }

    /// The configuration that a text of the file says.
    pub(crate) fn parse(&self, text: &str) -> Config {
        let config = Config::from_toml(text, &self.path.display().to_string());
        if self.overlaid { config.overlay_env(variables()) } else { config }
    }

    /// No thread could be started to watch it.
    #[cfg(feature = "watch")]
    pub(crate) fn cannot_be_watched(&self, error: &std::io::Error) -> Error {
        self.problem(
            format!("`{}` cannot be watched: {error}", self.path.display()),
            "free some threads, or call `Cors::reload` when it changes".to_owned(),
        )
    }

    fn problem(&self, message: String, help: String) -> Error {
        let source = Source::file(self.path.display().to_string(), 1, 1);
        Problem::error(Code::UNREADABLE_FILE, &source, message).with_help(help).into()
    }
}

/// What is not UTF-8 is no origin, method or name, and is reported as such.
fn variables() -> impl Iterator<Item = (String, String)> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| (text(name), text(value)))
}
