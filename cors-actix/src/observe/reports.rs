//! Recognises reports about the same application.
//!
//! Every worker of a server builds the application, and all of them fail with the
//! same report: one is enough. In a test binary many applications fail, one after
//! another or at the same time, and some with the same report: each of these tests
//! has to show why. A value that all workers share would not distinguish them:
//! tests may share a `Cors` too, and a closure may build one for each worker. The
//! thread that builds the application distinguishes them.

use std::sync::{Mutex, PoisonError};
use std::thread::{Thread, ThreadId, current};

use actix_web::rt::System;

/// How many reports are remembered.
const MOST: usize = 100;

/// How actix-server names the threads of workers that are in no actix `System`.
const WORKER: &str = "actix-server worker ";

/// Threads that may be the workers of one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ThreadGroup {
    /// The workers of a server belong to the `System` that started it, and each
    /// `#[actix_web::test]` has a `System` of its own.
    System(usize),
    /// The workers of servers that were started in a plain tokio runtime.
    Workers,
    /// Any other thread that builds an application serves it alone.
    Alone(ThreadId),
}

/// A report, and the threads of one server that have made it.
#[derive(Debug)]
struct PastReport {
    group: ThreadGroup,
    text: String,
    threads: Vec<String>,
}

/// Whether no other worker of the server that this thread belongs to has made
/// this report.
pub(super) fn is_first(text: &str) -> bool {
    static REPORTS: Mutex<Vec<PastReport>> = Mutex::new(Vec::new());
    let system = System::try_current().map(|system| system.id());
    let (group, thread) = place(system, &current());
    is_first_in(&mut REPORTS.lock().unwrap_or_else(PoisonError::into_inner), group, thread, text)
}

fn place(system: Option<usize>, thread: &Thread) -> (ThreadGroup, String) {
    let id = thread.id();
    match (system, thread.name()) {
        (Some(system), _) => (ThreadGroup::System(system), format!("{id:?}")),
        // A worker of another server has the same name and another id.
        (None, Some(name)) if name.starts_with(WORKER) => (ThreadGroup::Workers, name.to_owned()),
        _ => (ThreadGroup::Alone(id), format!("{id:?}")),
    }
}

fn is_first_in(
    reports: &mut Vec<PastReport>,
    group: ThreadGroup,
    thread: String,
    text: &str,
) -> bool {
    let mut known = reports.iter_mut();
    match known.find(|report| report.group == group && report.text == text) {
        // A thread builds an application once: this is another one.
        Some(report) if report.threads.contains(&thread) => {
            report.threads = vec![thread];
            true
        }
        Some(report) => {
            report.threads.push(thread);
            false
        }
        None => {
            if reports.len() == MOST {
                reports.remove(0);
            }
            reports.push(PastReport { group, text: text.to_owned(), threads: vec![thread] });
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often the same report is made when these threads make it.
    fn count(threads: &[(ThreadGroup, &str)]) -> usize {
        let mut reports = Vec::new();
        let mut is_first = |&(group, thread): &(ThreadGroup, &str)| {
            is_first_in(&mut reports, group, thread.to_owned(), "x")
        };
        threads.iter().filter(|place| is_first(place)).count()
    }

    #[test]
    fn the_workers_of_one_server_report_once() {
        assert_eq!(count(&[(ThreadGroup::System(1), "a"), (ThreadGroup::System(1), "b")]), 1);
        assert_eq!(
            count(&[(ThreadGroup::Workers, "worker 0"), (ThreadGroup::Workers, "worker 1")]),
            1
        );
    }

    #[test]
    fn each_application_of_a_test_binary_reports() {
        assert_eq!(count(&[(ThreadGroup::System(1), "a"), (ThreadGroup::System(2), "b")]), 2);
        let [first, second] = [0, 1].map(|_| {
            std::thread::spawn(|| place(None, &current())).join().unwrap_or_else(|_| panic!())
        });
        let (first, second) = ((first.0, first.1.as_str()), (second.0, second.1.as_str()));
        assert_eq!(count(&[first, second]), 2);
        // One after another in one test.
        assert_eq!(count(&[(ThreadGroup::System(1), "a"), (ThreadGroup::System(1), "a")]), 2);
    }

    #[test]
    fn another_server_in_a_plain_tokio_runtime_reports_again() {
        let workers = [(ThreadGroup::Workers, "worker 0"), (ThreadGroup::Workers, "worker 1")];
        assert_eq!(count(&[workers, workers].concat()), 2);
    }

    #[test]
    fn not_all_reports_are_remembered_for_ever() {
        let mut reports = Vec::new();
        for system in 0..1_000 {
            assert!(is_first_in(&mut reports, ThreadGroup::System(system), String::new(), "x"));
        }
        assert_eq!(reports.len(), MOST);
    }
}
