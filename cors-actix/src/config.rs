//! Where `cors.toml` is found, and how its environment overlays it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cors_core::{Code, Config, Error, Problem, Source};
use once_cell::sync::OnceCell;

use crate::Cors;

/// Names the configuration file.
const PATH_VARIABLE: &str = "CORS_CONFIG";

/// The file in the working directory, when [`PATH_VARIABLE`] is not set.
const DEFAULT_PATH: &str = "cors.toml";

impl Cors {
    /// Reads the file that `CORS_CONFIG` names, else `./cors.toml`, then
    /// overlays `CORS_ORIGINS`, `CORS_METHODS` and so on, a variable a setting.
    ///
    /// Reads once in a process: every worker shares one configuration.
    ///
    /// ```no_run
    /// use actix_web::{App, HttpServer};
    /// use cors_actix::Cors;
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> std::io::Result<()> {
    /// HttpServer::new(|| App::new().wrap(Cors::from_config()))
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Never panics. With a configuration that is missing or wrong the server
    /// does not start, and the report says why; to handle that yourself, use
    /// [`Cors::try_from_config`].
    #[must_use]
    pub fn from_config() -> Self {
        match Self::try_from_config() {
            Ok(cors) => cors,
            Err(error) => Self { resolver: Err(Arc::new(error)) },
        }
    }

    /// The same as [`Cors::from_config`], with the problems as an error.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, and all problems of what it says.
    pub fn try_from_config() -> Result<Self, Error> {
        static PROCESS: OnceCell<Cors> = OnceCell::new();
        let read = || {
            let path = std::env::var_os(PATH_VARIABLE).map(PathBuf::from);
            let path = path.unwrap_or_else(|| PathBuf::from(DEFAULT_PATH));
            let config = read(&path)?.overlay_env(variable);
            Self::try_from_parts(&config)
        };
        PROCESS.get_or_try_init(read).cloned()
    }

    /// Reads one file, whatever the environment says.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, and all problems of what it says.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::try_from_parts(&read(path.as_ref())?)
    }

    /// Reads the text of a `cors.toml`, for example one embedded in the program.
    ///
    /// ```
    /// use cors_actix::Cors;
    ///
    /// let error = Cors::from_toml_str("[cors]\norigin = \"https://app.example\"\n").unwrap_err();
    /// assert_eq!(
    ///     error.to_string().lines().next(),
    ///     Some("error[cors::unknown-key]: there is no key `origin` here, so it would have no effect"),
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// All problems at once, with line and column.
    pub fn from_toml_str(text: &str) -> Result<Self, Error> {
        Self::try_from_parts(&Config::from_toml(text, DEFAULT_PATH))
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
