//! Running the executable.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// What the command wrote, and its exit status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A directory with files, in which the command runs.
#[derive(Debug)]
pub(crate) struct Directory(tempfile::TempDir);

impl Directory {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let directory = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            directory.write(name, text.as_bytes());
        }
        directory
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs `cors` with these arguments.
    pub(crate) fn cors(&self, arguments: &[&str]) -> Output {
        self.cors_with(arguments, &[], b"")
    }

    pub(crate) fn cors_with(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
        stdin: &[u8],
    ) -> Output {
        // A test of a command that hangs has failed.
        const LONGEST: Duration = Duration::from_secs(60);
        let mut child = Command::new(executable())
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begin = Instant::now();
        let mut input = child.stdin.take().unwrap();
        let stdin = stdin.to_vec();
        let writer = std::thread::spawn(move || {
            // A command that does not read is no failure.
            let _ = input.write_all(&stdin);
        });
        let waiter = std::thread::spawn(move || child.wait_with_output().unwrap());
        while !waiter.is_finished() {
            assert!(begin.elapsed() < LONGEST, "`cors {}` does not end", arguments.join(" "));
            std::thread::sleep(Duration::from_millis(5));
        }
        let output = waiter.join().unwrap();
        writer.join().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let output = Output {
            status: output.status.code().expect("no signal"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        assert!(!output.stderr.contains("panicked"), "{output:?}");
        assert!((0..=2).contains(&output.status), "{output:?}");
        output
    }
}

pub(crate) fn executable() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_cors"))
}

/// Runs `cors` in an empty directory.
pub(crate) fn cors(arguments: &[&str]) -> Output {
    Directory::new(&[]).cors(arguments)
}
