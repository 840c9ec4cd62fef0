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

    /// # Errors
    ///
    /// When it cannot be read. What is wrong with its content is reported when it
    /// is resolved.
    pub(crate) fn load(&self) -> Result<Config, Error> {
        let config = read(&self.path)?;
        Ok(if self.overlaid { config.overlay_env(variable) } else { config })
    }
}

/// What is not UTF-8 is no origin, method or name, and is reported as such.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn read(path: &Path) -> Result<Config, Error> {
    let name = path.display().to_string();
    let problem = |message: String, help: String| {
        let source = Source::file(name.as_str(), 1, 1);
        Error::from(Problem::error(Code::UNREADABLE_FILE, &source, message).with_help(help))
    };
    let bytes = std::fs::read(path).map_err(|error| {
        problem(
            format!("`{name}` cannot be read: {error}"),
            format!("create it; `Cors::from_config` reads the file that `{PATH_VARIABLE}` names"),
        )
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        problem(
            format!("`{name}` is not UTF-8: byte {valid} is the first that is not"),
            "save it as UTF-8".to_owned(),
        )
    })?;
    Ok(Config::from_toml(&text, &name))
}
