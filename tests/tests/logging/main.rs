//! What is logged, and when. An executable of its own, because a process has one logger: the three
//! share it, and search it for lines about themselves.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod observing;
mod operating;
mod startup;

use std::sync::{Mutex, PoisonError};

use cors_actix::Cors;

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The events with the parts of each problem, which a log of text leaves out.
static PROBLEMS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Asked for its table whenever something is logged about it.
static ASKED: Mutex<Option<Cors>> = Mutex::new(None);

/// A logger that calls back, as one that sends the table of policies may.
struct Curious;

impl log::Log for Curious {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}", record.level(), record.args());
        if line.contains("curious.example") {
            let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner).take();
            asked.into_iter().for_each(|cors| drop(cors.table()));
        }
        let log = if record.target() == "cors_actix::problems" { &PROBLEMS } else { &LOG };
        log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn flush(&self) {}
}

/// The first test to come installs the log.
fn capture() {
    let _ = log::set_logger(&Curious);
    log::set_max_level(log::LevelFilter::Debug);
}

/// The problems logged so far whose event contains `text`.
fn logged_problems(text: &str) -> Vec<String> {
    let log = PROBLEMS.lock().unwrap_or_else(PoisonError::into_inner);
    log.iter().filter(|line| line.contains(text)).cloned().collect()
}

/// The lines logged so far that contain `text`.
fn logged(text: &str) -> Vec<String> {
    capture();
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    log.iter().filter(|line| line.contains(text)).cloned().collect()
}
