//! Reading a file that may be anything: too large, not text, not there.
//!
//! Opening it is left to the caller. Whatever is wrong is a problem of the
//! configuration, with its place, like all others.

use std::io::{self, Read};

use crate::config::{Config, Rules};
use crate::problem::{Code, Problem, Source, SourceText};

impl Config {
    /// The most bytes that a configuration file may have: 16 MiB, which a hundred
    /// thousand origins of a hundred characters fit in.
    pub const MAX_FILE_SIZE: u64 = 16 << 20;

    /// Reads a `cors.toml`; `path` is how reports name it.
    ///
    /// Of what is longer than [`Config::MAX_FILE_SIZE`], no more than that is read.
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

    /// The same for bytes that have been read.
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

    /// A file that cannot be opened, and why.
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
                "create it, let the server read it, or name another file in `CORS_CONFIG`",
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
    Problem::error(Code::FILE_TOO_LARGE, &Source::file(path, 1, 1), message)
        .with_help("is this the right file? origins that follow a pattern can be said as one")
}

fn not_utf_8(bytes: &[u8], valid: usize, path: &str) -> Problem {
    // What stands for the bytes that are none has the place of the first of them.
    let text = SourceText::new(path, &String::from_utf8_lossy(bytes));
    let source = Source::text(&text, valid..valid + char::REPLACEMENT_CHARACTER.len_utf8());
    let message =
        format!("byte 0x{:02x} here is not UTF-8, which TOML is written in", bytes[valid]);
    Problem::error(Code::NOT_UTF_8, &source, message).with_help("save the file as UTF-8")
}
