//! Reloading when the file changes (feature `watch`).
//!
//! Only the content matters: events only cause a look at the file. So it does not
//! matter whether an editor writes in place or renames over the file, or whether
//! Kubernetes turns a symbolic link to another directory; and what no event
//! reports (network file systems, a directory that is replaced) is found by
//! looking every few seconds. When content is complete is decided by settle.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use cors_core::{Error, Source};
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::ProcessState;
use super::config_file::{ConfigFile, Content};
use super::loader::Loader;
use super::settle::{FileDecision, FileStamp, FileState, SettleState};
use crate::observe::log;

/// How long no event may come before a look at the file.
const PAUSE: Duration = Duration::from_millis(50);

/// How long to wait for such a pause at most.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often to look without an event.
const INTERVAL: Duration = Duration::from_secs(5);

/// Keeps a [`Cors`](crate::Cors) in step with its file until it is dropped.
#[derive(Debug)]
#[must_use = "the file is watched until this is dropped"]
pub struct WatchGuard {
    /// Closed by dropping; the watcher has another one.
    stop: Sender<Signal>,
}

enum Signal {
    /// Something happened in a directory of the file.
    Changed,
    /// This path has another file now, by rename.
    Renamed(PathBuf),
    /// The file of this path was written to.
    Written(PathBuf),
    /// The file of this path was closed by a program that wrote to it.
    Closed(PathBuf),
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
            return Err(process.loader().nothing_to_watch(caller));
        };
        let (stop, signals) = channel();
        let notifier = Notifier::new(stop.clone());
        let process = Arc::clone(process);
        let watch = Watch::new(process, file.clone(), notifier);
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
    settling: SettleState,
    /// Where symbolic links led at the last look.
    target: Option<PathBuf>,
    /// Whether the last event was a rename over the file.
    renamed: bool,
    /// Whether the file was written to, and not closed since.
    open: bool,
}

impl Watch {
    fn new(process: Arc<ProcessState>, file: ConfigFile, notifier: Notifier) -> Self {
        let settling = SettleState::default();
        Self { process, file, notifier, settling, target: None, renamed: false, open: false }
    }

    fn run(mut self, signals: &Receiver<Signal>) {
        loop {
            self.notifier.follow(self.file.path());
            let wait = self.look().min(INTERVAL);
            match signals.recv_timeout(wait) {
                Ok(signal) => {
                    if !self.note(signal) || !self.wait_for_pause(signals) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Looks at the file, and applies complete content; returns when to look again.
    fn look(&mut self) -> Duration {
        let sight = self.sight();
        match self.settling.look(sight, self.process.file_in_force().as_ref(), Instant::now()) {
            FileDecision::Keep => INTERVAL,
            FileDecision::Wait(duration) => duration,
            FileDecision::Truncated => {
                log::truncated(self.file.path());
                INTERVAL
            }
            FileDecision::Apply(content) => match self.apply(&content) {
                true => INTERVAL,
                false => {
                    self.settling.unsettle();
                    PAUSE
                }
            },
        }
    }

    fn sight(&mut self) -> FileState {
        let path = self.file.path();
        let stamp = || path.metadata().ok().map(|metadata| FileStamp::new(&metadata));
        let before = stamp();
        let target = path.canonicalize().ok();
        let is_linked_elsewhere =
            self.target.is_some() && target.is_some() && self.target != target;
        let content = self.file.read();
        let stamp = stamp();
        let unchanged = before.is_some() && before == stamp;
        let replaced = unchanged && (self.renamed || is_linked_elsewhere);
        self.renamed = false;
        self.open &= !is_linked_elsewhere;
        self.target = target.or_else(|| self.target.take());
        FileState { content, stamp, replaced, open: self.open }
    }

    /// Applies the content, or logs what is wrong with it; `false` if the file has
    /// changed by now.
    fn apply(&self, content: &Content) -> bool {
        let mut unchanged = true;
        let result = self.process.replace(|| {
            // Another reload may have come first, with what was written since.
            unchanged = self.file.read() == *content;
            Ok(unchanged.then(|| self.file.parse(content)))
        });
        if let Err(error) = result {
            log::not_reloaded(&error);
        }
        unchanged
    }

    /// Remembers what happened to the file; `false` when it is time to stop.
    fn note(&mut self, signal: Signal) -> bool {
        let is_ours = |path: &Path| {
            path == self.file.path() || self.target.as_deref().is_some_and(|ours| path == ours)
        };
        match signal {
            Signal::Stop => return false,
            Signal::Renamed(path) if is_ours(&path) => (self.renamed, self.open) = (true, false),
            Signal::Written(path) if is_ours(&path) => {
                // Only Linux reports that a file is closed.
                (self.renamed, self.open) = (false, cfg!(target_os = "linux"));
            }
            Signal::Closed(path) if is_ours(&path) => self.open = false,
            _ => {}
        }
        true
    }

    /// Waits until no event comes for a moment; `false` when it is time to stop.
    fn wait_for_pause(&mut self, signals: &Receiver<Signal>) -> bool {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            match signals.recv_timeout(PAUSE) {
                Ok(signal) => {
                    if !self.note(signal) {
                        return false;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        true
    }
}

impl Signal {
    fn new(event: Event) -> Option<Self> {
        let Event { kind, mut paths, .. } = event;
        let path = paths.pop();
        Some(match (kind, path) {
            (EventKind::Access(AccessKind::Close(AccessMode::Write)), Some(path)) => {
                Self::Closed(path)
            }
            // Looking at the file is an event, too.
            (EventKind::Access(_), _) => return None,
            // Of two paths, the last one is the new name.
            (
                EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)),
                Some(path),
            ) => Self::Renamed(path),
            (EventKind::Modify(ModifyKind::Data(_)), Some(path)) => Self::Written(path),
            _ => Self::Changed,
        })
    }
}

/// Reports changes in the directories of the file.
struct Notifier {
    /// None where the system has no more watches: then the file is polled.
    watcher: Option<RecommendedWatcher>,
    directories: BTreeSet<PathBuf>,
}

impl Notifier {
    fn new(changed: Sender<Signal>) -> Self {
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let signal = event.map_or(Some(Signal::Changed), Signal::new);
            // The thread may have ended.
            let _ = signal.map(|signal| changed.send(signal));
        });
        let watcher = watcher.inspect_err(log::no_events).ok();
        Self { watcher, directories: BTreeSet::new() }
    }

    /// Watches the directory of the path, and that of the file which symbolic
    /// links lead to. A file itself cannot be watched: another may take its name.
    fn follow(&mut self, path: &Path) {
        let Some(watcher) = &mut self.watcher else { return };
        let target = path.canonicalize().ok();
        let wanted: BTreeSet<_> = [Some(path), target.as_deref()]
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
