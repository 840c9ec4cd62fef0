//! Reading a configuration file that may be too large, not text, or missing.
//!
//! Opening the file is left to the caller. Errors are problems of the configuration,
//! with their place, like all others.

use std::io::{self, Read};

use crate::config::{Config, Rules};
use crate::problem::{Code, Problem, Source, SourceText};

impl Config {
    /// The most bytes that a configuration file may have: 16 MiB, which is enough for
    /// 100 000 origins of 100 characters.
    pub const MAX_FILE_SIZE: u64 = 16 << 20;

    /// Reads a `cors.toml`; `path` is its name in reports.
    ///
    /// At most [`Config::MAX_FILE_SIZE`] bytes, and one more, are read.
    ///
    /// ```
    /// use cors_core::Config;
    ///
    /// let error = Config::from_reader(&b"[cors]\nexpose = \"\xff\"\n"[..], "cors.toml").resolve().unwrap_err();
    /// assert_eq!(error.problems()[0].code().as_str(), "cors::not-utf-8");
    /// assert_eq!(error.problems()[0].source().to_string(), "cors.toml:2:11");
    /// ```
    #[must_use]
    pub fn from_reader(reader: impl Read, path: &str) -> Self {
        let mut bytes = Vec::new();
        match reader.take(Self::MAX_FILE_SIZE + 1).read_to_end(&mut bytes) {
            Ok(_) => Self::from_bytes(&bytes, path),
            Err(error) => Self::unreadable(path, &error),
        }
    }

    /// Reads a `cors.toml` from bytes; `path` is its name in reports.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], path: &str) -> Self {
        if bytes.len() as u64 > Self::MAX_FILE_SIZE {
            return Self::broken(too_large(path));
        }
        match str::from_utf8(bytes) {
            Ok(text) => Self::from_toml(text, path),
            Err(error) => Self::broken(not_utf_8(bytes, error.valid_up_to(), path)),
        }
    }

    /// Creates a configuration that reports a file that cannot be opened.
    ///
    /// ```
    /// use cors_core::Config;
    ///
    /// let reason = std::io::ErrorKind::PermissionDenied.into();
    /// let error = Config::unreadable("cors.toml", &reason).resolve().unwrap_err();
    /// assert_eq!(error.problems()[0].code().as_str(), "cors::unreadable-file");
    /// ```
    #[must_use]
    pub fn unreadable(path: &str, reason: &io::Error) -> Self {
        let message = format!("`{path}` cannot be read: {reason}");
        Self::broken(
            Problem::error(Code::UNREADABLE_FILE, &Source::file(path, 1, 1), message).with_help(
                "create it, allow the server to read it, or set `CORS_CONFIG` to another file",
            ),
        )
    }

    fn broken(problem: Problem) -> Self {
        let mut config = Self::new(Rules::new(problem.source().clone()));
        config.problems.push(problem);
        config
    }
}

fn too_large(path: &str) -> Problem {
    let most = Config::MAX_FILE_SIZE >> 20;
    let message = format!("`{path}` is larger than {most} MiB, so it is not a `cors.toml`");
    Problem::error(Code::FILE_TOO_LARGE, &Source::file(path, 1, 1), message).with_help(
        "check that this is the right file; replace origins that follow a pattern with the pattern",
    )
}

fn not_utf_8(bytes: &[u8], valid: usize, path: &str) -> Problem {
    // The replacement of the invalid bytes is at the position of the first of them.
    let text = SourceText::new(path, &String::from_utf8_lossy(bytes));
    let source = Source::text(&text, valid..valid + char::REPLACEMENT_CHARACTER.len_utf8());
    let message = format!("byte 0x{:02x} is not valid UTF-8, which TOML requires", bytes[valid]);
    Problem::error(Code::NOT_UTF_8, &source, message).with_help("save the file as UTF-8")
}
