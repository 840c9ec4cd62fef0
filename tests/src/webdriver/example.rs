//! The example servers of the workspace, as a reader would run them.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use super::Outcome;
use super::process::Process;

/// A running example server, with no `CORS_*` setting but those given.
pub struct Example(Process);

impl Example {
    /// Starts `target/<profile>/examples/<name>`, and builds it first if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be built or started.
    pub fn start<S: AsRef<OsStr>>(
        name: &str,
        arguments: impl IntoIterator<Item = S>,
        variables: &[(&str, &str)],
    ) -> Outcome<Self> {
        let mut command = Command::new(example_binary(name)?);
        command.args(arguments);
        for (variable, _) in env::vars_os() {
            if variable.to_str().is_some_and(|it| it.starts_with("CORS_")) {
                command.env_remove(variable);
            }
        }
        command.envs(variables.iter().copied());
        Ok(Self(Process::start(&mut command)?))
    }

    /// Reads lines until one contains `prefix`, and returns the word that follows.
    ///
    /// # Errors
    ///
    /// If the process ends or stays silent.
    pub fn line_after(&self, prefix: &str) -> Outcome<String> {
        self.0.line_after(prefix)
    }
}

/// This test is `target/<profile>/deps/<test>`; its neighbour directory has the examples.
fn example_binary(name: &str) -> Outcome<PathBuf> {
    let test = env::current_exe()?;
    let profile = test.ancestors().nth(2).ok_or("the test is not in a target directory")?;
    let binary = profile.join("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX));
    if !binary.is_file() {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo.args(["build", "--package", "cors-examples", "--example", name]);
        cargo.arg("--target-dir").arg(profile.parent().unwrap_or(profile));
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        if !cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status()?.success() {
            return Err(format!("the example `{name}` does not build").into());
        }
    }
    Ok(binary)
}
