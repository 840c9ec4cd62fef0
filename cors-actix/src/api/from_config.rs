//! The constructors that read `cors.toml`.

use std::path::Path;
use std::sync::Arc;

use cors_core::{Config, Error};
use once_cell::sync::OnceCell;

use super::cors::Cors;
use crate::process::{ConfigFile, DEFAULT_PATH, Loader, ProcessState};

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
        Self::try_from_config().unwrap_or_else(|error| {
            let loader = Loader::File(ConfigFile::from_environment());
            Self { process: Arc::new(ProcessState::new(Err(error), loader)) }
        })
    }

    /// The same as [`Cors::from_config`], with the problems as an error.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, and all problems of what it says.
    pub fn try_from_config() -> Result<Self, Error> {
        static PROCESS: OnceCell<Cors> = OnceCell::new();
        PROCESS.get_or_try_init(|| Self::load(ConfigFile::from_environment())).cloned()
    }

    /// Reads one file, whatever the environment says.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, and all problems of what it says.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::load(ConfigFile::new(path.as_ref()))
    }

    fn load(file: ConfigFile) -> Result<Self, Error> {
        let resolver = Arc::new(file.load().resolve()?);
        Ok(Self { process: Arc::new(ProcessState::new(Ok(resolver), Loader::File(file))) })
    }

    /// Reads the text of a `cors.toml`, for example one embedded in the program.
    ///
    /// ```
    /// use cors_actix::Cors;
    ///
    /// let error = Cors::from_toml_str("[cors]\norigin = \"https://app.example\"\n").unwrap_err();
    /// assert_eq!(
    ///     error.to_string().lines().next(),
    ///     Some("error[cors::unknown-key]: `origin` is not a setting, so it would have no effect"),
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// All problems at once, with line and column.
    pub fn from_toml_str(text: &str) -> Result<Self, Error> {
        Self::new(&Config::from_toml(text, DEFAULT_PATH))
    }
}
