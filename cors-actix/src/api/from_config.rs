//! The constructors that read `cors.toml` and environment variables.

use std::path::Path;

use cors_core::{Config, Error, Source};
use once_cell::sync::OnceCell;

use super::cors::Cors;
use crate::process::{ConfigFile, DEFAULT_PATH, LoadedConfig, Loader, ProcessState};

impl Cors {
    /// Reads the file that `CORS_CONFIG` names, else `./cors.toml`, then
    /// overlays `CORS_ORIGINS`, `CORS_METHODS` and so on, one variable for each
    /// setting.
    ///
    /// The file has to exist, whatever variables are set: without it, its limits
    /// and groups would be gone. [`Cors::from_env`] reads variables only.
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
    /// does not start, and the report is logged; to handle that yourself, use
    /// [`Cors::try_from_config`].
    #[must_use]
    pub fn from_config() -> Self {
        Self::try_from_config().unwrap_or_else(|error| {
            let loader = Loader::File(ConfigFile::from_environment());
            Self::of(ProcessState::failed(error, loader))
        })
    }

    /// Does what [`Cors::from_config`] does, and returns the problems as an error.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, and all problems of the configuration.
    pub fn try_from_config() -> Result<Self, Error> {
        static PROCESS: OnceCell<Cors> = OnceCell::new();
        PROCESS.get_or_try_init(|| Self::load_file(ConfigFile::from_environment())).cloned()
    }

    /// Reads environment variables only: `CORS_ORIGINS`, `CORS_METHODS` and so on,
    /// one for each setting, and `CORS_PROFILE`.
    ///
    /// Reads once in a process: every worker shares one configuration. After the
    /// program changed the variables, [`Cors::reload`] reads them again.
    ///
    /// ```no_run
    /// use actix_web::{App, HttpServer};
    /// use cors_actix::Cors;
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> std::io::Result<()> {
    /// // CORS_ORIGINS=https://app.example CORS_MAX_AGE=10m ./server
    /// HttpServer::new(|| App::new().wrap(Cors::from_env()))
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Never panics. If no variable sets a setting, if `CORS_CONFIG` is set, or if
    /// a value is wrong, the server does not start, and the report names the
    /// variable; to handle that yourself, use [`Cors::try_from_env`].
    #[must_use]
    pub fn from_env() -> Self {
        Self::try_from_env()
            .unwrap_or_else(|error| Self::of(ProcessState::failed(error, Loader::Environment)))
    }

    /// Does what [`Cors::from_env`] does, and returns the problems as an error.
    ///
    /// ```
    /// use cors_actix::Cors;
    ///
    /// // No variable is set here.
    /// let error = Cors::try_from_env().unwrap_err();
    /// assert_eq!(error.problems()[0].code().as_str(), "cors::no-variables");
    /// ```
    ///
    /// # Errors
    ///
    /// When no variable sets a setting, when `CORS_CONFIG` is set (the limits and
    /// groups of the file that it names would not apply), and all problems of the
    /// values.
    #[track_caller]
    pub fn try_from_env() -> Result<Self, Error> {
        static PROCESS: OnceCell<Cors> = OnceCell::new();
        let caller = Source::caller();
        let load = || Self::load(Loader::Environment, Loader::Environment.load(&caller)?);
        PROCESS.get_or_try_init(load).cloned()
    }

    /// Reads one file, and no environment variables.
    ///
    /// The path is relative to the directory in which the process runs. Each call reads the
    /// file: call this once, outside the closure of `HttpServer::new`.
    ///
    /// ```no_run
    /// use actix_web::{App, HttpServer};
    /// use cors_actix::Cors;
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let cors = Cors::from_path("config/cors.toml");
    /// HttpServer::new(move || App::new().wrap(cors.clone()))
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Never panics. With a file that is missing or wrong the server does not start, and the
    /// report is logged; to handle that yourself, use [`Cors::try_from_path`].
    #[must_use]
    pub fn from_path(path: impl AsRef<Path>) -> Self {
        let file = ConfigFile::new(path.as_ref());
        let loaded = file.load();
        let loader = Loader::File(file);
        Self::load(loader.clone(), loaded)
            .unwrap_or_else(|error| Self::of(ProcessState::failed(error, loader)))
    }

    /// Does what [`Cors::from_path`] does, and returns the problems as an error.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, and all problems of the configuration.
    pub fn try_from_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::load_file(ConfigFile::new(path.as_ref()))
    }

    /// The configuration of a file as [`Cors::try_from_path`] reads it, unchecked: for tools that
    /// report all problems of it, warnings included, or change it before it is checked.
    ///
    /// ```
    /// use cors_actix::Cors;
    ///
    /// let config = Cors::config_from_path("no/such/cors.toml");
    /// let error = config.resolve().unwrap_err();
    /// assert_eq!(error.problems()[0].code().as_str(), "cors::unreadable-file");
    /// ```
    #[must_use]
    pub fn config_from_path(path: impl AsRef<Path>) -> Config {
        ConfigFile::new(path.as_ref()).load().config
    }

    fn load_file(file: ConfigFile) -> Result<Self, Error> {
        let loaded = file.load();
        Self::load(Loader::File(file), loaded)
    }

    fn load(loader: Loader, loaded: LoadedConfig) -> Result<Self, Error> {
        Ok(Self::of(ProcessState::load(loader, loaded)?))
    }

    /// Reads the text of a `cors.toml`, for example one embedded in the program.
    ///
    /// ```
    /// use cors_actix::Cors;
    ///
    /// let cors = Cors::from_toml_str("[cors]\norigins = \"https://app.example\"\n");
    /// assert!(cors.table().to_string().contains("https://app.example"));
    /// ```
    ///
    /// # Errors
    ///
    /// Never panics. If something is wrong, the server does not start, and the report is
    /// logged; to handle that yourself, use [`Cors::try_from_toml_str`].
    #[must_use]
    pub fn from_toml_str(text: &str) -> Self {
        Self::or_failed(&Config::from_toml(text, DEFAULT_PATH))
    }

    /// Does what [`Cors::from_toml_str`] does, and returns the problems as an error.
    ///
    /// ```
    /// use cors_actix::Cors;
    ///
    /// let text = "[cors]\norigin = \"https://app.example\"\n";
    /// let error = Cors::try_from_toml_str(text).unwrap_err();
    /// assert_eq!(
    ///     error.to_string().lines().next(),
    ///     Some("error[cors::unknown-key]: `origin` is not a setting, so it would have no effect"),
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// All problems at once, with line and column.
    pub fn try_from_toml_str(text: &str) -> Result<Self, Error> {
        Self::new(&Config::from_toml(text, DEFAULT_PATH))
    }
}
