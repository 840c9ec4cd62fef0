//! Reading a `cors.toml`, or a table of policies that was saved as JSON.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use cors_actix::{Code, Cors, Error, PolicyTable};
use cors_core::{Config, Resolver, Source};
use serde::Deserialize;

use crate::args::ReadOptions;

/// Where a configuration is read, and as what it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    path: PathBuf,
}

/// The name of standard input in reports.
const STDIN: &str = "<stdin>";

impl Input {
    /// The file of an argument: by default that of a server.
    pub(crate) fn or_default(file: Option<&Path>, read: &ReadOptions) -> Self {
        let named = || read.env.then(|| std::env::var_os("CORS_CONFIG")).flatten();
        let named = || named().filter(|path| !path.to_string_lossy().trim().is_empty());
        let default = || named().map_or_else(|| PathBuf::from("cors.toml"), PathBuf::from);
        Self::new(&file.map_or_else(default, Path::to_owned))
    }

    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The name of the file in reports.
    pub(crate) fn name(&self) -> String {
        if self.is_stdin() { STDIN.to_owned() } else { self.path.display().to_string() }
    }

    fn is_stdin(&self) -> bool {
        self.path.as_os_str() == OsStr::new("-")
    }

    /// The configuration, unchecked.
    pub(crate) fn config(&self, read: &ReadOptions) -> Config {
        let config = match self.is_stdin() {
            true => Config::from_reader(io::stdin().lock(), STDIN),
            false => Cors::config_from_path(&self.path),
        };
        with_options(config, read)
    }

    /// The table of policies, without an application.
    pub(crate) fn table(&self, resolver: &Resolver) -> PolicyTable {
        let absolute = std::path::absolute(&self.path).ok().filter(|_| !self.is_stdin());
        let absolute = absolute.map(|path| path.display().to_string());
        PolicyTable::without_application(resolver, absolute.as_deref())
    }

    /// The table of a `cors.toml` or of a saved table.
    pub(crate) fn read_table(&self, read: &ReadOptions) -> Result<PolicyTable, NoTable> {
        let bytes = match self.bytes() {
            Ok(bytes) => bytes,
            // The report about a file that cannot be read is that of a server.
            Err(_) if !self.is_stdin() => {
                let config = Cors::config_from_path(&self.path);
                return Err(config.resolve().map_or_else(NoTable::Config, |_| {
                    NoTable::Table(format!("`{}` cannot be read", self.name()))
                }));
            }
            Err(error) => {
                return Err(NoTable::Table(format!("{STDIN} cannot be read: {error}")));
            }
        };
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        if text.trim_ascii_start().starts_with(b"{") {
            return saved_table(text).map_err(|error| {
                NoTable::Table(format!("`{}` is no table of policies: {error}", self.name()))
            });
        }
        let config = with_options(Config::from_bytes(&bytes, &self.name()), read);
        Ok(self.table(&config.resolve().map_err(NoTable::Config)?))
    }

    /// At most one byte more than a configuration may have.
    fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let most = Config::MAX_FILE_SIZE + 1;
        match self.is_stdin() {
            true => io::stdin().lock().take(most).read_to_end(&mut bytes)?,
            false => File::open(&self.path)?.take(most).read_to_end(&mut bytes)?,
        };
        Ok(bytes)
    }
}

/// Why there is no table.
#[derive(Debug)]
pub(crate) enum NoTable {
    /// The configuration has errors, or its file cannot be read.
    Config(Error),
    /// It is no saved table.
    Table(String),
}

fn with_options(config: Config, read: &ReadOptions) -> Config {
    let ReadOptions { profile, env, lenient } = read;
    let config = match env {
        true => config.overlay_env(std::env::vars_os().map(|(name, value)| {
            let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
            (text(name), text(value))
        })),
        false => config,
    };
    let config = match profile {
        Some(profile) => config.profile(profile, Source::option("--profile")),
        None => config,
    };
    if *lenient { config.lenient() } else { config }
}

/// Reads a table that was serialised by itself, or by `cors check --format json`.
fn saved_table(text: &[u8]) -> Result<PolicyTable, serde_json::Error> {
    #[derive(Deserialize)]
    struct SavedCheck {
        table: PolicyTable,
    }
    match serde_json::from_slice::<SavedCheck>(text) {
        Ok(SavedCheck { table }) => Ok(table),
        Err(_) => serde_json::from_slice(text),
    }
}

/// Whether the file itself cannot be read, rather than that it contains errors.
pub(crate) fn is_unreadable(error: &Error) -> bool {
    let codes = error.problems().iter().map(cors_core::Problem::code);
    codes.into_iter().any(|code| matches!(code, Code::UNREADABLE_FILE | Code::FILE_TOO_LARGE))
}
