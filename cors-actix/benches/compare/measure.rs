//! The time of one request, without the cost of making it.

use std::time::{Duration, Instant};

use actix_http::Request;

use crate::contender::Serve;
use crate::request::Template;

/// Requests in a row: few enough for actix's pools.
pub(crate) const BATCH: usize = 64;

/// One application and its request.
pub(crate) struct Subject {
    pub(crate) serve: Serve,
    pub(crate) template: Template,
}

impl Subject {
    fn requests(&self) -> Vec<Request> {
        (0..BATCH).map(|_| self.template.request()).collect()
    }

    /// Fills pools and confirms what only a request can show.
    pub(crate) fn warm_up(&self) {
        self.requests().into_iter().for_each(&self.serve);
    }

    fn time(&self) -> Duration {
        let requests = self.requests();
        let start = Instant::now();
        requests.into_iter().for_each(&self.serve);
        start.elapsed()
    }

    /// Serves one batch to warm up, and one that callgrind counts.
    pub(crate) fn count(&self) {
        self.warm_up();
        counted_by_callgrind(&self.serve, self.requests());
    }
}

/// Callgrind counts only while this runs.
#[inline(never)]
fn counted_by_callgrind(serve: &Serve, requests: Vec<Request>) {
    requests.into_iter().for_each(serve);
}

/// The median time of a request to each, in nanoseconds. They take turns, so
/// that whatever else the machine does meets all of them.
pub(crate) fn times(subjects: &[Subject]) -> Vec<f64> {
    const ROUNDS: usize = 400;
    let mut times: Vec<Vec<Duration>> = vec![Vec::with_capacity(ROUNDS); subjects.len()];
    subjects.iter().for_each(Subject::warm_up);
    for _ in 0..ROUNDS {
        for (subject, times) in subjects.iter().zip(&mut times) {
            times.push(subject.time());
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[ROUNDS / 2].as_nanos() as f64 / BATCH as f64
    };
    times.into_iter().map(median).collect()
}
