//! A child process that ends with the value that stands for it.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::{Outcome, PATIENCE};

/// A child process, its output read line by line, killed on drop with all that it has started.
pub(super) struct Process {
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    pub(super) fn start(command: &mut Command) -> Outcome<Self> {
        // A group of its own: a driver that is killed leaves its browser running.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        let output = child.stdout.take().ok_or("stdout is not piped")?;
        let (sender, lines) = channel();
        // Reads to the end, so that the process never blocks on a full pipe.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                sender.send(line).unwrap_or_default();
            }
        });
        Ok(Self { child, lines })
    }

    /// Reads lines until one contains `prefix`, and returns the word that follows.
    pub(super) fn line_after(&self, prefix: &str) -> Outcome<String> {
        loop {
            let line = self
                .lines
                .recv_timeout(PATIENCE)
                .map_err(|_| format!("the process printed no line with `{prefix}`"))?;
            if let Some((_, rest)) = line.split_once(prefix) {
                return Ok(rest.split(' ').next().unwrap_or_default().to_owned());
            }
        }
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        #[cfg(unix)]
        Command::new("kill")
            .args(["-KILL", "--", &format!("-{}", self.child.id())])
            .stderr(Stdio::null())
            .status()
            .map(drop)
            .unwrap_or_default();
        // It may have ended by itself.
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}

/// The program that a variable names, else the first of `names` on the `PATH` or with a path.
pub(super) fn find(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        return Some(PathBuf::from(path)).filter(|it| it.is_file());
    }
    let path = env::var_os("PATH")?;
    names
        .iter()
        .flat_map(|name| env::split_paths(&path).map(move |directory| directory.join(name)))
        .find(|it| it.is_file())
}
