//! Reloading when the file changes (feature `watch`).
//!
//! What counts is the content: events only say when to look. So it does not
//! matter whether an editor writes in place or renames over the file, or
//! whether Kubernetes turns a symbolic link elsewhere; and what no event tells
//! (network file systems, a directory that is replaced) is found by looking
//! every few seconds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use cors_core::{Error, Source};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::ProcessState;
use super::config_file::{ConfigFile, Content};
use super::loader::{Loader, nothing_to_reload};
use crate::observe::log;

/// How long nothing may happen before a change is taken for complete.
const QUIET: Duration = Duration::from_millis(50);

/// How long to wait for quiet at most.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often to look without an event.
const INTERVAL: Duration = Duration::from_secs(5);

/// Keeps a [`Cors`](crate::Cors) in step with its file until it is dropped.
#[derive(Debug)]
#[must_use = "the file is watched until this is dropped"]
pub struct WatchGuard {
    /// Closed by dropping; the watcher holds another one.
    stop: Sender<Signal>,
}

enum Signal {
    Changed,
    Stop,
}

impl WatchGuard {
    /// Starts the thread that watches the file.
    ///
    /// # Errors
    ///
    /// When the configuration was not read from a file; the problem is placed at
    /// `caller`. When no thread can be started.
    pub(crate) fn start(process: &Arc<ProcessState>, caller: &Source) -> Result<Self, Error> {
        let Loader::File(file) = process.loader() else {
            return Err(nothing_to_reload(caller));
        };
        let (stop, signals) = channel();
        let notifier = Notifier::new(stop.clone());
        let process = Arc::clone(process);
        let watch = Watch { process, file: file.clone(), notifier, seen: None };
        std::thread::Builder::new()
            .name("cors-watch".to_owned())
            .spawn(move || watch.run(&signals))
            .map_err(|error| file.cannot_be_watched(&error))?;
        Ok(Self { stop })
    }
}

impl Drop for WatchGuard {
    fn drop(&mut self) {
        // The thread may have ended; then there is nothing to stop.
        let _ = self.stop.send(Signal::Stop);
    }
}

/// The thread that waits and looks.
struct Watch {
    process: Arc<ProcessState>,
    file: ConfigFile,
    notifier: Notifier,
    /// What the file held when it was last looked at.
    seen: Option<Content>,
}

impl Watch {
    fn run(mut self, signals: &Receiver<Signal>) {
        // It may have changed since it was read.
        let mut go_on = self.look(signals);
        while go_on {
            self.notifier.follow(self.file.path());
            match signals.recv_timeout(INTERVAL) {
                Ok(Signal::Changed) if wait_for_quiet(signals) => {}
                Err(RecvTimeoutError::Timeout) => {}
                Ok(_) | Err(RecvTimeoutError::Disconnected) => return,
            }
            go_on = self.look(signals);
        }
    }

    /// Reloads if the file holds something else than before; `false` when it is
    /// time to stop.
    fn look(&mut self, signals: &Receiver<Signal>) -> bool {
        let mut now = self.file.read();
        // Who writes may be halfway, and the first half of a file may be valid.
        while self.seen.as_ref().is_some_and(|seen| *seen != now) {
            if !wait_for_quiet(signals) {
                return false;
            }
            let before = std::mem::replace(&mut now, self.file.read());
            if before == now {
                break;
            }
        }
        if self.seen.as_ref() == Some(&now) {
            return true;
        }
        let first = self.seen.is_none();
        let Self { process, file, .. } = self;
        let result = process.replace(|| {
            // Another reload may have come first, with what was written since.
            now = file.read();
            file.parse(&now).resolve()
        });
        self.seen = Some(now);
        match result {
            Ok(()) if first => {}
            Ok(()) => log::reloaded(self.file.path()),
            Err(error) => log::not_reloaded(&error),
        }
        true
    }
}

/// Waits until nothing has happened for a moment; `false` when it is time to stop.
fn wait_for_quiet(signals: &Receiver<Signal>) -> bool {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        match signals.recv_timeout(QUIET) {
            Ok(Signal::Changed) => {}
            Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => break,
        }
    }
    true
}

/// Tells when something happens in the directories of the file.
struct Notifier {
    /// None where the system has no more watches to give: then only time tells.
    watcher: Option<RecommendedWatcher>,
    directories: BTreeSet<PathBuf>,
}

impl Notifier {
    fn new(changed: Sender<Signal>) -> Self {
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Looking at the file is an event, too.
            if !event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_))) {
                let _ = changed.send(Signal::Changed);
            }
        });
        let watcher = watcher.inspect_err(log::no_events).ok();
        Self { watcher, directories: BTreeSet::new() }
    }

    /// Watches the directory of the path, and that of the file which symbolic
    /// links lead to. A file itself cannot be watched: another may take its name.
    fn follow(&mut self, path: &Path) {
        let Some(watcher) = &mut self.watcher else { return };
        let paths = [std::path::absolute(path), path.canonicalize()];
        let wanted: BTreeSet<_> = paths
            .into_iter()
            .flatten()
            .filter_map(|path| path.parent().map(Path::to_owned))
            .collect();
        for gone in self.directories.difference(&wanted) {
            // A directory that was removed is not watched any more.
            let _ = watcher.unwatch(gone);
        }
        self.directories = wanted
            .into_iter()
            .filter(|directory| {
                self.directories.contains(directory)
                    || watcher.watch(directory, RecursiveMode::NonRecursive).is_ok()
            })
            .collect();
    }
}
