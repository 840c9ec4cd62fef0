//! When a file that changed is complete.
//!
//! A file that is written in place passes through content that may be valid and
//! lacks the lines which restrict it. So it is read when it has been the same for
//! longer than a slow writer pauses. A file that was renamed over another one is
//! complete at once. This decides; looking at the file is left to watch.

use std::fs::Metadata;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::config_file::Content;

/// How long a file that is written in place has to be the same.
pub(super) const QUIET: Duration = Duration::from_secs(2);

/// How long a writer is waited for that has the file open and writes nothing.
pub(super) const OPEN: Duration = Duration::from_secs(60);

/// The state of the file at one look.
#[derive(Debug)]
pub(super) struct FileState {
    pub(super) content: Content,
    pub(super) stamp: Option<FileStamp>,
    /// Whether another file was renamed over this one, or a link was turned to
    /// another file, and nothing was written since.
    pub(super) replaced: bool,
    /// Whether a program that wrote to the file has not closed it yet.
    pub(super) open: bool,
}

/// The metadata of a file: it changes with each write, also with
/// one that writes the same content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileStamp {
    length: u64,
    modified: Option<std::time::SystemTime>,
    /// Device and inode.
    #[cfg(unix)]
    file: (u64, u64),
    /// Whether the last change was not a write: renaming changes the time of the
    /// inode only.
    #[cfg(unix)]
    renamed: bool,
}

impl FileStamp {
    pub(super) fn new(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            file: (metadata.dev(), metadata.ino()),
            #[cfg(unix)]
            renamed: (metadata.mtime(), metadata.mtime_nsec())
                < (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether this is another file than before, and was renamed after it was
    /// written: for file systems that send no events.
    #[cfg(unix)]
    fn has_replaced(&self, before: &Self) -> bool {
        self.file != before.file && self.renamed
    }

    #[cfg(not(unix))]
    const fn has_replaced(&self, _: &Self) -> bool {
        false
    }
}

/// The decision about the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FileDecision {
    /// Nothing: it was decided about this content.
    Keep,
    /// Look again after this time.
    Wait(Duration),
    /// Apply this content.
    Apply(Content),
    /// Do not apply it: it is the beginning of the content in force.
    Truncated,
}

/// The last decision, and what is waited for.
#[derive(Debug, Default)]
pub(super) struct SettleState {
    settled: Option<LastDecision>,
    pending: Option<PendingContent>,
}

#[derive(Debug)]
struct LastDecision {
    content: Content,
    stamp: Option<FileStamp>,
    truncated: bool,
}

#[derive(Debug)]
struct PendingContent {
    content: Content,
    stamp: Option<FileStamp>,
    since: Instant,
}

impl SettleState {
    /// Decides about what a look at `now` shows, while this content is in force.
    pub(super) fn look(
        &mut self,
        sight: FileState,
        in_force: Option<&Arc<[u8]>>,
        now: Instant,
    ) -> FileDecision {
        let FileState { content, stamp, replaced, open } = sight;
        let is_in_force = content.as_ref().ok() == in_force && in_force.is_some();
        if is_in_force {
            self.settle(content, stamp, false);
            return FileDecision::Keep;
        }
        let replaced = replaced && content.is_ok();
        let decided = self.settled.as_ref().filter(|settled| settled.content == content);
        if decided.is_some_and(|settled| !(settled.truncated && replaced)) {
            self.pending = None;
            return FileDecision::Keep;
        }
        if replaced {
            return self.apply(content, stamp);
        }
        let since = match &self.pending {
            Some(pending) if pending.content == content && pending.stamp == stamp => pending.since,
            _ => {
                self.pending = Some(PendingContent {
                    content: content.clone(),
                    stamp: stamp.clone(),
                    since: now,
                });
                now
            }
        };
        let wanted = if open { OPEN } else { QUIET };
        let elapsed = now.saturating_duration_since(since);
        if elapsed < wanted {
            return FileDecision::Wait(if open { QUIET } else { wanted - elapsed });
        }
        if self.is_truncated(&content, stamp.as_ref(), in_force) {
            self.settle(content, stamp, true);
            return FileDecision::Truncated;
        }
        self.apply(content, stamp)
    }

    /// The content changed before it could be applied.
    pub(super) fn unsettle(&mut self) {
        self.settled = None;
    }

    fn apply(&mut self, content: Content, stamp: Option<FileStamp>) -> FileDecision {
        self.settle(content.clone(), stamp, false);
        FileDecision::Apply(content)
    }

    fn settle(&mut self, content: Content, stamp: Option<FileStamp>, truncated: bool) {
        self.pending = None;
        self.settled = Some(LastDecision { content, stamp, truncated });
    }

    /// Whether the content is empty or the beginning of the one in force, and not
    /// in a file of its own. Where no file is in force, the content that was decided
    /// on last takes its place.
    fn is_truncated(
        &self,
        content: &Content,
        stamp: Option<&FileStamp>,
        in_force: Option<&Arc<[u8]>>,
    ) -> bool {
        let Ok(content) = content else { return false };
        let settled = self.settled.as_ref();
        let before = settled.and_then(|settled| settled.stamp.as_ref());
        if stamp.zip(before).is_some_and(|(stamp, before)| stamp.has_replaced(before)) {
            return false;
        }
        let settled = settled.and_then(|settled| settled.content.as_ref().ok());
        let whole = in_force.or(settled);
        content.is_empty() || whole.is_some_and(|whole| whole.starts_with(content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::config_file::ReadFailure;

    const OLD: &str = "[cors]\norigins = \"https://old.example\"\n[[cors.paths]]\noff = true\n";
    const NEW: &str = "[cors]\norigins = \"https://new.example\"\n[[cors.paths]]\noff = true\n";

    /// A file that is looked at, with a clock of its own.
    struct WatchedFile {
        settling: SettleState,
        in_force: Arc<[u8]>,
        now: Instant,
        open: bool,
    }

    impl WatchedFile {
        fn new() -> Self {
            let now = Instant::now();
            let in_force: Arc<[u8]> = OLD.as_bytes().into();
            let mut watched = Self { settling: SettleState::default(), in_force, now, open: false };
            assert_eq!(watched.look(0, OLD), FileDecision::Keep);
            watched
        }

        fn see(&mut self, after: u64, content: Content, replaced: bool) -> FileDecision {
            self.now += Duration::from_millis(after);
            let sight = FileState { content, stamp: None, replaced, open: self.open };
            let step = self.settling.look(sight, Some(&self.in_force), self.now);
            if let FileDecision::Apply(Ok(content)) = &step {
                self.in_force = Arc::clone(content);
            }
            step
        }

        /// Looks some milliseconds later, when the file contains `text`.
        fn look(&mut self, after: u64, text: &str) -> FileDecision {
            self.see(after, Ok(text.as_bytes().into()), false)
        }

        /// Looks some milliseconds later, when another file was renamed over it.
        fn look_renamed(&mut self, text: &str) -> FileDecision {
            self.see(50, Ok(text.as_bytes().into()), true)
        }
    }

    fn apply(text: &str) -> FileDecision {
        FileDecision::Apply(Ok(text.as_bytes().into()))
    }

    fn wait(milliseconds: u64) -> FileDecision {
        FileDecision::Wait(Duration::from_millis(milliseconds))
    }

    #[test]
    fn a_file_written_in_place_is_applied_after_two_quiet_seconds() {
        let mut watched = WatchedFile::new();
        assert_eq!(watched.look(5_000, NEW), wait(2_000));
        assert_eq!(watched.look(1_999, NEW), wait(1));
        assert_eq!(watched.look(1, NEW), apply(NEW));
        assert_eq!(watched.look(5_000, NEW), FileDecision::Keep);
    }

    #[test]
    fn a_file_renamed_over_it_is_applied_at_once() {
        let mut watched = WatchedFile::new();
        assert_eq!(watched.look_renamed(NEW), apply(NEW));
        assert_eq!(watched.look_renamed(""), apply(""));
        assert_eq!(watched.look_renamed(OLD), apply(OLD));
    }

    #[test]
    fn each_pause_of_a_slow_writer_begins_the_wait_again() {
        let mut watched = WatchedFile::new();
        let parts = (0..NEW.len()).step_by(7);
        for end in parts {
            // What is written is not the beginning of the content in force.
            assert_eq!(watched.look(1_900, &NEW[..end]), wait(2_000), "{end}");
        }
        assert_eq!(watched.look(1_900, NEW), wait(2_000));
        assert_eq!(watched.look(2_000, NEW), apply(NEW));
    }

    #[test]
    fn the_beginning_of_the_content_in_force_is_not_applied() {
        for end in 0..OLD.len() {
            let mut watched = WatchedFile::new();
            assert_eq!(watched.look(50, &OLD[..end]), wait(2_000));
            assert_eq!(watched.look(5_000, &OLD[..end]), FileDecision::Truncated);
            // Reported once.
            assert_eq!(watched.look(5_000, &OLD[..end]), FileDecision::Keep);
            // It was being written again.
            assert_eq!(watched.look(5_000, OLD), FileDecision::Keep);
        }
    }

    #[test]
    fn a_truncated_file_is_applied_when_it_is_renamed_over_the_old_one() {
        let mut watched = WatchedFile::new();
        let beginning = &OLD[..40];
        assert_eq!(watched.look(50, beginning), wait(2_000));
        assert_eq!(watched.look(2_000, beginning), FileDecision::Truncated);
        assert_eq!(watched.look_renamed(beginning), apply(beginning));
        assert_eq!(watched.look_renamed(beginning), FileDecision::Keep);
    }

    #[test]
    fn a_truncated_file_that_grows_into_another_one_is_applied() {
        let mut watched = WatchedFile::new();
        assert_eq!(watched.look(50, ""), wait(2_000));
        assert_eq!(watched.look(2_000, ""), FileDecision::Truncated);
        assert_eq!(watched.look(2_000, NEW), wait(2_000));
        assert_eq!(watched.look(2_000, NEW), apply(NEW));
    }

    #[test]
    fn lines_that_were_refused_may_be_removed_in_place() {
        let mut watched = WatchedFile::new();
        let in_force = Arc::clone(&watched.in_force);
        let wrong = format!("{NEW}wrong");
        assert_eq!(watched.look(50, &wrong), wait(2_000));
        assert_eq!(watched.look(2_000, &wrong), apply(&wrong));
        // It is not valid, so the old content is still in force.
        watched.in_force = in_force;
        assert_eq!(watched.look(50, NEW), wait(2_000));
        assert_eq!(watched.look(2_000, NEW), apply(NEW));
    }

    #[test]
    fn a_writer_that_keeps_the_file_open_is_waited_for() {
        let mut watched = WatchedFile::new();
        watched.open = true;
        let half = &NEW[..40];
        assert_eq!(watched.look(50, half), wait(2_000));
        for _ in 0..29 {
            assert_eq!(watched.look(2_000, half), wait(2_000));
        }
        watched.open = false;
        assert_eq!(watched.look(0, NEW), wait(2_000));
        assert_eq!(watched.look(2_000, NEW), apply(NEW));
        // But not for ever.
        watched.open = true;
        assert_eq!(watched.look(50, OLD), wait(2_000));
        assert_eq!(watched.look(60_000, OLD), apply(OLD));
    }

    #[test]
    fn a_missing_file_is_reported_once_and_only_if_it_stays_missing() {
        let mut watched = WatchedFile::new();
        let missing = || Err(ReadFailure::Missing);
        assert_eq!(watched.see(50, missing(), false), wait(2_000));
        assert_eq!(watched.look(50, OLD), FileDecision::Keep);
        assert_eq!(watched.see(50, missing(), false), wait(2_000));
        assert_eq!(watched.see(2_000, missing(), false), FileDecision::Apply(missing()));
        assert_eq!(watched.see(5_000, missing(), false), FileDecision::Keep);
        assert_eq!(watched.look(50, OLD), FileDecision::Keep);
    }

    #[cfg(unix)]
    #[test]
    fn without_events_a_rename_is_known_by_the_file_itself() {
        let stamp =
            |file, renamed| FileStamp { length: 1, modified: None, file: (1, file), renamed };
        let beginning: Content = Ok(OLD.as_bytes()[..40].into());
        for (after, is_replaced) in
            [(stamp(7, true), false), (stamp(8, false), false), (stamp(8, true), true)]
        {
            let mut settling = SettleState::default();
            let (in_force, now) = (OLD.as_bytes().into(), Instant::now());
            let mut look = |content: &Content, stamp: &FileStamp, now| {
                let (content, stamp) = (content.clone(), Some(stamp.clone()));
                let sight = FileState { content, stamp, replaced: false, open: false };
                settling.look(sight, Some(&in_force), now)
            };
            assert_eq!(look(&Ok(Arc::clone(&in_force)), &stamp(7, false), now), FileDecision::Keep);
            assert_eq!(look(&beginning, &after, now), wait(2_000));
            let applied = FileDecision::Apply(beginning.clone());
            let expected = if is_replaced { applied } else { FileDecision::Truncated };
            assert_eq!(look(&beginning, &after, now + QUIET), expected);
        }
    }
}
